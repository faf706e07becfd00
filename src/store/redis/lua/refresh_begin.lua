-- Begins a family of refresh tokens. KEYS: the family, and the families of its owner by their end.
-- ARGV: the family's id, its token, its facts, its end and that of its token in microseconds, and
-- for how many milliseconds an end is outlived. Answers 1, or 0 where there is such a family.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
local kept = tonumber(ARGV[6])
local last = math.min(tonumber(ARGV[4]), tonumber(ARGV[5]))
redis.call('HSET', KEYS[1], 'token', ARGV[2], 'facts', ARGV[3], 'ends', ARGV[4],
  'until', string.format('%.0f', last), 'owner', KEYS[2])
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.floor(last / 1000) + kept))
local time = redis.call('TIME')
local past = tonumber(time[1]) * 1000000 + tonumber(time[2]) - kept * 1000
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', past))
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
local longest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[2], string.format('%.0f', math.floor(tonumber(longest[2]) / 1000) + kept))
return 1
