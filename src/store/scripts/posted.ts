// Scripts of the record of what was posted: each does something only for the holder of the posting lock.
import type { ScriptText } from "../script.ts";

/** KEYS lock, hash; ARGV token, then fields and values. 1 saved, 0 not the holder. */
export const savePosted: ScriptText = {
  name: "zkshiftSavePosted",
  keys: 2,
  lua: `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
local fields = {}
for i = 2, #ARGV do fields[#fields + 1] = ARGV[i] end
redis.call("HSET", KEYS[2], unpack(fields))
return 1
`,
};

/** KEYS lock; ARGV token, ttl in ms. 1 extended, 0 not the holder. */
export const extendPosting: ScriptText = {
  name: "zkshiftExtendPosting",
  keys: 1,
  lua: `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("PEXPIRE", KEYS[1], ARGV[2])
`,
};

/** KEYS lock; ARGV token. */
export const endPosting: ScriptText = {
  name: "zkshiftEndPosting",
  keys: 1,
  lua: `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("DEL", KEYS[1])
`,
};
