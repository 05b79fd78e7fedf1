/** What a caller can ask for. */
export const OPERATIONS: string = `
-- Whether a seq is refused that comes after the one on record. A client may send a command again
-- whose answer it did not get: the nonce tells that from another process with the same instance id.
local function isCollision(beat, seq, nonce)
  return not (beat.seq > seq) and not (beat.seq == seq and beat.nonce == nonce)
end

local function readClaim(instance)
  local record = call('HGET', CLAIMS, instance)
  if not record then return nil end
  local seq, nonce, ends, maxTasks = string.match(record, '^(%-?%d+) (%S*) (%d+) (%d+)$')
  return {
    instance = instance, seq = tonumber(seq), nonce = nonce,
    ends = tonumber(ends), maxTasks = tonumber(maxTasks)
  }
end

local function dropClaim(instance)
  call('HDEL', CLAIMS, instance)
  call('ZREM', WAITING, instance)
end

local function findOwn(instance)
  local num = call('HGET', INSTANCES, instance)
  local own = num and read(num)
  return own and own.instance == instance and own or nil
end

local function notify(beat, held, inBand)
  local own = findOwn(beat.instance)
  if not version or (not own and not isWhole()) then
    repair(beat.ends)
    own = findOwn(beat.instance)
  end
  noteHold(beat.hold)
  watchFailover(beat.hold)
  local isSettling = now < settle
  if own then
    if isCollision(beat, own.seq, own.nonce) then return {'collision'} end
    if not held and own.epoch < sureFrom then
      -- It may no longer hold the number, and the store may have forgotten a later owner.
      vacate(own)
      own = nil
    end
  end
  if own then
    if own.num < beat.maxTasks then return renew(own, held, beat) end
    vacate(own)
    holdUntil(own.num, beat.ends)
  end
  local claim = readClaim(beat.instance)
  if claim then
    if isCollision(beat, claim.seq, claim.nonce) then return {'collision'} end
    if inBand or held then dropClaim(beat.instance) end
  end
  if held then
    if own then return {'lost'} end
    return restore(held, beat)
  end
  if inBand then
    if isSettling then return {'no_number'} end
    expire()
    local free = lowest()
    if free >= beat.maxTasks then return {'full'} end
    local epoch = grant(free, 0, beat.ends, beat)
    return granted(free, epoch, beat.hold)
  end
  call('HSET', CLAIMS, beat.instance, text(beat.seq) .. ' ' .. beat.nonce .. ' ' ..
    text(beat.ends) .. ' ' .. text(beat.maxTasks))
  if not claim then
    call('ZADD', WAITING, call('HINCRBY', META, 'claims', 1), beat.instance)
  end
  if not isSettling and lowest() >= beat.maxTasks then return {'full'} end
  return {'no_number'}
end

local function release(instance, num, epoch, quarantine, seq)
  local slot = read(num)
  if not slot or slot.instance ~= instance or slot.epoch ~= epoch then return 0 end
  if seq and not (seq > slot.seq) then return 0 end
  vacate(slot)
  if quarantine > 0 then
    holdUntil(num, now + quarantine)
  else
    call('ZREM', ENDING, num)
    call('ZADD', AVAILABLE, num, num)
  end
  return 1
end

-- Frees what has run out, and gives numbers to at most limit claims, in the order in which they came.
local function housekeep(limit)
  if not isWhole() then return {0, 0, 0} end
  if wasSetBack() then noteHold(0) end
  local freed, assigned, skipped = expire(), 0, 0
  while now >= settle and assigned < limit do
    local instance = call('ZRANGE', WAITING, skipped, skipped)[1]
    if not instance then break end
    local claim = readClaim(instance)
    local free = lowest()
    if claim and claim.ends > now and free >= claim.maxTasks then
      skipped = skipped + 1
    else
      dropClaim(instance)
      if claim and claim.ends > now then
        local ends = math.min(claim.ends, now + longestHold())
        grant(free, 0, ends, claim)
        assigned = assigned + 1
      end
    end
  end
  return {freed, assigned, call('ZCARD', WAITING) - skipped}
end

local function list(from)
  local ending = call('ZRANGE', ENDING, from, from + CHUNK - 1, 'WITHSCORES')
  local rows = {}
  for index = 1, #ending, 2 do
    local slot = read(ending[index])
    if slot then
      local page = string.match(call('HGET', PAGES, slot.num) or '', '^' .. text(slot.epoch) .. ' (.*)$')
      rows[#rows + 1] = {slot.num, slot.epoch, slot.instance, ending[index + 1], page or ''}
    end
  end
  return rows
end
`;
