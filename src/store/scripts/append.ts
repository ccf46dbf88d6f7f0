// Adds one event to a log, or nothing at all: the head, the fence and the reservation are looked at in the same call.
import type { ScriptText } from "../script.ts";

/**
 * KEYS: log, lease, token, reserved. ARGV: run, seq and hash of the expected head, new seq, body, hash, fence (empty: none),
 * `finished` or `open`. Answers `appended`, `conflict`, `lease-lost`, or `cut` when the newest entries were deleted.
 */
export const append: ScriptText = {
  name: "zkshiftAppend",
  keys: 4,
  lua: `
local log, lease, token, reserved = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local run, headSeq, headHash, seq, body, hash, fence, ending = unpack(ARGV)

local function hashIn(entry)
  local fields = entry[2]
  for i = 1, #fields, 2 do
    if fields[i] == 'hash' then
      return fields[i + 1]
    end
  end
end

-- A repeat of a call whose answer was lost finds its own entry. It may have been the last thing this worker could do,
-- so this comes before the fence.
local id = seq .. '-0'
local there = redis.call('XRANGE', log, id, id)[1]
if there and hashIn(there) == hash then
  return 'appended'
end

if fence ~= '' then
  -- An expired lease is gone by Redis' own clock. The counter says so too when a newer token was given out.
  if redis.call('HGET', lease, 'token') ~= fence or redis.call('GET', token) ~= fence then
    return 'lease-lost'
  end
end

local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
if not last or last[1] ~= headSeq .. '-0' or hashIn(last) ~= headHash then
  return 'conflict'
end
-- Redis remembers the highest id a stream ever had, so an entry deleted from the end shows here.
local added = redis.pcall('XADD', log, id, 'body', body, 'hash', hash)
if type(added) == 'table' and added.err then
  if string.find(added.err, 'equal or smaller', 1, true) then
    return 'cut'
  end
  return added
end
if ending == 'finished' and redis.call('GET', reserved) == run then
  redis.call('DEL', reserved)
end
return 'appended'
`,
};
