// Taking, keeping and giving back an ensemble's lease.
import type { ScriptText } from "../script.ts";

/**
 * KEYS: lease, token. ARGV: holder, call, milliseconds. Answers the fencing token, or nil when another holds the lease.
 * The token is above every earlier one: the counter plus one, or the time if that is later, so that it does not go back
 * when a failover lost the counter's last write. `call` is unique to the caller's call, so that a repeat of it (its answer
 * was lost) finds its own lease.
 */
export const acquireLease: ScriptText = {
  name: "zkshiftAcquireLease",
  keys: 2,
  lua: `
local lease, counter = KEYS[1], KEYS[2]
local held = redis.call('HMGET', lease, 'token', 'call')
if held[1] then
  if held[2] ~= ARGV[2] then
    return false
  end
  redis.call('PEXPIRE', lease, ARGV[3])
  return held[1]
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local previous = tonumber(redis.call('GET', counter) or '0')
local token = string.format('%.0f', math.max(previous + 1, now))
redis.call('SET', counter, token)
redis.call('HSET', lease, 'token', token, 'call', ARGV[2], 'holder', ARGV[1])
redis.call('PEXPIRE', lease, ARGV[3])
return token
`,
};

/** KEYS: lease. ARGV: token, milliseconds. Answers 1 when the lease was still ours and now lasts longer, else 0. */
export const renewLease: ScriptText = {
  name: "zkshiftRenewLease",
  keys: 1,
  lua: `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`,
};

/** KEYS: lease. ARGV: token. Answers 1 when the lease was still ours and is free now, else 0. */
export const releaseLease: ScriptText = {
  name: "zkshiftReleaseLease",
  keys: 1,
  lua: `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
`,
};
