/** How a target's keys are read, written and repaired. */
export const STATE: string = `
local function text(number) return string.format('%.0f', number) end

local function parse(num, record)
  local epoch, seq, nonce, instance = string.match(record, '^(%d+) (%-?%d+) (%S*) (.*)$')
  return {
    num = tonumber(num), epoch = tonumber(epoch), seq = tonumber(seq),
    nonce = nonce, instance = instance
  }
end

local function read(num)
  local record = call('HGET', SLOTS, num)
  return record and parse(num, record)
end

-- Writes a slot without touching until when it is held.
local function write(num, epoch, seq, nonce, instance)
  call('HSET', SLOTS, num, text(epoch) .. ' ' .. text(seq) .. ' ' .. nonce .. ' ' .. instance)
end

-- Keeps where the owner of a number has its page, or forgets it where there is none.
local function keepPage(num, epoch, page)
  local kept = call('HGET', PAGES, num)
  if page == '' then
    if kept then call('HDEL', PAGES, num) end
  elseif kept ~= text(epoch) .. ' ' .. page then
    call('HSET', PAGES, num, text(epoch) .. ' ' .. page)
  end
end

-- Takes a number from its owner, without touching until when it is held.
local function vacate(slot)
  write(slot.num, slot.epoch, slot.seq, '', '')
  call('HDEL', INSTANCES, slot.instance)
  keepPage(slot.num, slot.epoch, '')
end

local function holdUntil(num, ends)
  call('ZREM', AVAILABLE, num)
  call('ZADD', ENDING, ends, num)
end

local function isWhole()
  return version and call('HEXISTS', INSTANCES, '') == 1 and
    call('HLEN', SLOTS) == call('ZCARD', ENDING) + call('ZCARD', AVAILABLE)
end

-- Makes a target, also from what is left of one of which a part was evicted: a number whose end is not
-- known is held, or rests, for a hold.
local function repair(ends)
  local size, timed, there = 0, {}, {}
  for _, num in ipairs(call('ZRANGE', AVAILABLE, 0, -1)) do timed[num] = true end
  for _, num in ipairs(call('ZRANGE', ENDING, 0, -1)) do
    if timed[num] then call('ZREM', AVAILABLE, num) end
    timed[num] = true
  end
  for num in pairs(timed) do size = math.max(size, num + 1) end
  call('DEL', INSTANCES)
  call('HSET', INSTANCES, '', '')
  local records = call('HGETALL', SLOTS)
  for index = 1, #records, 2 do
    local slot = parse(records[index], records[index + 1])
    there[records[index]] = true
    size = math.max(size, slot.num + 1)
    lastEpoch = math.max(lastEpoch, slot.epoch)
    if slot.instance ~= '' then call('HSET', INSTANCES, slot.instance, slot.num) end
  end
  for num = 0, size - 1 do
    if not there[text(num)] then call('HSET', SLOTS, num, '0 0  ') end
    if not timed[text(num)] then call('ZADD', ENDING, ends, num) end
  end
  version = version or SCHEMA
  call('HSET', META, 'version', version, 'compatible', compatible or SCHEMA,
    'epoch', text(lastEpoch), 'sure', text(sureFrom))
end
`;
