// A client that writes all through an upgrade or a migration and remembers every acknowledgement, so that afterwards each
// acknowledged write can be looked up on each server. It also holds a session with an ephemeral.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connectClient, errorCodes, type ZooKeeperClient, type ZooKeeperError } from "./zookeeper-client.ts";

export type WriterOptions = {
  readonly connectString: string;
  /** Where to write; made when missing. */
  readonly path: string;
  /** From the beginning of one write to the beginning of the next, at least. */
  readonly everyMs: number;
  readonly sessionTimeoutMs?: number;
};

type WriterStats = {
  readonly acknowledged: number;
  /** Writes whose outcome nobody knows (connection loss): neither acknowledged nor refused. */
  readonly unknown: number;
  /** Writes that a server refused. */
  readonly refused: number;
  /** The longest time between two acknowledgements, that since the last one included while writing goes on. */
  readonly longestGapMs: number;
  readonly sessionsLost: number;
  readonly ephemeral: string;
};

type Verification = {
  /** Acknowledged writes that were looked up; of the sets of one znode the last one stands for all. */
  readonly checked: number;
  /** Paths that were acknowledged and are not there. */
  readonly missing: readonly string[];
  /** Paths that are there with other data than was acknowledged. */
  readonly different: readonly string[];
  readonly ephemeralIsThere: boolean;
};

export type Writer = {
  stats(): WriterStats;
  /** The longest gap between two acknowledgements that overlaps the time from `fromMs` to `toMs` (as of `Date.now()`). */
  longestGapMs(fromMs: number, toMs: number): number;
  /** Looks up every acknowledged write on one server (`address:port`), connected to it alone, after a sync. */
  verifyOn(server: string): Promise<Verification>;
  /** True when the session is still the first one and its ephemeral is still there. */
  sessionAlive(): Promise<boolean>;
  /** Ends the writing; the session is kept. */
  stop(): Promise<void>;
  /** Ends the writing and the session. */
  close(): Promise<void>;
};

/** Starts to write. Rejects when no server answers. */
export const startWriter = async (options: WriterOptions): Promise<Writer> => {
  const { connectString, path, everyMs, sessionTimeoutMs = 10_000 } = options;
  // A third of the session's time: time enough to find another server before the session is gone.
  const clientOptions = { sessionTimeoutMs, requestTimeoutMs: Math.max(2_000, sessionTimeoutMs / 3) };
  let client = await connectClient(connectString, clientOptions);
  const name = randomBytes(4).toString("hex");
  const counter = `${path}/counter-${name}`;
  const ephemeral = `${path}/session-${name}`;
  await createPath(client, path);
  await client.create(counter, "0", "persistent");
  await client.create(ephemeral, name, "ephemeral");
  const firstSession = client.sessionId();

  const created = new Map<string, string>();
  const acknowledgedAt: number[] = [Date.now()];
  let counted = 0;
  let sets = 0;
  let unknown = 0;
  let refused = 0;
  let sessionsLost = 0;
  let stopping = false;

  const writeOne = async (number: number): Promise<void> => {
    // One write in four changes a znode, the others make one.
    if (number % 4 === 0) {
      await client.setData(counter, `${number}`);
      counted = number;
      sets += 1;
    } else {
      const data = `${name}:${number}`;
      created.set(await client.create(`${path}/write-${name}-`, data, "persistent-sequential"), data);
    }
    acknowledgedAt.push(Date.now());
  };

  const afterFailure = async (error: ZooKeeperError): Promise<void> => {
    if (error.code === errorCodes.connectionLoss || client.isExpired()) unknown += 1;
    else refused += 1;
    if (!client.isExpired()) return;
    sessionsLost += 1;
    while (!stopping) {
      const next = await connectClient(connectString, clientOptions).catch(() => null);
      if (next === null) continue;
      client = next;
      return;
    }
  };

  const write = async (): Promise<void> => {
    for (let number = 1; !stopping; number++) {
      const began = Date.now();
      await writeOne(number).catch(afterFailure);
      await sleep(Math.max(0, everyMs - (Date.now() - began)));
    }
  };
  let writing: Promise<void> | null = write();
  let stoppedAt: number | null = null;

  const stop = async (): Promise<void> => {
    stopping = true;
    stoppedAt ??= Date.now();
    await writing;
    writing = null;
    client.unref();
  };

  // The time since the last acknowledgement counts as a gap too, so that a writer that is stuck shows it.
  const longestGapMs = (fromMs: number, toMs: number): number =>
    longestGap([...acknowledgedAt, Math.max(stoppedAt ?? Date.now(), acknowledgedAt.at(-1) ?? 0)], fromMs, toMs);

  return {
    stats: () => ({
      acknowledged: created.size + sets,
      unknown,
      refused,
      longestGapMs: longestGapMs(0, Number.POSITIVE_INFINITY),
      sessionsLost,
      ephemeral,
    }),
    longestGapMs,
    verifyOn: (server) => verifyOn(server, { created: new Map(created), counter, counted, sets, ephemeral }),
    sessionAlive: async () => {
      if (sessionsLost > 0 || client.isExpired()) return false;
      await client.sync("/");
      return (await client.read(ephemeral))?.ephemeralOwner === firstSession;
    },
    stop,
    close: async () => {
      await stop();
      await client.close();
    },
  };
};

/** The longest of the gaps between neighbours in `times` (ascending) that overlap the time from `fromMs` to `toMs`; 0 when none does. */
export const longestGap = (times: readonly number[], fromMs: number, toMs: number): number => {
  let longest = 0;
  for (let index = 1; index < times.length; index++) {
    const from = times[index - 1] ?? 0;
    const to = times[index] ?? 0;
    if (to >= fromMs && from <= toMs) longest = Math.max(longest, to - from);
  }
  return longest;
};

const createPath = async (client: ZooKeeperClient, path: string): Promise<void> => {
  const parts = path.split("/").filter((part) => part !== "");
  for (let count = 1; count <= parts.length; count++) {
    await client.create(`/${parts.slice(0, count).join("/")}`, "", "persistent").catch((error: ZooKeeperError) => {
      if (error.code !== errorCodes.nodeExists) throw error;
    });
  }
};

type Acknowledged = {
  readonly created: ReadonlyMap<string, string>;
  readonly counter: string;
  /** The last acknowledged value of the counter. */
  readonly counted: number;
  readonly sets: number;
  readonly ephemeral: string;
};

// Requests sent without waiting for each other: enough to keep a server busy, few enough for one server's queue.
const batchSize = 200;

const verifyOn = async (server: string, acknowledged: Acknowledged): Promise<Verification> => {
  const client = await connectClient(server);
  try {
    await client.sync("/");
    const missing: string[] = [];
    const different: string[] = [];
    const paths = [...acknowledged.created.keys()];
    for (let at = 0; at < paths.length; at += batchSize) {
      await Promise.all(
        paths.slice(at, at + batchSize).map(async (path) => {
          const found = await client.read(path);
          if (found === null) missing.push(path);
          else if (found.data !== acknowledged.created.get(path)) different.push(path);
        }),
      );
    }
    const counter = await client.read(acknowledged.counter);
    if (counter === null) missing.push(acknowledged.counter);
    // A later value is right: a set whose outcome was unknown may have happened.
    else if (Number(counter.data) < acknowledged.counted) different.push(acknowledged.counter);
    const ephemeralIsThere = (await client.read(acknowledged.ephemeral)) !== null;
    return { checked: paths.length + acknowledged.sets, missing, different, ephemeralIsThere };
  } finally {
    await client.close();
  }
};
