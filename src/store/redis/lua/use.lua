-- Writes down uses of keys: from ARGV[2] on, realm, id and microseconds of each.
for at = 2, #ARGV, 3 do
  local used = name('used', ARGV[at], ARGV[at + 1])
  local before = redis.call('GET', used)
  local later = not before or tonumber(before) < tonumber(ARGV[at + 2])
  if later and redis.call('EXISTS', name('key', ARGV[at], ARGV[at + 1])) == 1 then
    redis.call('SET', used, ARGV[at + 2])
  end
end
return 0
