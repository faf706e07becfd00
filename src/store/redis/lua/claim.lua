-- Claims ARGV[1] until ARGV[2], in milliseconds; KEYS: the claims by their end, and the floor.
-- ARGV[3] is for how many milliseconds more a claim is kept, by the server's own clock. Nothing is
-- let go but here, and the floor rises with it: what ends at or below it may have been claimed.
local time = redis.call('TIME')
local past = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(ARGV[3])
local floor = -math.huge
local held = redis.call('GET', KEYS[2])
if held then
  floor = tonumber(held)
  if not floor then
    return redis.error_reply('ERR the floor of the claims cannot be read')
  end
end
local stale = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', past), 'LIMIT', 0, 64)
if #stale > 0 then
  -- Letting go is never refused, and after it no other write of this script is.
  redis.call('ZREM', KEYS[1], unpack(stale))
  if past > floor then
    floor = past
    redis.call('SET', KEYS[2], string.format('%.0f', floor))
  end
end
local ends = tonumber(ARGV[2])
if ends <= floor or ends <= past then
  return 0
end
return redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
