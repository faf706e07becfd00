-- Owners of the kind ARGV[2] out of the list KEYS[1], from ARGV[3] on, at most ARGV[4]: ids and
-- documents.
local page = {}
for place, id in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], ARGV[3], '+', 'LIMIT', 0, ARGV[4])) do
  page[place] = { id, redis.call('GET', name(ARGV[2], id)) }
end
return page
