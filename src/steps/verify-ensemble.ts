// Proves that an ensemble is whole: every server serves the release it should, takes writes, and holds the same data.
import { OpsError } from "../errors.ts";
import type { StepEvidence } from "../model/evidence.ts";
import { formatZxid, type ServerId, serverId, zxid } from "../model/ids.ts";
import type { Release } from "../model/release.ts";
import { compareTrees } from "./compare-trees.ts";
import { leaderOf, notYetSynced, proveServes, sessionTo, wrongRelease } from "./seeing.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

type Verified = Extract<StepEvidence, { kind: "verify-ensemble" }>;

/** ZooKeeper keeps a digest of the tree every so many transactions (zookeeperAdmin, `hash`). */
const DIGEST_EVERY = 128;
/** Sent without waiting for one another: few enough for clients not to notice. */
const WRITES_AT_ONCE = 16;
/** Digests of one zxid are on every server after one or two rounds; clients' own writes only make it sooner. */
const DIGEST_ROUNDS = 6;
export const verifyEnsemble: StepHandler<"verify-ensemble"> = {
  timeLimitMs: 60_000,
  check: async (_step, world) => {
    const seen = await world.observe({ withHosts: false });
    for (const server of seen.servers) {
      const missing = notYetSynced(seen, server.id);
      if (missing !== null) return { kind: "wait", for: missing, againMs: 200 };
    }
    return { kind: "done" };
  },
  apply: async () => {},
  verify: async (step, world) => proveEnsemble(world, () => step.release),
  undo: async () => "nothing-to-undo",
};

/** The proof itself, for any wanted release of each server: also what ends a rollback. Throws `step-failed`. */
export const proveEnsemble = async (world: World, wanted: (id: ServerId) => Release): Promise<Verified> => {
  const seen = await world.observe({ withHosts: false });
  for (const server of seen.servers) {
    const wrong = notYetSynced(seen, server.id) ?? wrongRelease(server.seen, wanted(server.id));
    if (wrong !== null) {
      throw new OpsError("step-failed", {
        what: `server.${server.id} is not as it should be: ${wrong}.`,
        left: "All servers were left as they are.",
        next: "Look at that server, then Retry.",
      });
    }
  }
  const servers: { id: number; mode: string; writeMs: number }[] = [];
  for (const server of seen.servers) {
    world.waiting(`a write test through server.${server.id}`);
    const { writeMs } = await proveServes(world, world.server(server.id));
    servers.push({ id: server.id, mode: server.seen.status === "serving" ? server.seen.mode : "", writeMs });
  }
  world.waiting("the same data on every server");
  const leader = leaderOf(seen);
  const same = (await compareDigests(world, leader?.seen.zxid ?? 0n)) ?? (await compareWalks(world));
  const releases = [...new Set(seen.servers.map((server) => wanted(server.id)))];
  return {
    kind: "verify-ensemble",
    release: releases.join(", "),
    ...same,
    znodes: same.znodes ?? leader?.seen.monitor?.znodes ?? (await countZnodes(world)),
    servers,
  };
};

type Same = {
  readonly method: "digest" | "walk";
  readonly digest: string;
  readonly zxid: string;
  readonly znodes: number | null;
};

/**
 * Compares the servers' own digests at a zxid that all of them remember, and that is not older than this look: what they
 * agreed on before the last restart would prove nothing about it. Null where a server has no digests.
 */
const compareDigests = async (world: World, since: bigint): Promise<Same | null> => {
  for (let round = 0; round < DIGEST_ROUNDS; round++) {
    const all = await Promise.all(world.servers.map((server) => world.zookeeper.digests(server.client, server.admin)));
    const known = all.filter((digests): digests is ReadonlyMap<bigint, string> => digests !== null);
    if (known.length < all.length) return null;
    const [first, ...others] = known;
    if (first === undefined) return null;
    const common = [...first.keys()].filter((at) => at >= since && others.every((digests) => digests.has(at)));
    const newest = common.toSorted((a, b) => (a < b ? 1 : -1))[0];
    if (newest !== undefined) {
      const values = known.map((digests) => digests.get(newest) ?? "");
      if (new Set(values).size > 1) {
        const each = world.servers.map((server, i) => `server.${server.id} ${values[i]}`).join(", ");
        throw differ(` at zxid ${formatZxid(zxid(newest))}: ${each}`);
      }
      return { method: "digest", digest: values[0] ?? "", zxid: formatZxid(zxid(newest)), znodes: null };
    }
    // A restarted server remembers only what came after its start: write until the next digest falls due.
    const session = await world.session();
    for (let written = 0; written < DIGEST_EVERY; written += WRITES_AT_ONCE) {
      await Promise.all(Array.from({ length: WRITES_AT_ONCE }, () => world.writeTest(session)));
    }
  }
  return null;
};

/** Reads every znode on all servers side by side; the canary's znode, which changes all the time, is left out. */
const compareWalks = async (world: World): Promise<Same> => {
  const sessions = await Promise.allSettled(world.servers.map((server) => sessionTo(world, server)));
  try {
    const replicas = sessions.map((opened, i) => {
      if (opened.status === "rejected") throw opened.reason;
      return { id: world.servers[i]?.id ?? serverId(0), session: opened.value };
    });
    const compared = await compareTrees(replicas, {
      ignore: (path) => path === world.canary?.path,
      signal: world.signal,
    });
    if (compared.kind === "different") throw differ(`: of ${compared.path}, ${compared.why}`);
    const leader = leaderOf(await world.observe({ withHosts: false }));
    return {
      method: "walk",
      digest: compared.digest,
      zxid: leader === null ? "" : formatZxid(leader.seen.zxid),
      znodes: compared.znodes,
    };
  } finally {
    await Promise.all(sessions.map((opened) => (opened.status === "fulfilled" ? opened.value.close() : null)));
  }
};

const countZnodes = async (world: World): Promise<number> =>
  (await world.zookeeper.treeDigest(await world.session(), { signal: world.signal })).znodes;

const differ = (how: string): OpsError =>
  new OpsError("step-failed", {
    what: `The servers do not hold the same data${how}.`,
    left: "All servers were left running as they are.",
    next: "Do not restart more servers. Compare them (docs/runbooks/held-run.md), then Retry or Roll back.",
  });
