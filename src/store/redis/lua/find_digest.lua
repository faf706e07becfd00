-- The key of the first of these digests that is held: KEYS are their names, ARGV[2] the realm.
-- Answers which of them it is, the key's id, and the key.
for place, digest in ipairs(KEYS) do
  local id = redis.call('GET', digest)
  if id then
    return { place, id, key(ARGV[2], id) }
  end
end
return false
