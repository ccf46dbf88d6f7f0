// Where Redis is, as REDIS_URL says it: one server, a group watched by Sentinels, or a Redis Cluster; each with or without TLS.
// Pure: connecting is src/store/redis.ts.

type RedisNode = { readonly host: string; readonly port: number };

export type RedisPlace = {
  readonly kind: "single" | "sentinel" | "cluster";
  /** The server itself; or the Sentinels; or those nodes of the Cluster that are asked first for the others. */
  readonly nodes: readonly RedisNode[];
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number;
  /** Name of the group among the Sentinels; null elsewhere. */
  readonly group: string | null;
};

/** How to connect to Redis: all of it a secret, or naming one. */
export type RedisServer = {
  readonly url: string;
  /** For user names and passwords of the Sentinels themselves, which need not be Redis' own. */
  readonly sentinelPassword: string | null;
  /** Texts of PEM files; null: what the system trusts, and no certificate of our own. */
  readonly tls: { readonly ca: string | null; readonly cert: string | null; readonly key: string | null };
};

/** A server with nothing but an address. */
export const redisServer = (url: string): RedisServer => ({
  url,
  sentinelPassword: null,
  tls: { ca: null, cert: null, key: null },
});

export const REDIS_URL_FORMS =
  "redis://host:6379, rediss://user:password@host:6379/0, redis+sentinel://host:26379,host:26379/group or redis+cluster://host:6379,host:6379";

const DEFAULT_PORT = { single: 6379, sentinel: 26379, cluster: 6379 } as const;

const nodeOf = (text: string, defaultPort: number): RedisNode | null => {
  const found = /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  if (found === null) return null;
  const port = found[2] === undefined ? defaultPort : Number(found[2]);
  const host = (found[1] ?? "").replace(/^\[|\]$/g, "");
  return port < 1 || port > 65_535 ? null : { host, port };
};

/** Null when it is none of `REDIS_URL_FORMS`. User and password are percent-encoded, as in every URL. */
export const parseRedisUrl = (url: string): RedisPlace | null => {
  const found = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^/]*)@)?([^/?#@]+)(?:\/([^?#]*))?(?:\?[^#]*)?$/.exec(url);
  if (found === null) return null;
  const [, secure, many, login = "", hosts = "", path = ""] = found;
  const kind = many === "sentinel" || many === "cluster" ? many : "single";
  const nodes = hosts.split(",").map((host) => nodeOf(host, DEFAULT_PORT[kind]));
  const known = nodes.filter((node) => node !== null);
  if (known.length !== nodes.length || (kind === "single" && nodes.length !== 1)) return null;

  const [first = "", second = "", ...more] = path.split("/");
  const [group, db] = kind === "sentinel" ? [first, second] : [null, first];
  // A Redis Cluster has no databases but 0.
  const dbFits = kind === "cluster" ? /^0?$/.test(db) : /^\d{0,4}$/.test(db);
  if (!dbFits || more.length > 0 || group === "" || (kind !== "sentinel" && second !== "")) return null;

  try {
    const [username = "", ...password] = login.split(":").map(decodeURIComponent);
    return {
      kind,
      nodes: known,
      tls: secure === "s",
      username: username === "" ? null : username,
      password: password.length === 0 ? null : password.join(":"),
      db: db === "" ? 0 : Number(db),
      group: group === null ? null : decodeURIComponent(group),
    };
  } catch {
    return null;
  }
};

/** `host:port` of each node, without user and password, for logs. */
export const redisPlaceName = (place: RedisPlace): string => {
  const nodes = place.nodes.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`).join(",");
  return place.group === null ? nodes : `${place.group} at ${nodes}`;
};
