-- Ends a family, or all families of an owner. KEYS: the family or the families of the owner. ARGV:
-- the family's id, or nothing and what the names of families begin with. Answers how many there were.
if ARGV[1] ~= '' then
  local owner = redis.call('HGET', KEYS[1], 'owner')
  if owner then
    redis.call('ZREM', owner, ARGV[1])
  end
  return redis.call('UNLINK', KEYS[1])
end
local ended = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  ended = ended + redis.call('UNLINK', ARGV[2] .. ':' .. #id .. ':' .. id)
end
redis.call('UNLINK', KEYS[1])
return ended
