/** The target's memory: the functions of `target-memory.ts`. */
export const MEMORY: string = `
local function remember()
  call('HSET', META, 'sure', text(sureFrom), 'settle', text(settle), 'hold', text(longest.ms),
    'formerHold', text(longest.formerMs), 'spanEnds', text(longest.ends))
end

local function longestHold() return math.max(longest.ms, longest.formerMs) end

local function wasSetBack() return longest.ends > now + longestHold() end

-- Limits every hold and rest to the given time.
local function cap(ends)
  while true do
    local late = call('ZRANGEBYSCORE', ENDING, '(' .. text(ends), '+inf', 'LIMIT', 0, CHUNK)
    if #late == 0 then return end
    local scored = {}
    for _, num in ipairs(late) do
      scored[#scored + 1] = ends
      scored[#scored + 1] = num
    end
    call('ZADD', ENDING, unpack(scored))
  end
end

local function noteHold(hold)
  local isBack = wasSetBack()
  if now < longest.ends and not isBack then
    if hold <= longest.ms then return end
    longest.ms = hold
  else
    local former = isBack and longestHold() or longest.ms
    longest = {ms = hold, formerMs = former, ends = now + math.max(former, hold)}
    if isBack then
      settle = math.min(settle, now + longestHold())
      cap(now + longestHold())
    end
  end
  remember()
end

-- The server knows that it has forgotten grants: numbers go only to those who hold them, for now.
local function settleFor(hold, atLeast)
  noteHold(hold)
  if now >= settle or atLeast > sureFrom then
    lastEpoch = math.max(lastEpoch + 1, now, atLeast, sureFrom + 1)
    sureFrom = lastEpoch
    call('HSET', META, 'epoch', text(lastEpoch))
  end
  settle = math.max(settle, now + longestHold())
  remember()
end

-- A promoted replica may lack the last grants. It is known by its second replication id: that of the
-- server it followed.
local function watchFailover(hold)
  if checked and math.abs(now - checked) < CHECK_EVERY then return end
  local info = redis.pcall('INFO', 'replication')
  local id, former = '', ''
  if type(info) == 'string' then
    id = string.match(info, 'master_replid:(%x+)') or ''
    former = string.match(info, 'master_replid2:(%x+)') or ''
  end
  if replid and replid ~= '' and id ~= replid and former == replid then
    settleFor(hold, lastEpoch + 1)
  end
  call('HSET', META, 'checked', text(now), 'replid', id)
end
`;
