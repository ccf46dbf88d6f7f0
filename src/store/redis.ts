// Connections to Redis, with the options each role needs. A connection never throws on its own: it says once that Redis is gone
// and once that it is back, and calls made over it fail or wait as their role wants.
import { Cluster, type ClusterOptions, Redis, type RedisOptions, ReplyError } from "ioredis";
import { OpsError } from "../errors.ts";
import {
  parseRedisUrl,
  REDIS_URL_FORMS,
  type RedisPlace,
  type RedisServer,
  redisPlaceName,
  redisServer,
} from "../model/redis-server.ts";
import { isRefusal, redisError } from "./redis-error.ts";

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

/** 2: and send the refused command again. */
const reconnectAfter = (refusal: string): 2 | false => (refusal.startsWith("READONLY") ? 2 : false);

const optionsOf = (role: RedisRole): Options => {
  const common: Options = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: `zkshift-${role}`,
    // Quick and steady: a Redis that restarts is found again within a second.
    retryStrategy: (times) => Math.min(50 * times, 1000) + Math.floor(Math.random() * 100),
    // After a failover the old master answers as a replica: connect anew and send the refused command again.
    reconnectOnError: ({ message }) => reconnectAfter(message),
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

const placeOf = (url: string): RedisPlace => {
  const place = parseRedisUrl(url);
  if (place !== null) return place;
  throw new OpsError("input", { what: "REDIS_URL is not a Redis address.", next: `Write ${REDIS_URL_FORMS}.` });
};

/** `host:port`, or several of them, of a Redis URL, without user and password. Throws `input` on anything else. */
export const redisAddress = (url: string): string => redisPlaceName(placeOf(url));

/** A connection to one server, or to a Cluster as a whole. */
export type RedisConnection = Redis | Cluster;

/** What every server is told: who we are and how we trust it. */
const loginOf = (place: RedisPlace, { tls }: RedisServer): Options => ({
  ...(place.username === null ? {} : { username: place.username }),
  ...(place.password === null ? {} : { password: place.password }),
  ...(place.tls ? { tls: tlsOf(tls) } : {}),
});

const tlsOf = ({ ca, cert, key }: RedisServer["tls"]): NonNullable<Options["tls"]> => ({
  ...(ca === null ? {} : { ca }),
  ...(cert === null ? {} : { cert }),
  ...(key === null ? {} : { key }),
});

/**
 * Asks the Sentinels who the master is, at the start and after each loss; a master that only hangs is lost once the socket
 * times out. Not `failoverDetector`, which would tell sooner: ioredis 6.0.0 ends a connection for good when the Sentinels'
 * message arrives while it asks them.
 */
const sentinelOptions = (place: RedisPlace, server: RedisServer): Options => ({
  sentinels: [...place.nodes],
  name: place.group ?? "",
  db: place.db,
  // A master whose replica was made master takes no writes where it is told to want a replica (min-replicas-to-write), and is left as
  // it is for some 10 s more: ask the Sentinels again. The refused call fails, for its caller to try again.
  reconnectOnError: ({ message }) => reconnectAfter(message) || message.startsWith("NOREPLICAS"),
  sentinelRetryStrategy: (times) => Math.min(50 * times, 1000),
  ...(server.sentinelPassword === null ? {} : { sentinelPassword: server.sentinelPassword }),
  ...(place.tls ? { enableTLSForSentinelMode: true, sentinelTLS: tlsOf(server.tls) } : {}),
});

/** A failover of a Cluster takes its node timeout (15 s by default) and an election; a worker's call waits for it. */
const WORKER_REDIRECTIONS = 300;
const BETWEEN_REDIRECTIONS_MS = 100;

const clusterOptions = (role: RedisRole, options: Options) => {
  const { retryStrategy: _, enableOfflineQueue = true, ...redisOptions } = options;
  return {
    redisOptions,
    enableOfflineQueue,
    clusterRetryStrategy: (times) => Math.min(50 * times, 1000) + Math.floor(Math.random() * 100),
    retryDelayOnFailover: BETWEEN_REDIRECTIONS_MS,
    retryDelayOnClusterDown: BETWEEN_REDIRECTIONS_MS,
    // Above the bot's patience nothing is gained: its caller has been told.
    maxRedirections: role === "bot" ? BOT_TIMEOUT_MS / BETWEEN_REDIRECTIONS_MS : WORKER_REDIRECTIONS,
    slotsRefreshInterval: 5_000,
  } satisfies ClusterOptions;
};

const open = (place: RedisPlace, server: RedisServer, role: RedisRole): RedisConnection => {
  const options = { ...optionsOf(role), ...loginOf(place, server) };
  switch (place.kind) {
    case "single":
      return new Redis(server.url, options);
    case "sentinel":
      return new Redis({ ...options, ...sentinelOptions(place, server) });
    case "cluster":
      return new Cluster([...place.nodes], clusterOptions(role, options));
  }
};

/**
 * ioredis listens to one error of a socket only, and a second one (a TLS server that says no after the handshake, then what was being
 * sent) would end the process. Whoever connects is told by the first one, or by the socket's end.
 */
const bearSecondErrors = (redis: Redis): void => {
  redis.on("connect", () => redis.stream.on("error", () => {}));
};

/**
 * Opens a connection and returns at once; it connects, and connects again, by itself. Throws `input` on a bad address.
 * A URL alone is that of one server, or of a group of Sentinels; a Cluster takes the whole `RedisServer`.
 */
export function connectRedis(url: string, role: RedisRole, log?: RedisLog): Redis;
export function connectRedis(server: RedisServer, role: RedisRole, log?: RedisLog): RedisConnection;
export function connectRedis(where: RedisServer | string, role: RedisRole, log?: RedisLog): RedisConnection {
  const server = typeof where === "string" ? redisServer(where) : where;
  const place = placeOf(server.url);
  if (typeof where === "string" && place.kind === "cluster") throw new TypeError("a Cluster takes a RedisServer");
  const redis = redisPlaceName(place);
  const connection = open(place, server, role);
  if (connection instanceof Cluster) connection.on("+node", bearSecondErrors);
  else {
    bearSecondErrors(connection);
    tellRefusals(connection);
  }
  let answers: boolean | null = null;
  connection.on("ready", () => {
    if (answers === false) log?.info({ redis, role }, "Redis answers again");
    answers = true;
  });
  connection.on("error", (error: Error & { code?: string }) => {
    const text = isRefusal(error) ? "Redis refuses zkshift" : "Redis does not answer";
    if (answers !== false) log?.warn({ redis, role, error: error.code ?? error.message }, text);
    answers = false;
  });
  return connection;
}

/**
 * A Redis in protected mode says so and hangs up. ioredis takes what it says for the answer to its own greeting, in which it expects
 * such words, and connects again without end: so they are read here beside it.
 */
const tellRefusals = (redis: Redis): void => {
  redis.on("connect", () => {
    redis.stream.once("data", (chunk: Buffer | string) => {
      const said = /^-(DENIED .*)/.exec(String(chunk))?.[1];
      if (said !== undefined) redis.emit("error", new ReplyError(said));
    });
  });
};

/** Resolves when the connection is usable; throws `refused` as soon as Redis refuses it, `transient` when it is not within `timeoutMs`. */
export const untilReady = async (redis: RedisConnection, timeoutMs: number): Promise<void> => {
  if (redis.status === "ready") return;
  let last: unknown = new Error(`no answer within ${timeoutMs} ms`);
  await new Promise<void>((resolve, reject) => {
    const giveUp = (): void => reject(redisError(last, "zkshift cannot start"));
    const settle = (then: () => void) => (): void => {
      clearTimeout(timer);
      redis.off("ready", onReady);
      redis.off("error", onError);
      then();
    };
    const onReady = settle(resolve);
    const onError = (error: unknown): void => {
      last = error;
      // A person has to correct it, and is told at once.
      if (isRefusal(error)) settle(giveUp)();
    };
    const timer = setTimeout(settle(giveUp), timeoutMs);
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
export const redisWarnings = async (redis: RedisConnection): Promise<readonly string[]> => {
  try {
    const servers = redis.isCluster ? (redis as Cluster).nodes("master") : [redis];
    const infos = await Promise.all(servers.map((server) => server.info()));
    return [...new Set(infos.flatMap(warningsOf))];
  } catch (error) {
    throw redisError(error, "it could not be checked");
  }
};

const warningsOf = (info: string): readonly string[] => {
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
export const redisProblem = async (redis: RedisConnection): Promise<string | null> => {
  if (redis.status !== "ready") return "Redis does not answer";
  try {
    // Asks for a key, for a Cluster that lacks a part of its keys still answers a ping.
    await redis.exists("{zkshift}:ready");
    return null;
  } catch (error) {
    return redisError(error, "it is of no use").failure.what;
  }
};
