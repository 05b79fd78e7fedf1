/** How numbers are freed, granted and renewed. */
export const RULES: string = `
-- Moves what has run out to what may be given away, each number once for each hold. The instance
-- stays in its slot: it is renewed if it comes back first.
local function expire()
  local freed = 0
  repeat
    local due = call('ZRANGEBYSCORE', ENDING, '-inf', text(now), 'LIMIT', 0, CHUNK)
    if #due > 0 then
      local scored = {}
      for _, num in ipairs(due) do
        scored[#scored + 1] = num
        scored[#scored + 1] = num
      end
      call('ZADD', AVAILABLE, unpack(scored))
      call('ZREM', ENDING, unpack(due))
    end
    freed = freed + #due
  until #due < CHUNK
  return freed
end

local function lowest()
  return tonumber(call('ZRANGE', AVAILABLE, 0, 0)[1] or call('HLEN', SLOTS))
end

-- Adds the missing numbers below num, resting until then.
local function fill(num, ends)
  local size = call('HLEN', SLOTS)
  while size < num do
    local records, scored = {}, {}
    for missing = size, math.min(num, size + CHUNK) - 1 do
      records[#records + 1] = missing
      records[#records + 1] = '0 0  '
      scored[#scored + 1] = ends
      scored[#scored + 1] = missing
    end
    call('HSET', SLOTS, unpack(records))
    call('ZADD', ENDING, unpack(scored))
    size = math.min(num, size + CHUNK)
  end
end

-- The answer; with the longest hold of all, where that is longer than the one asked for.
local function granted(num, epoch, hold)
  return {'granted', num, epoch, longestHold() > hold and longestHold() or nil}
end

-- To an instance that says so in a heartbeat, or has claimed it; a claim says nothing of a page.
local function grant(num, atLeast, ends, owner)
  local former = read(num)
  if former and former.instance ~= '' then call('HDEL', INSTANCES, former.instance) end
  lastEpoch = math.max(lastEpoch + 1, now, sureFrom, atLeast)
  call('HSET', META, 'epoch', text(lastEpoch))
  write(num, lastEpoch, owner.seq, owner.nonce, owner.instance)
  call('HSET', INSTANCES, owner.instance, num)
  keepPage(num, lastEpoch, owner.page or '')
  holdUntil(num, ends)
  return lastEpoch
end

local function restore(held, beat)
  local slot = read(held.num)
  if not slot or slot.epoch < held.epoch or held.epoch < sureFrom then
    settleFor(beat.longest, held.epoch + 1)
  end
  if held.num >= beat.maxTasks then return {'lost'} end
  if slot then
    local ends = tonumber(call('ZSCORE', ENDING, held.num) or 0)
    if slot.epoch >= held.epoch or (slot.instance ~= '' and ends > now) then return {'lost'} end
  end
  fill(held.num, settle)
  local epoch = grant(held.num, held.epoch + 1, beat.ends, beat)
  return granted(held.num, epoch, beat.hold)
end

local function renew(own, held, beat)
  if held and (held.num ~= own.num or held.epoch ~= own.epoch) then
    if held.epoch > own.epoch then settleFor(beat.longest, held.epoch + 1) end
    return {'lost'}
  end
  local ends = tonumber(call('ZSCORE', ENDING, own.num) or 0)
  write(own.num, own.epoch, beat.seq, beat.nonce, beat.instance)
  keepPage(own.num, own.epoch, beat.page)
  holdUntil(own.num, math.max(ends, beat.ends))
  return granted(own.num, own.epoch, beat.hold)
end
`;
