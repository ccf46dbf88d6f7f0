// Connections to Redis, with the options each role needs. A connection never throws on its own: it says once that Redis is gone
// and once that it is back, and calls made over it fail or wait as their role wants.
import { Redis, type RedisOptions } from "ioredis";
import { OpsError } from "../errors.ts";
import { redisError } from "./redis-error.ts";

/**
 * `worker`: a call waits until Redis is back, for a run must go on. `blocking`: the same, for BullMQ's waiting reads.
 * `bot`: a call fails within 2 s, for a click must not take effect when nobody expects it any more.
 */
export type RedisRole = "worker" | "bot" | "blocking";

/** As far as a connection speaks; src/logging.ts's loggers fit. */
export type RedisLog = {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
};

const CONNECT_TIMEOUT_MS = 5_000;
const BOT_TIMEOUT_MS = 2_000;
/** Without it a silently dropped connection goes unnoticed for minutes; above BullMQ's 5 s waiting reads. */
const SOCKET_TIMEOUT_MS = 15_000;

// ioredis' constructor does not take `replyMapping: undefined`, which its own options type allows.
type Options = Omit<RedisOptions, "replyMapping">;

const optionsOf = (role: RedisRole): Options => {
  const common: Options = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: `zkshift-${role}`,
    // Quick and steady: a Redis that restarts is found again within a second.
    retryStrategy: (times) => Math.min(50 * times, 1000) + Math.floor(Math.random() * 100),
    // After a failover the old master answers as a replica: connect anew and send the refused command again.
    reconnectOnError: (error) => (error.message.startsWith("READONLY") ? 2 : false),
  };
  switch (role) {
    case "worker":
    case "blocking":
      return { ...common, maxRetriesPerRequest: null, socketTimeout: SOCKET_TIMEOUT_MS };
    case "bot":
      return {
        ...common,
        enableOfflineQueue: false,
        commandTimeout: BOT_TIMEOUT_MS,
        // Otherwise a command that timed out would still be carried out once Redis is back.
        autoResendUnfulfilledCommands: false,
        socketTimeout: SOCKET_TIMEOUT_MS,
      };
  }
};

/** `host:port` of a Redis URL, without user and password. Throws `input` on anything but `redis://` and `rediss://`. */
export const redisAddress = (url: string): string => {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === "") {
    throw new OpsError("input", {
      what: "REDIS_URL is not a Redis address.",
      next: "Write redis://host:6379 or, with TLS, rediss://user:password@host:6379/0.",
    });
  }
  return `${parsed.hostname}:${parsed.port === "" ? "6379" : parsed.port}`;
};

/** Opens a connection and returns at once; it connects, and connects again, by itself. Throws `input` on a bad address. */
export const connectRedis = (url: string, role: RedisRole, log?: RedisLog): Redis => {
  const redis = redisAddress(url);
  const connection = new Redis(url, optionsOf(role));
  let answers: boolean | null = null;
  connection.on("ready", () => {
    if (answers === false) log?.info({ redis, role }, "Redis answers again");
    answers = true;
  });
  connection.on("error", (error: Error & { code?: string }) => {
    if (answers !== false) log?.warn({ redis, role, error: error.code ?? error.message }, "Redis does not answer");
    answers = false;
  });
  return connection;
};

/** Resolves when the connection is usable; throws `transient` when it is not within `timeoutMs`. */
export const untilReady = async (redis: Redis, timeoutMs: number): Promise<void> => {
  if (redis.status === "ready") return;
  let last: unknown = new Error(`no answer within ${timeoutMs} ms`);
  const onError = (error: unknown): void => {
    last = error;
  };
  await new Promise<void>((resolve, reject) => {
    const settle = (then: () => void) => (): void => {
      clearTimeout(timer);
      redis.off("ready", onReady);
      redis.off("error", onError);
      then();
    };
    const onReady = settle(resolve);
    const timer = setTimeout(
      settle(() => reject(redisError(last, "zkshift cannot start"))),
      timeoutMs,
    );
    redis.on("ready", onReady);
    redis.on("error", onError);
  });
};

const infoField = (info: string, name: string): string | null =>
  new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? null;

/**
 * What is wrong with this Redis for keeping run logs, in words; empty when nothing is. Throws `transient` when it does not
 * answer. Asks INFO only, because hosted Redis servers refuse CONFIG.
 */
export const redisWarnings = async (redis: Redis): Promise<readonly string[]> => {
  let info: string;
  try {
    info = await redis.info();
  } catch (error) {
    throw redisError(error, "it could not be checked");
  }
  const policy = infoField(info, "maxmemory_policy");
  const warnings: string[] = [];
  if (policy !== null && policy !== "noeviction") {
    warnings.push(
      `Redis may throw away run logs when its memory is full (maxmemory-policy ${policy}): set maxmemory-policy noeviction.`,
    );
  }
  if (infoField(info, "aof_enabled") === "0") {
    warnings.push(
      "Redis keeps no append-only file, so a crash of Redis can lose the last minutes of a run log: set appendonly yes.",
    );
  }
  return warnings;
};

/** Why this connection is of no use now, in words; null when Redis answers. For health checks: never waits for a lost Redis. */
export const redisProblem = async (redis: Redis): Promise<string | null> => {
  if (redis.status !== "ready") return "Redis does not answer";
  try {
    await redis.ping();
    return null;
  } catch (error) {
    return redisError(error, "it is of no use").failure.what;
  }
};
