import { createHash } from "node:crypto";
import { MEMORY } from "./lua/memory.ts";
import { OPERATIONS } from "./lua/operations.ts";
import { RULES } from "./lua/rules.ts";
import { STATE } from "./lua/state.ts";

/** The version of the keys that {@link SCRIPT} reads and writes. */
export const SCHEMA_VERSION = 1;

/** What follows the target's key in the names of its keys, in the order of the script's `KEYS`. */
export const KEY_NAMES = [
  "meta",
  "slots",
  "instances",
  "ending",
  "available",
  "claims",
  "waiting",
  "pages",
] as const;

/**
 * All operations on one target, as one Lua script (its functions are in `lua/`), so that each is atomic.
 * Its rules are those of `ledger.ts`, in which they are explained.
 *
 * - `meta`: a hash with the schema's version, the latest epoch, what is remembered of the target and what
 *   is known of the server.
 * - `slots`: a hash from each number below the target's size to `epoch seq nonce instance`; the
 *   instance is empty after a release.
 * - `instances`: a hash from instance to number. Its field without a name tells the hash of a target
 *   with no instances from one that was evicted.
 * - `ending`: numbers that are held or rest, by when that ends. `available`: the others, by
 *   themselves. Every number is in one of them.
 * - `claims`: a hash from instance to `seq nonce until maxTasks`, `waiting`: those instances in
 *   the order in which they came; used where housekeeping assigns the numbers.
 * - `pages`: a hash from number to `epoch address`, for owners that say where their status page is. Of another
 *   epoch than its number it counts for nothing: a process of an earlier version leaves it when it grants.
 */
export const SCRIPT: string = `
local META, SLOTS, INSTANCES, ENDING, AVAILABLE, CLAIMS, WAITING, PAGES = unpack(KEYS)
local SCHEMA, CHUNK, CHECK_EVERY = ${SCHEMA_VERSION}, 500, 5000
local call = redis.call

-- A test gives the time; everybody else uses the server's.
local now = tonumber(ARGV[2])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local version, compatible, lastEpoch, replid, checked, sureFrom, settle, hold, formerHold, spanEnds =
  unpack(call('HMGET', META, 'version', 'compatible', 'epoch', 'replid', 'checked', 'sure', 'settle',
    'hold', 'formerHold', 'spanEnds'))
if version and tonumber(version) > SCHEMA and tonumber(compatible or version) > SCHEMA then
  return {'newer', tonumber(version)}
end
if not version and call('EXISTS', META) == 1 then return {'not_ours'} end
lastEpoch, settle, sureFrom = tonumber(lastEpoch or 0), tonumber(settle or 0), tonumber(sureFrom or (version and 0) or now)
local longest =
  {ms = tonumber(hold or 0), formerMs = tonumber(formerHold or 0), ends = tonumber(spanEnds or 0)}
${STATE}${MEMORY}${RULES}${OPERATIONS}
local operation = ARGV[1]
if operation == 'notify' then
  local beat = {
    instance = ARGV[3], seq = tonumber(ARGV[4]), nonce = ARGV[5], hold = tonumber(ARGV[6]),
    maxTasks = tonumber(ARGV[7]), page = ARGV[12]
  }
  beat.hold = math.ceil(beat.hold)
  beat.longest = math.max(beat.hold, math.ceil(tonumber(ARGV[11]) or 0))
  beat.ends = now + beat.hold
  local held = ARGV[9] ~= '' and {num = tonumber(ARGV[9]), epoch = tonumber(ARGV[10])} or nil
  return notify(beat, held, ARGV[8] == 'in-band')
elseif operation == 'release' then
  return release(ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), math.ceil(tonumber(ARGV[6])),
    tonumber(ARGV[7]))
elseif operation == 'housekeep' then
  return housekeep(tonumber(ARGV[3]))
end
return list(tonumber(ARGV[3]))
`;

/** The server's name for the script once it has run it. */
export const SCRIPT_SHA: string = createHash("sha1").update(SCRIPT).digest("hex");
