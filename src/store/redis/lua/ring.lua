-- Replaces a ring of keys by its successor. KEYS: the ring. ARGV: its version now, and what is sealed.
-- Answers 1, or 0 where another was put there meanwhile.
local held, version = redis.call('HGET', KEYS[1], 'version'), 0
if held then
  version = tonumber(held)
end
if version + 1 ~= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'sealed', ARGV[2])
return 1
