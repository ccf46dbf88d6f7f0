// Takes a backup of an ensemble from one of its servers: as a step of a run, and for `/zk backup`. Changes nothing of the ensemble.
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import { BACKUP_ARCHIVE, type BackupManifest, type BackupProof } from "../model/backup.ts";
import { formatMember } from "../model/dynamic-config.ts";
import type { Observation } from "../model/ensemble.ts";
import { keepsTtlZnodesNow } from "../model/extended-types.ts";
import { formatZxid, type ServerId, type Zxid } from "../model/ids.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import { isAtLeast, type Release } from "../model/release.ts";
import type { BackupPlace } from "../ports.ts";
import { type ProofTools, proveBackup } from "./prove-backup.ts";
import { notYetSynced, seenServer } from "./seeing.ts";
import type { ServerHandle } from "./world.ts";

type BackupTools = ProofTools & {
  readonly ensemble: EnsembleSpec;
  waiting(what: string | null): void;
};

export const placeOfBackups = (ensemble: EnsembleSpec): BackupPlace => ({
  ensemble: ensemble.name,
  directory: ensemble.backups.directory,
});

/** A synced follower, whose copying disturbs nobody; else an observer, else who leads. Null where nobody serves. */
export const serverToBackUp = (seen: Observation): ServerId | null => {
  const rank = ["follower", "observer", "leader", "standalone"];
  const [first] = seen.servers
    .flatMap(({ id, seen: now }) =>
      now.status === "serving" && notYetSynced(seen, id) === null ? [{ id, rank: rank.indexOf(now.mode) }] : [],
    )
    .sort((a, b) => a.rank - b.rank || a.id - b.id);
  return first?.id ?? null;
};

/**
 * Takes it and, with `prove`, proves it before it has a name. Throws `refused` where the server does not serve or the proof
 * fails, `transient` where something does not answer; nothing is kept then.
 */
export const takeBackup = async (
  tools: BackupTools,
  asked: {
    readonly server: ServerHandle;
    readonly seen: Observation;
    readonly by: string;
    readonly run: string | null;
    readonly prove: boolean;
  },
): Promise<BackupManifest> => {
  const { server, seen } = asked;
  const now = seenServer(seen, server.id).seen;
  if (now.status !== "serving") {
    throw new OpsError("refused", {
      what: `server.${server.id} does not serve, so no backup is taken from it.`,
      next: "Bring it back, or ask again: another server may be synced.",
    });
  }
  return tools.backups.keep(placeOfBackups(tools.ensemble), tools.clock.now(), async (directory) => {
    const takenAt = new Date(tools.clock.now()).toISOString();
    const streamed = await stream(tools, server, now.release, directory);
    tools.waiting(`the ${streamed.from === null ? "data" : "log"} of server.${server.id}`);
    const copied = await server.control.backUp(
      join(directory, BACKUP_ARCHIVE),
      streamed.from === null ? { signal: tools.signal } : { from: streamed.from, signal: tools.signal },
    );
    let proof: BackupProof = { proved: false, why: "in a run only the copy is made (`backups.prove`)" };
    if (asked.prove) {
      tools.waiting("a throw-away server that reads the backup");
      const files = [BACKUP_ARCHIVE, ...(streamed.from === null ? [] : [streamed.name])];
      const what = { backup: directory, files, release: now.release };
      const countTtl = await mayHoldTtlZnodes(server);
      proof = await proveBackup(tools, what, server, { countTtl });
    }
    tools.waiting(null);
    return {
      ensemble: tools.ensemble.name,
      takenAt,
      by: asked.by,
      run: asked.run,
      server: server.id,
      host: server.host,
      mode: now.mode,
      release: now.release,
      way: streamed.from === null ? "files" : "snapshot-stream",
      wayWhy: streamed.why,
      snapshot: streamed.from === null ? copied.snapshot : formatZxid(streamed.from),
      configVersion: seen.membership.version,
      members: seen.membership.members.map(formatMember),
      contents: copied.contents,
      proof,
    };
  });
};

/**
 * Without the flag a server makes none, but may still hold what others made: then they are not counted now, but before a restore onto
 * servers without it. Where its host cannot be asked they are counted.
 */
const mayHoldTtlZnodes = ({ control }: ServerHandle): Promise<boolean> =>
  control.facts().then(keepsTtlZnodesNow, () => true);

/** The snapshot as the AdminServer sends it, or why not. */
const stream = async (
  { zookeeper, auth, waiting, signal }: BackupTools,
  server: ServerHandle,
  release: Release,
  directory: string,
): Promise<
  { readonly from: Zxid; readonly name: string; readonly why: null } | { readonly from: null; readonly why: string }
> => {
  if (!isAtLeast(release, "3.9.0")) return { from: null, why: `${release} sends no snapshots (3.9.0 and later do)` };
  if (auth === null) return { from: null, why: "it takes `super` in ensembles.yaml" };
  waiting(`a snapshot from the AdminServer of server.${server.id}`);
  try {
    const { zxid, name } = await zookeeper.streamSnapshot(server.admin, auth, directory, signal);
    return { from: zxid, name, why: null };
  } catch (error) {
    if (error instanceof OpsError) return { from: null, why: error.failure.what };
    throw error;
  }
};
