-- Makes a change, if nothing that it was worked out from has changed since.
-- KEYS: the counter of changes, the documents that were read, and what is written, in order.
-- ARGV: the channel, the text that tells of the change, how many documents were read, each of
-- them as it was read ('=' and its text, or '-' where there was none), and for each thing that is
-- written a verb and its argument.
-- Answers 1, or 0 where something has changed. The first write is refused where the server is
-- full, and then nothing was written.
local read = tonumber(ARGV[3])
for at = 1, read do
  local held, seen = redis.call('GET', KEYS[at + 1]), ARGV[at + 3]
  if held then
    if string.sub(seen, 1, 1) ~= '=' or string.sub(seen, 2) ~= held then
      return 0
    end
  elseif seen ~= '-' then
    return 0
  end
end
for at = read + 2, #KEYS do
  local place = read + 4 + (at - read - 2) * 2
  local verb, argument = ARGV[place], ARGV[place + 1]
  if verb == 'set' then
    redis.call('SET', KEYS[at], argument)
  elseif verb == 'delete' then
    redis.call('UNLINK', KEYS[at])
  elseif verb == 'add' then
    redis.call('ZADD', KEYS[at], 0, argument)
  elseif verb == 'remove' then
    redis.call('ZREM', KEYS[at], argument)
  else
    return redis.error_reply('ERR a change has a verb that is not known')
  end
end
local number = string.format('%.0f', redis.call('INCR', KEYS[1]))
redis.call('PUBLISH', ARGV[1], number .. ' ' .. ARGV[2])
return 1
