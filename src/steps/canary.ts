// The canary writes to the ensemble all through a run, one small write after another, as a client would, and says how
// long the longest pause was. Its znode is ephemeral: it goes with the session and leaves nothing behind.
import { codeOf } from "../errors.ts";
import type { Address } from "../model/ensemble.ts";
import { type CanaryReport, SLOT_MS } from "../model/evidence.ts";
import type { RunId } from "../model/ids.ts";
import type { Clock, Session, ZooKeeper } from "../ports.ts";

export type Canary = {
  /** Moves to servers other than this one before it goes down on purpose: what is measured is the ensemble, not the server. */
  avoid(server: Address): Promise<void>;
  /** Starts a new measurement. */
  mark(): void;
  /** What was seen since the last mark. An outage that still lasts counts. */
  report(): CanaryReport;
  /** Figures since the canary started. */
  totals(): {
    readonly writes: number;
    readonly failed: number;
    readonly longestPauseMs: number;
    readonly lastWriteMs: number | null;
    readonly lastWriteAt: number | null;
  };
  readonly path: string;
  /** Goes on with these servers only; stays where it is when none of them answers. */
  use(servers: readonly Address[]): Promise<void>;
  sessionId(): string;
  stop(): Promise<void>;
};

/** Between writes: enough to see a pause of 50 ms, too little for an ensemble to notice. */
const EVERY_MS = 25;
/** A write that no server acknowledged for so long has failed; until then it is tried again. */
const FAILED_AFTER_MS = 10_000;
/** Slots kept for a report; a longer step keeps its end. */
const MOST_SLOTS = 400;

type Span = {
  startedAt: number;
  writes: number;
  failed: number;
  longestPauseMs: number;
  sessionsLost: number;
  slots: number[];
};

/** Connects and begins to write below `parent`. Throws what the first connect or write throws. */
export const startCanary = async (
  deps: { readonly zookeeper: ZooKeeper; readonly clock: Clock },
  options: {
    readonly run: RunId;
    readonly parent: string;
    readonly servers: readonly Address[];
    readonly auth: string | null;
  },
): Promise<Canary> => {
  const { zookeeper, clock } = deps;
  const path = `${options.parent === "/" ? "" : options.parent}/zkshift-canary-${options.run}`;
  let stopped = false;
  let all = options.servers;
  let servers = all;

  const open = async (): Promise<Session> => {
    const session = await zookeeper.connect({
      servers,
      auth: options.auth,
      sessionTimeoutMs: 8_000,
      requestTimeoutMs: 4_000,
      timeoutMs: 8_000,
    });
    try {
      await session.create(path, Buffer.from("0"), { ephemeral: true });
    } catch (error) {
      // An earlier session's znode serves as well: any session may write to it.
      if (codeOf(error) !== "NODE_EXISTS") {
        await session.close();
        throw error;
      }
    }
    return session;
  };

  let session = await open();
  const now = clock.now();
  const fresh = (at: number): Span => ({
    startedAt: at,
    writes: 0,
    failed: 0,
    longestPauseMs: 0,
    sessionsLost: 0,
    slots: [],
  });
  let span = fresh(now);
  const total = { writes: 0, failed: 0, longestPauseMs: 0 };
  let lastAckAt = now;
  let lastWriteMs: number | null = null;
  let lastWriteAt: number | null = null;

  const pause = (ms: number): void => {
    span.longestPauseMs = Math.max(span.longestPauseMs, ms);
    total.longestPauseMs = Math.max(total.longestPauseMs, ms);
  };

  const acknowledged = (sentAt: number, at: number): void => {
    pause(at - lastAckAt);
    lastAckAt = at;
    lastWriteMs = at - sentAt;
    lastWriteAt = at;
    span.writes++;
    total.writes++;
    const slot = Math.max(0, Math.floor((at - span.startedAt) / SLOT_MS));
    while (span.slots.length <= slot) span.slots.push(-1);
    span.slots[slot] = Math.max(span.slots[slot] ?? -1, lastWriteMs);
    if (span.slots.length > MOST_SLOTS) {
      const cut = span.slots.length - MOST_SLOTS;
      span.slots.splice(0, cut);
      span.startedAt += cut * SLOT_MS;
    }
  };

  const renew = async (): Promise<void> => {
    const old = session;
    if (old.state() === "expired") span.sessionsLost++;
    session = await open();
    await old.close().catch(() => {});
  };

  /** One write, tried until it is acknowledged: setting the same data twice does no harm. */
  const write = async (): Promise<void> => {
    const sentAt = clock.now();
    let counted = false;
    while (!stopped) {
      try {
        await session.setData(path, Buffer.from(String(total.writes)));
        acknowledged(sentAt, clock.now());
        return;
      } catch (error) {
        if (stopped) return;
        if (!counted && clock.now() - sentAt > FAILED_AFTER_MS) {
          counted = true;
          span.failed++;
          total.failed++;
        }
        if (session.state() === "expired" || session.state() === "closed") await renew().catch(() => {});
        else if (codeOf(error) === "NO_NODE") {
          await session.create(path, Buffer.from("0"), { ephemeral: true }).catch(() => {});
        }
        await clock.sleep(EVERY_MS);
      }
    }
  };

  const loop = (async () => {
    while (!stopped) {
      await write();
      if (!stopped) await clock.sleep(EVERY_MS);
    }
  })();

  const moveTo = async (next: readonly Address[]): Promise<void> => {
    servers = next;
    const old = session;
    // The new session is up before the old one goes; the old one's ephemeral znode goes with it and is made again.
    try {
      session = await open();
    } catch {
      return;
    }
    await old.close().catch(() => {});
  };

  return {
    path,
    avoid: async (server) => {
      const others = all.filter((s) => s.host !== server.host || s.port !== server.port);
      if (others.length > 0) await moveTo(others);
    },
    use: async (next) => {
      all = next;
      await moveTo(next);
    },
    sessionId: () => session.id(),
    mark: () => {
      span = fresh(clock.now());
    },
    report: () => {
      if (clock.now() - lastAckAt > EVERY_MS * 4) pause(clock.now() - lastAckAt);
      return { ...span, slots: [...span.slots] };
    },
    totals: () => ({ ...total, lastWriteMs, lastWriteAt }),
    stop: async () => {
      stopped = true;
      await session.close().catch(() => {});
      await loop;
    },
  };
};
