-- The document KEYS[1] of an owner, that of its account, and the document KEYS[2].
local document = redis.call('GET', KEYS[1])
if not document then
  return false
end
local account = decoded(document).account
return {
  document,
  type(account) == 'string' and redis.call('GET', name('account', account)),
  redis.call('GET', KEYS[2]),
}
