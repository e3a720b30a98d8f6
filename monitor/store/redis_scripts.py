"""What the Redis store does inside the server: Lua, so that it happens whole or not at all.

Lives here: the scripts and nothing that runs them; `redis.py` does, and says there how the keys are
laid out. KEYS[1] is always the hash `meta`; all other keys begin as it does, with the same hash
tag, so that a cluster keeps them together.

Every script that writes looks at the fence first (ARGV[1]), a number that rises with each opening.
Whoever comes with a lower one was taken over and changes nothing. A higher one than Redis holds
means that Redis has forgotten (flushed, or restarted from an older file); it is told again, and the
store goes on.

A script checks first and then writes: Redis does not take back what a script that fails has done.
"""

from typing import Final, get_args

from alerts.letter import OPEN, PostingState

SCHEMA: Final = 1

# ARGV: schema, owner. Returns the fence of whoever opens.
OPEN_STORE: Final = """
local schema = tonumber(redis.call('HGET', KEYS[1], 'schema') or ARGV[1])
if schema > tonumber(ARGV[1]) then return redis.error_reply('NEWER ' .. schema) end
redis.call('HSET', KEYS[1], 'schema', ARGV[1], 'owner', ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'fence', 1)
"""

_FENCE: Final = f"""
local meta = KEYS[1]
local at = string.sub(meta, 1, -5)
local fence = tonumber(redis.call('HGET', meta, 'fence') or '0')
if fence > tonumber(ARGV[1]) then
  return redis.error_reply('TAKENOVER ' .. (redis.call('HGET', meta, 'owner') or 'unknown'))
end
if fence < tonumber(ARGV[1]) then redis.call('HSET', meta, 'fence', ARGV[1], 'schema', {SCHEMA}) end
"""

_STATES: Final = ", ".join(f"'state:{state}'" for state in get_args(PostingState))

# ARGV: fence, number; the journal entries (seq and ts in 8 bytes, the body's length in 4, the
# body); and, as text in MessagePack, because its `bin` is not read here: puts and marks (key,
# state, updated_ts, body), audit entries (ts, city, body), places (source, place); the oldest batch
# that the caller can still repeat. Returns the number of the last batch before, and 0 where it
# lacks batches that the caller is to repeat first: then nothing was written.
WRITE: Final = f"""{_FENCE}
local before = tonumber(redis.call('HGET', meta, 'batch') or '0')
local number, oldest = tonumber(ARGV[2]), tonumber(ARGV[5])
if number <= before then return {{before, 1}} end
if number > before + 1 and before + 1 >= oldest then return {{before, 0}} end
local put, marks, audit, places = unpack(cmsgpack.unpack(ARGV[4]))

local seq = tonumber(redis.call('HGET', meta, 'seq') or '0')
local last, journal, from = seq, ARGV[3], 1
while from <= #journal do
  local n, ts, size, body = struct.unpack('>I8I8I4', journal, from)
  from = body + size
  if n > seq then
    last = n
    local id = string.format('%.0f-%.0f', n, ts)
    redis.call('XADD', at .. 'journal', id, 'body', string.sub(journal, body, from - 1))
  end
end
if last > seq then redis.call('HSET', meta, 'seq', string.format('%.0f', last)) end

local function file(posting)
  local key, state, updated_ts, body = unpack(posting)
  local n = redis.call('ZSCORE', at .. 'order', key)
  if not n then
    n = redis.call('HINCRBY', meta, 'postings', 1)
    redis.call('ZADD', at .. 'order', n, key)
  end
  redis.call('HSET', at .. 'postings', key, body)
  for _, set in ipairs({{{_STATES}}}) do redis.call('ZREM', at .. set, key) end
  redis.call('ZADD', at .. 'state:' .. state, n, key)
  if state == '{OPEN}' then redis.call('ZREM', at .. 'ended', key)
  else redis.call('ZADD', at .. 'ended', updated_ts, key) end
end
for _, posting in ipairs(put) do
  if redis.call('HEXISTS', at .. 'postings', posting[1]) == 0 then file(posting) end
end
for _, posting in ipairs(marks) do file(posting) end

for _, act in ipairs(audit) do
  local ts, city, body = unpack(act)
  local id = string.format('%016.0f ', redis.call('HINCRBY', meta, 'audit', 1)) .. city
  redis.call('HSET', at .. 'audit-bodies', id, body)
  redis.call('ZADD', at .. 'audit', ts, id)
  redis.call('ZADD', at .. 'audit-city:' .. city, ts, id)
end

for _, place in ipairs(places) do redis.call('HSET', at .. 'places', place[1], place[2]) end

redis.call('HSET', meta, 'batch', ARGV[2])
return {{before, 1}}
"""

# ARGV: fence, n to go on after, the end to go to (-inf: the newest come first), at most so many,
# the sets to read. Returns n and body of each.
POSTINGS: Final = """
local at = string.sub(KEYS[1], 1, -5)
local newest_first = ARGV[3] == '-inf'
local range = newest_first and 'ZREVRANGEBYSCORE' or 'ZRANGEBYSCORE'
local found = {}
for i = 5, #ARGV do
  local page = redis.call(range, at .. ARGV[i], '(' .. ARGV[2], ARGV[3], 'WITHSCORES',
    'LIMIT', 0, ARGV[4])
  for j = 1, #page, 2 do table.insert(found, {tonumber(page[j + 1]), page[j]}) end
end
table.sort(found, function(a, b)
  if newest_first then return a[1] > b[1] end
  return a[1] < b[1]
end)
local answer = {}
for i = 1, math.min(#found, tonumber(ARGV[4])) do
  table.insert(answer, found[i][1])
  table.insert(answer, redis.call('HGET', at .. 'postings', found[i][2]))
end
return answer
"""

# ARGV: fence, the set to read, where to begin, how many. Returns their bodies, the newest first,
# and all others of the last one's millisecond.
AUDIT: Final = """
local at = string.sub(KEYS[1], 1, -5)
local set = at .. ARGV[2]
local last = redis.call('ZREVRANGEBYSCORE', set, ARGV[3], '-inf', 'WITHSCORES', 'LIMIT',
  tonumber(ARGV[4]) - 1, 1)
local answer = {}
for _, id in ipairs(redis.call('ZREVRANGEBYSCORE', set, ARGV[3], last[2] or '-inf')) do
  table.insert(answer, redis.call('HGET', at .. 'audit-bodies', id))
end
return answer
"""

# ARGV: fence, key, body, life in ms. A piece that no snapshot takes up in time leaves by itself.
ADD_PIECE: Final = f"""{_FENCE}
redis.call('SET', at .. ARGV[2], ARGV[3], 'PX', ARGV[4])
return 1
"""

# ARGV: fence, version, index, how many keys of pieces to keep for good, those, those to drop.
SET_INDEX: Final = f"""{_FENCE}
if tonumber(redis.call('HGET', meta, 'index_version') or '0') >= tonumber(ARGV[2]) then
  return redis.error_reply('STALE the list of snapshots has changed meanwhile')
end
local kept = 4 + tonumber(ARGV[4])
for i = 5, kept do
  if redis.call('EXISTS', at .. ARGV[i]) == 0 then
    return redis.error_reply('GONE a piece of the snapshot, expired or evicted')
  end
end
for i = 5, kept do redis.call('PERSIST', at .. ARGV[i]) end
redis.call('HSET', meta, 'index', ARGV[3], 'index_version', ARGV[2])
for i = kept + 1, #ARGV do redis.call('UNLINK', at .. ARGV[i]) end
return 1
"""

# ARGV: fence, last seq that may leave, ts that the journal is kept from, at most so many. Returns
# whether there may be more.
TRIM: Final = f"""{_FENCE}
local journal = at .. 'journal'
local first = redis.call('XRANGE', journal, '-', '+', 'COUNT', 1)[1]
if not first then return 0 end
local from = tonumber(string.match(first[1], '^%d+'))
local size = tonumber(ARGV[4])
while size >= 1 do
  local upto = math.min(from + size - 1, tonumber(ARGV[2]))
  local last = redis.call('XREVRANGE', journal, string.format('%.0f', upto), '-', 'COUNT', 1)[1]
  if last and tonumber(string.match(last[1], '%d+$')) < tonumber(ARGV[3]) then
    redis.call('XTRIM', journal, 'MINID', string.format('%.0f', upto + 1))
    return 1
  end
  size = math.floor(size / 2)
end
return 0
"""

# ARGV: fence, ts of postings, ts of the audit, at most so many of each. Returns whether there may
# be more.
FORGET: Final = f"""{_FENCE}
local function older(set, ts)
  return redis.call('ZRANGEBYSCORE', at .. set, '-inf', '(' .. ts, 'LIMIT', 0, ARGV[4])
end
local postings, audit = older('ended', ARGV[2]), older('audit', ARGV[3])
for _, key in ipairs(postings) do
  redis.call('HDEL', at .. 'postings', key)
  for _, set in ipairs({{'order', 'ended', {_STATES}}}) do redis.call('ZREM', at .. set, key) end
end
for _, id in ipairs(audit) do
  redis.call('HDEL', at .. 'audit-bodies', id)
  redis.call('ZREM', at .. 'audit', id)
  redis.call('ZREM', at .. 'audit-city:' .. string.sub(id, 18), id)
end
if math.max(#postings, #audit) == tonumber(ARGV[4]) then return 1 end
return 0
"""
