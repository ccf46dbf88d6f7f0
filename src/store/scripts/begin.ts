// Begins a run in one go: reserves the ensemble, writes the first events, lists the run.
import type { ScriptText } from "../script.ts";

/**
 * KEYS: log, reserved, runs. ARGV: run, time, then body and hash of each event.
 * Answers `begun`, `exists` (another run of that id was here), or the run that holds the ensemble.
 */
export const begin: ScriptText = {
  name: "zkshiftBegin",
  keys: 3,
  lua: `
local log, reserved, runs = KEYS[1], KEYS[2], KEYS[3]
local run = ARGV[1]
local holder = redis.call('GET', reserved)
if holder == run then
  -- Our own earlier call, whose answer was lost.
  return {'begun'}
end
local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
if first then
  local fields = first[2]
  for i = 1, #fields, 2 do
    if fields[i] == 'hash' and fields[i + 1] == ARGV[4] then
      return {'begun'}
    end
  end
  return {'exists'}
end
if holder then
  return {'reserved', holder}
end
redis.call('SET', reserved, run)
for i = 3, #ARGV, 2 do
  redis.call('XADD', log, string.format('%d-0', (i - 1) / 2), 'body', ARGV[i], 'hash', ARGV[i + 1])
end
redis.call('ZADD', runs, ARGV[2], run)
return {'begun'}
`,
};
