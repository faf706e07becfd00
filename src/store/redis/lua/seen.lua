-- Adds an address to those of a key. KEYS: the set. ARGV: the address, and how many the set may
-- have. Answers 1 where it was added.
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 or redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return 0
end
return redis.call('SADD', KEYS[1], ARGV[1])
