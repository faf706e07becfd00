-- Uses a refresh token. KEYS: the family. ARGV: its id, the token that was presented, the next, the
-- end of that and the time now in microseconds, and for how many milliseconds an end is outlived.
-- Answers a word, and the facts of the family where it has them.
local held = redis.call('HMGET', KEYS[1], 'token', 'facts', 'ends', 'until', 'owner')
if not held[1] then
  return { 'unknown' }
end
local ends, last = tonumber(held[3]), tonumber(held[4])
if not (held[2] and ends and last and held[5]) then
  return redis.error_reply('ERR a family of refresh tokens cannot be read')
end
if last <= tonumber(ARGV[5]) then
  return { 'expired' }
end
if held[1] ~= ARGV[2] then
  redis.call('UNLINK', KEYS[1])
  redis.call('ZREM', held[5], ARGV[1])
  return { 'reused', held[2] }
end
local next = math.min(ends, tonumber(ARGV[4]))
redis.call('HSET', KEYS[1], 'token', ARGV[3], 'until', string.format('%.0f', next))
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.floor(next / 1000) + tonumber(ARGV[6])))
return { 'next', held[2] }
