-- Takes one from each budget, or from none. KEYS: the counters. ARGV, for each: the number of the
-- period now, how much there is, the seconds of a period, and for how many seconds the counter is
-- kept. A period that was counted later goes on, unless it begins more than a day from now: then the
-- clock that began it was wrong. Answers 1 and period and use of each; or 0, and which one, its period and its use.
local number = '%.0f'
local latest = tonumber(redis.call('TIME')[1]) + 86400
local counters, longest, last, stands = {}, nil, nil, nil
for at, name in ipairs(KEYS) do
  local place = (at - 1) * 4
  local period, most = tonumber(ARGV[place + 1]), tonumber(ARGV[place + 2])
  local seconds = tonumber(ARGV[place + 3])
  local counter = counters[name]
  if not counter then
    counter = { period = period, used = 0 }
    local held = redis.call('GET', name)
    if held then
      local before, used = string.match(held, '^(-?%d+) (%d+)$')
      if not before then
        return redis.error_reply('ERR a counter cannot be read')
      end
      before = tonumber(before)
      if before == period or (before > period and before * seconds <= latest) then
        counter.period, counter.used = before, tonumber(used)
      end
    end
    counters[name] = counter
  end
  if counter.used >= most then
    local ends = (counter.period + 1) * seconds
    if not last or ends > last then
      longest, last = at, ends
      stands = { 0, at, string.format(number, counter.period), string.format(number, counter.used) }
    end
  end
  counter.used = counter.used + 1
  counter[at] = counter.used
end
if longest then
  return stands
end
local answer = { 1 }
for at, name in ipairs(KEYS) do
  local counter = counters[name]
  local period = string.format(number, counter.period)
  redis.call('SET', name, period .. ' ' .. string.format(number, counter.used), 'EX', ARGV[at * 4])
  answer[#answer + 1] = period
  answer[#answer + 1] = string.format(number, counter[at])
end
return answer
