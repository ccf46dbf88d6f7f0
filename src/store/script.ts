// Lua scripts as functions. ioredis sends a script by its digest and brings the text where a connection has not.

import type { RedisConnection } from "./redis.ts";

export type ScriptText = {
  /** Command name under which ioredis knows it. */
  readonly name: string;
  /** How many of the arguments are keys. */
  readonly keys: number;
  readonly lua: string;
};

export type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** Makes a script callable over this connection; it rejects with whatever ioredis rejects with. */
export const defineScript = (redis: RedisConnection, { name, keys, lua }: ScriptText): Script => {
  redis.defineCommand(name, { numberOfKeys: keys, lua });
  const commands = redis as unknown as Record<string, (...args: (string | number)[]) => Promise<unknown>>;
  return (keyList, args) => {
    const command = commands[name];
    if (command === undefined || keyList.length !== keys) throw new TypeError(`${name} takes ${keys} keys`);
    return command.call(redis, ...keyList, ...args);
  };
};
