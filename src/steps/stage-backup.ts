// Proves a backup and lays its data beside those of every server. No server is touched: whatever is wrong with the backup or
// with a host is found out here.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import type { BackupFile, BackupHolds, BackupManifest, BackupProof } from "../model/backup.ts";
import { canonicalJson } from "../model/canonical-json.ts";
import type { HostFacts } from "../model/ensemble.ts";
import { willKeepTtlZnodes } from "../model/extended-types.ts";
import { nextMaxBuffer } from "../model/max-buffer.ts";
import type { StepOf } from "../model/plan.ts";
import { onEveryServer } from "./on-every-server.ts";
import { proveBackup } from "./prove-backup.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

const UNTOUCHED = "No server was stopped, and their data were not touched.";

export const stageBackup: StepHandler<"stage-backup"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async () => {},
  // Laying checks what lies there already, so doing it again proves it.
  verify: async (step, world) => {
    const place = world.backupsOf(step.of);
    const folder = join(world.backups.folder(place), step.backup);
    world.waiting("the backup's files to be compared with their sums");
    const manifest = await world.backups.check(place, step.backup);
    assertSameFiles(step, manifest);
    const files = manifest.files.map(({ name }) => name);
    const known = manifest.proof.proved ? manifest.proof.ttl : null;
    const hosts = await nextStarts(step, world);
    const without = hosts.filter(({ facts }) => !willKeepTtlZnodes(facts)).map(({ name }) => name);
    world.waiting(`a throw-away server ${step.release} that reads the backup`);
    const what = { backup: folder, files, release: step.release };
    const proof = await proveBackup(world, what, null, { countTtl: known === null && without.length > 0 });
    const holds = whatItHolds(manifest, proof);
    assertTtlZnodesAreKept(known ?? (proof.proved ? proof.ttl : null), without);
    assertZnodesFit(proof.proved ? (proof.largestBytes ?? 0) : 0, hosts);
    world.waiting(`the backup to be laid on ${step.servers.length} hosts`);
    const handles = step.servers.map((id) => world.server(id));
    const sent = manifest.files.map(({ name, sha256 }) => ({ path: join(folder, name), name, sha256 }));
    const laid = await onEveryServer(
      handles,
      "The backup could not be laid beside the data",
      ({ control }) => control.stageBackup({ run: world.run, files: sent }, world.fence()),
      UNTOUCHED,
    );
    const lists = laid.map((one) => JSON.stringify(one));
    const [list = "", ...others] = lists;
    const [first = []] = laid;
    if (first.length === 0 || others.some((other) => other !== list))
      throw notTheSame(
        handles.map(({ host }) => host),
        laid,
      );
    return {
      kind: "stage-backup",
      backup: step.backup,
      read: proof.proved ? { release: proof.release, tookMs: proof.tookMs } : null,
      holds,
      hosts: handles.map(({ host }) => host as string),
      files: first.length,
      bytes: first.reduce((sum, { bytes }) => sum + bytes, 0),
      sha256: createHash("sha256").update(list).digest("hex"),
    };
  },
  undo: async (step, world) => {
    await onEveryServer(
      step.servers.map((id) => world.server(id)),
      "What was laid beside the data could not be removed",
      ({ control }) => control.dropStaged(world.run, world.fence()),
    );
    return "undone";
  },
};

/** Somebody may have put another backup in its place since the plan was approved. */
const assertSameFiles = (step: StepOf<"stage-backup">, manifest: BackupManifest): void => {
  if (canonicalJson(manifest.files) === canonicalJson(step.files)) return;
  throw new OpsError("stale", {
    what: `The backup ${step.backup} is another than the one that was approved: its files have other sums.`,
    left: UNTOUCHED,
    next: "Ask for a new plan.",
  });
};

type NextStart = { readonly name: string; readonly facts: HostFacts };

/** Their hosts' files and flags may be others than when the restore was planned. */
const nextStarts = async (step: StepOf<"stage-backup">, world: World): Promise<readonly NextStart[]> => {
  world.waiting("a look at every host, for what its server is started with");
  const handles = step.servers.map((id) => world.server(id));
  return onEveryServer(
    handles,
    "A host could not be read",
    async ({ id, control }) => ({ name: `server.${id}`, facts: await control.facts() }),
    UNTOUCHED,
  );
};

/** Throws `refused` where a server may not start with the data. */
const assertZnodesFit = (largestBytes: number, hosts: readonly NextStart[]): void => {
  const small = hosts.filter(({ facts }) => nextMaxBuffer(facts) < largestBytes).map(({ name }) => name);
  if (small.length === 0) return;
  throw new OpsError(
    "refused",
    {
      what: `The largest znode of the backup has ${largestBytes} bytes, more than the jute.maxbuffer of ${small.join(", ")}, which may not start with these data.`,
      left: UNTOUCHED,
      next: "Add `-Djute.maxbuffer=…` to SERVER_JVMFLAGS in java.env of these servers, which counts from the start that the restore makes; then Retry. Or Roll back, set it with `/zk configure`, and ask again.",
    },
    { code: "ZNODE_TOO_LARGE" },
  );
};

/** The plan of a backup that was only copied could not know of them. Throws `refused`. */
const assertTtlZnodesAreKept = (ttl: number | null, without: readonly string[]): void => {
  if (ttl === null || ttl === 0 || without.length === 0) return;
  throw new OpsError(
    "refused",
    {
      what: `The backup holds ${ttl === 1 ? "one znode" : `${ttl} znodes`} with a time to live, and ${without.join(", ")} would be started without zookeeper.extendedTypesEnabled: they would be taken for ephemeral ones and removed.`,
      left: UNTOUCHED,
      next: "Add the line `extendedTypesEnabled=true` to zoo.cfg of these servers, which counts from the start that the restore makes; then Retry. Or Roll back, set the flag with `/zk configure`, and ask again.",
    },
    { code: "TTL_ZNODES" },
  );
};

/** Throws `refused` where nobody knows, or where what was read now is not what was read when it was taken. */
const whatItHolds = (manifest: BackupManifest, proof: BackupProof): BackupHolds => {
  const then = manifest.proof;
  if (!proof.proved) {
    if (then.proved) return { zxid: then.zxid, znodes: then.znodes, digest: then.digest };
    throw new OpsError(
      "refused",
      {
        what: `Nobody has started a server on the backup ${manifest.name} yet, and I cannot: ${proof.why}`,
        left: UNTOUCHED,
        next: "Mend that, then Retry; or use a backup that was proved.",
      },
      { code: "NOT_PROVED" },
    );
  }
  const { zxid, znodes, digest } = proof;
  if (then.proved && (then.digest !== digest || then.zxid !== zxid)) {
    throw new OpsError(
      "refused",
      {
        what: `The backup ${manifest.name} does not hold what it held when it was taken: ${
          znodes === then.znodes && zxid === then.zxid
            ? `${znodes} znodes up to ${zxid} as then, but of some the data, the ACL or the zxids are others`
            : `${znodes} znodes up to ${zxid} instead of ${then.znodes} up to ${then.zxid}`
        }.`,
        left: UNTOUCHED,
        next: "Use another backup.",
        detail: `digest now ${digest}, by ${proof.release}\ndigest then ${then.digest}, by ${then.release}`,
      },
      { code: "BACKUP_DIFFERS" },
    );
  }
  return { zxid, znodes, digest };
};

const notTheSame = (hosts: readonly string[], laid: readonly (readonly BackupFile[])[]): OpsError =>
  new OpsError("step-failed", {
    what: "What was unpacked of the backup is not the same on every host.",
    left: UNTOUCHED,
    next: "Check the hosts' disks. Roll back removes what was laid there; then ask again.",
    detail: hosts.map((host, i) => `${host}: ${JSON.stringify(laid[i])}`).join("\n"),
  });

/** What the run's own stage step found the backup to hold; null before it was done. */
export const stagedHolds = ({ plan, state }: Pick<World, "plan" | "state">): BackupHolds | null => {
  const at = plan.steps.findIndex(({ kind }) => kind === "stage-backup");
  const shown = state.steps[at]?.evidence?.step;
  return shown?.kind === "stage-backup" ? shown.holds : null;
};
