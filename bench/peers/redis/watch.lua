#!lua name=watch
-- A city kept in Redis: positions in a GEO set, couriers and orders in hashes, the last time each
-- courier was heard in a sorted set, the figures of the zones in a hash `counts` with a field
-- `ZONE:KIND`. Zones live in the library, as polygons of rings of flat coordinates.

local zones = {}
local BUSY = {to_venue = true, at_venue = true, to_customer = true}

-- 1 inside of a ring, 0 on its border, -1 outside.
local function side(ring, x, y)
  local inside = false
  local xj, yj = ring[#ring - 1], ring[#ring]
  for i = 1, #ring, 2 do
    local xi, yi = ring[i], ring[i + 1]
    if (yi > y) ~= (yj > y) then
      local turn = (xj - xi) * (y - yi) - (x - xi) * (yj - yi)
      if turn == 0 then return 0 end
      if (turn > 0) == (yj > yi) then inside = not inside end
    elseif yi == y and (xi == x or (yj == y and (xi - x) * (xj - x) <= 0)) then
      return 0
    end
    xj, yj = xi, yi
  end
  return inside and 1 or -1
end

local function covers(polygon, x, y)
  if side(polygon[1], x, y) < 0 then return false end
  for i = 2, #polygon do
    if side(polygon[i], x, y) > 0 then return false end
  end
  return true
end

local function locate(x, y)
  for number, zone in ipairs(zones) do
    local box = zone.box
    if box[1] <= x and x <= box[3] and box[2] <= y and y <= box[4] then
      for _, polygon in ipairs(zone.polygons) do
        if covers(polygon, x, y) then return number - 1 end
      end
    end
  end
  return -1
end

local function count(zone, kind, by)
  if kind ~= '' then redis.call('HINCRBY', 'counts', zone .. ':' .. kind, by) end
end

local function courier(id)
  local known = redis.call('HGET', 'couriers', id)
  if not known then return -1, '-1', '', 'idle' end
  local ts, zone, kind, status = string.match(known, '^(%d+) (%S+) (%a*) (%S+)$')
  return tonumber(ts), zone, kind, status
end

local function keep(id, ts, zone, kind, status)
  redis.call('HSET', 'couriers', id, string.format('%d %s %s %s', ts, zone, kind, status))
end

local function move(event, zone)
  local id = event.courier_id
  local ts, was_zone, was_kind, status = courier(id)
  if event.ts < ts then return end
  status = event.status or status
  local kind = status == 'idle' and 'idle' or BUSY[status] and 'busy' or ''
  redis.call('GEOADD', 'positions', string.format('%.6f', event.lon),
             string.format('%.6f', event.lat), id)
  redis.call('ZADD', 'heard', event.ts, id)
  keep(id, event.ts, zone, kind, status)
  if zone ~= was_zone or kind ~= was_kind then
    count(was_zone, was_kind, -1)
    count(zone, kind, 1)
  end
end

local function change(event, zone)
  local kind, id = event.type, event.order_id
  if kind == 'venue.updated' then
    redis.call('HSET', 'venues', event.venue_id, zone)
  elseif kind == 'order.placed' then
    zone = redis.call('HGET', 'venues', event.venue_id)
    redis.call('HSET', 'orders', id, zone .. ' waiting')
    count(zone, 'open', 1)
    count(zone, 'waiting', 1)
  else
    local at, state = string.match(redis.call('HGET', 'orders', id), '^(%S+) (%a+)$')
    if state == 'waiting' then count(at, 'waiting', -1) end
    if kind == 'order.assigned' then
      redis.call('HSET', 'orders', id, at .. ' assigned')
    else
      redis.call('HDEL', 'orders', id)
      count(at, 'open', -1)
    end
  end
end

-- The zones, once: [{box, polygons}, ...].
redis.register_function('zones', function(_, args)
  zones = cjson.decode(args[1])
  return #zones
end)

-- Events as one JSON array, and their zones as another if the client has found them.
redis.register_function('take', function(_, args)
  local events = cjson.decode(args[1])
  local found = args[2] and cjson.decode(args[2])
  for i, event in ipairs(events) do
    local zone = found and found[i] or event.lat and locate(event.lon, event.lat) or -1
    if event.type == 'courier.position' then
      move(event, tostring(zone))
    else
      change(event, tostring(zone))
    end
  end
  return #events
end)

-- A whole second is over: whoever was not heard for too long counts no more; all counts.
redis.register_function('judge', function(_, args)
  local before = '(' .. string.format('%d', tonumber(args[1]) - tonumber(args[2]))
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', 'heard', '-inf', before)) do
    local ts, zone, kind, status = courier(id)
    count(zone, kind, -1)
    keep(id, ts, zone, '', status)
    redis.call('ZREM', 'heard', id)
  end
  return redis.call('HGETALL', 'counts')
end)
