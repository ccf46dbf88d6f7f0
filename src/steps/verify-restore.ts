// Proves a restore: every server holds what the backup holds, the servers hold the same, and each takes writes. Clients are back
// by then, so what they have written since is told apart from what differs.
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import type { BackupCompared, BackupHolds } from "../model/backup.ts";
import type { StepEvidence } from "../model/evidence.ts";
import { formatZxid, serverId, zxid } from "../model/ids.ts";
import type { StepOf } from "../model/plan.ts";
import { differ } from "./compare-digests.ts";
import { compareTrees } from "./compare-trees.ts";
import { compareWithBackup } from "./prove-backup.ts";
import { leaderOf, notYetSynced, proveServes, sessionTo } from "./seeing.ts";
import { stagedHolds } from "./stage-backup.ts";
import type { StepHandler } from "./step-handler.ts";
import type { ServerHandle, World } from "./world.ts";

type VerifyStep = StepOf<"verify-restore">;
type Verified = Extract<StepEvidence, { kind: "verify-restore" }>;

export const verifyRestore: StepHandler<"verify-restore"> = {
  timeLimitMs: 60_000,
  check: async (step, world) => {
    const seen = await world.observeMembers(step.members);
    for (const { id } of seen.servers) {
      const missing = notYetSynced(seen, id);
      if (missing !== null) return { kind: "wait", for: missing, againMs: 200 };
    }
    return { kind: "done" };
  },
  apply: async () => {},
  verify: async (step, world) => {
    const servers = step.members.map(({ id }) => world.server(id));
    world.waiting("what every server holds, compared with the backup");
    const holds = stagedHolds(world);
    const trees = await treesIfExact(servers, holds, world);
    const isExact = trees !== null;
    const compared: readonly BackupCompared[] = isExact
      ? trees.map(({ znodes }) => ({ same: znodes, since: 0, unreadable: 0 }))
      : await compareAll(step, servers, world);
    const writes: number[] = [];
    for (const server of servers) {
      world.waiting(`a write test through server.${server.id}`);
      writes.push((await proveServes(world, server)).writeMs);
    }
    const seen = await world.observeMembers(step.members);
    return {
      kind: "verify-restore",
      backup: step.backup,
      method: isExact ? "exact" : "since",
      digest: holds?.digest ?? "",
      znodes: holds?.znodes ?? 0,
      zxid: formatZxid(leaderOf(seen)?.seen.zxid ?? zxid(0n)),
      servers: servers.map(({ id }, i): Verified["servers"][number] => {
        const now = seen.servers.find((one) => one.id === id)?.seen;
        return {
          id,
          mode: now?.status === "serving" ? now.mode : "",
          writeMs: writes[i] ?? 0,
          same: compared[i]?.same ?? 0,
          since: compared[i]?.since ?? 0,
        };
      }),
    };
  },
  undo: async () => "nothing-to-undo",
};

/** Null where a server holds other than the backup does. One is looked at first: where clients write, the rest need not be. */
const treesIfExact = async (
  servers: readonly ServerHandle[],
  holds: BackupHolds | null,
  world: World,
): Promise<readonly { readonly znodes: number }[] | null> => {
  const [first, ...others] = servers;
  if (holds === null || first === undefined) return null;
  const one = await treeOf(first, world);
  if (one.digest !== holds.digest) return null;
  const trees = [one, ...(await Promise.all(others.map((server) => treeOf(server, world))))];
  return trees.every(({ digest }) => digest === holds.digest) ? trees : null;
};

const treeOf = async (
  server: ServerHandle,
  world: World,
): Promise<{ readonly digest: string; readonly znodes: number }> => {
  const session = await sessionTo(world, server);
  try {
    await session.sync("/");
    return await world.zookeeper.treeDigest(session, { lasting: true, signal: world.signal });
  } finally {
    await session.close();
  }
};

/** Znode by znode: each server with the backup, then the servers with each other. */
const compareAll = async (
  step: VerifyStep,
  servers: readonly ServerHandle[],
  world: World,
): Promise<readonly BackupCompared[]> => {
  world.waiting("every server compared with the backup znode by znode, for somebody has written since");
  const place = world.backupsOf(step.of);
  const { files } = await world.backups.read(place, step.backup);
  const compared = await compareWithBackup(
    world,
    {
      backup: join(world.backups.folder(place), step.backup),
      files: files.map(({ name }) => name),
      release: step.release,
    },
    servers,
  ).catch((error: unknown) => {
    throw cannotTell(error);
  });
  world.waiting("the same data on every server");
  const sessions = await Promise.all(servers.map((server) => sessionTo(world, server)));
  try {
    const same = await compareTrees(
      sessions.map((session, i) => ({ id: servers[i]?.id ?? serverId(0), session })),
      { ignore: (path) => path === world.canary?.path, signal: world.signal },
    );
    if (same.kind === "different") throw differ(`: of ${same.path}, ${same.why}`);
  } finally {
    await Promise.all(sessions.map((session) => session.close().catch(() => undefined)));
  }
  return compared;
};

/** Without a server to compare with, what clients wrote since cannot be told from what differs. */
const cannotTell = (error: unknown): unknown =>
  error instanceof OpsError && error.code === "NO_JAVA"
    ? new OpsError(
        "step-failed",
        {
          what: `The servers do not hold exactly what the backup holds. Clients may have written since, but I cannot tell: ${error.failure.what}`,
          left: "All servers serve the restored data; their former data are kept beside.",
          next: "Install Java on the worker's machine, then Retry; or Roll back.",
        },
        { cause: error, code: "NO_JAVA" },
      )
    : error;
