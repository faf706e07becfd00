-- The name of something; ARGV[1] is what all names begin with.
local function name(kind, ...)
  local text = ARGV[1] .. kind
  for _, part in ipairs({...}) do
    text = text .. ':' .. #part .. ':' .. part
  end
  return text
end

-- A document as a table; an empty one where it cannot be read, which is for the caller to say.
local function decoded(document)
  local fine, held = pcall(cjson.decode, document)
  return fine and type(held) == 'table' and held or {}
end

-- A key's document, its last use, and the documents of its owners; false where there is none.
local function key(realm, id)
  local document = redis.call('GET', name('key', realm, id))
  if not document then
    return false
  end
  local found, held = { document, redis.call('GET', name('used', realm, id)) }, decoded(document)
  for place, kind in ipairs({ 'user', 'account', 'site' }) do
    local owner = held[kind]
    found[place + 2] = type(owner) == 'string' and redis.call('GET', name(kind, owner))
  end
  return found
end
