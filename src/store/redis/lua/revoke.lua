-- Revokes under a name, together with what was revoked before. KEYS: the name. ARGV: until when what
-- was issued is revoked in microseconds, the least epoch, and the end in milliseconds.
local issued, epoch, last = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.call('GET', KEYS[1])
if held then
  local before, least = string.match(held, '^(-?%d+) (%d+)$')
  if not before then
    return redis.error_reply('ERR a revocation cannot be read')
  end
  issued, epoch = math.max(issued, tonumber(before)), math.max(epoch, tonumber(least))
  last = math.max(last, tonumber(redis.call('TIME')[1]) * 1000 + redis.call('PTTL', KEYS[1]))
end
redis.call('SET', KEYS[1], string.format('%.0f %.0f', issued, epoch))
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last))
return 1
