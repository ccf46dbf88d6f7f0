// Proves that an ensemble is whole: every server serves the release it should, takes writes, and holds the same data.
import { OpsError } from "../errors.ts";
import type { StepEvidence } from "../model/evidence.ts";
import { formatZxid, type ServerId, serverId } from "../model/ids.ts";
import type { Release } from "../model/release.ts";
import { notInEffect } from "../plan/in-effect.ts";
import { compareDigests, differ } from "./compare-digests.ts";
import { compareTrees } from "./compare-trees.ts";
import { leaderOf, notYetSynced, proveServes, sessionTo, wrongRelease } from "./seeing.ts";
import type { StepHandler } from "./step-handler.ts";
import type { ServerHandle, World } from "./world.ts";

type Verified = Extract<StepEvidence, { kind: "verify-ensemble" }>;

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
  verify: async (step, world) => {
    const proof = await proveEnsemble(world, () => step.release);
    const proved =
      world.plan.goal.kind === "configure" ? { ...proof, inEffect: await proveConfiguration(world) } : proof;
    // The last step: nothing goes back to them any more. Where they are missed all the same, they are made from their image.
    for (const { control } of world.servers) await control.forgetBefore?.(world.fence());
    return proved;
  },
  undo: async () => "nothing-to-undo",
};

/** Ids of the servers that have, in files and process, what the plan was to bring. Throws `step-failed` where one has not. */
const proveConfiguration = async (world: World): Promise<readonly number[]> => {
  world.waiting("the new configuration in what runs");
  const missing = notInEffect(world.plan, await world.observe({ withHosts: true }));
  if (missing.length > 0) {
    throw new OpsError("step-failed", {
      what: `The servers are back, but not all of the new configuration is in effect. ${missing.join(" ")}`,
      left: "All servers serve and hold the same data.",
      next: "See what else writes these files, or how the server is started, then Retry; or Roll back.",
    });
  }
  return [...new Set(world.plan.steps.flatMap((step) => (step.kind === "write-config" ? [Number(step.server)] : [])))];
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
  const handles = seen.servers.map(({ id }) => world.server(id));
  const digest = await compareDigests(world, handles, leader?.seen.zxid ?? 0n);
  const same: Same =
    digest === null ? await compareWalks(world, handles) : { method: "digest", ...digest, znodes: null };
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

/** Reads every znode on all servers side by side; the canary's znode, which changes all the time, is left out. */
const compareWalks = async (world: World, servers: readonly ServerHandle[]): Promise<Same> => {
  const sessions = await Promise.allSettled(servers.map((server) => sessionTo(world, server)));
  try {
    const replicas = sessions.map((opened, i) => {
      if (opened.status === "rejected") throw opened.reason;
      return { id: servers[i]?.id ?? serverId(0), session: opened.value };
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
