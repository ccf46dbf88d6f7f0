// What a finished step can show. Everything here goes into the run log and the thread, so: plain JSON, no secrets.
import type { BackupHolds } from "./backup.ts";
import type { ServerClients } from "./clients.ts";
import type { PauseMethod } from "./goal.ts";

/** What the canary saw during a step: it writes to the ensemble all the time, one write after another. */
export type CanaryReport = {
  readonly writes: number;
  readonly failed: number;
  /** Longest time between two acknowledgements. */
  readonly longestPauseMs: number;
  readonly sessionsLost: number;
  /** Worst write latency in each slot of {@link SLOT_MS}, −1 where none was acknowledged; `startedAt` is epoch ms. */
  readonly startedAt: number;
  readonly slots: readonly number[];
};

/** Width of a slot of {@link CanaryReport}. */
export const SLOT_MS = 250;

export type StepEvidence =
  | { readonly kind: "preflight"; readonly serving: number; readonly rulesChecked: number; readonly leader: number }
  | {
      readonly kind: "back-up";
      readonly server: number;
      readonly snapshot: string;
      readonly bytes: number;
      readonly sha256: string;
      /** Its folder; in records of earlier releases an archive. */
      readonly file: string;
      /** As a throw-away server counted them; null where none was started. */
      readonly znodes: number | null;
      /** Absent in records of earlier releases. */
      readonly name?: string;
    }
  | {
      readonly kind: "install-release";
      readonly release: string;
      readonly hosts: readonly { readonly host: string; readonly how: "installed" | "already there" }[];
      /** Of the archive; empty where no host got one. */
      readonly sha512: string;
      /** Where servers are in containers: the names and digests of their images, each once. */
      readonly images?: readonly { readonly image: string; readonly digest: string }[];
    }
  | { readonly kind: "ask-approval" }
  | { readonly kind: "stop-server"; readonly server: number; readonly signal: string }
  | {
      readonly kind: "hand-over-leadership";
      readonly server: number;
      readonly how: "observer-then-kill" | "kill" | "was not the leader";
      readonly newLeader: number | null;
    }
  | {
      readonly kind: "write-config";
      readonly server: number;
      readonly release: string;
      /** Only there where the release is the one of before: nothing was switched. */
      readonly stays?: true;
      readonly diff: readonly string[];
    }
  | {
      readonly kind: "run-hook";
      readonly server: number;
      readonly code: number;
      /** The end of what it printed. */
      readonly output: string;
      /** What it changed in zoo.cfg, as a diff, and whether in java.env; absent in records of earlier releases. */
      readonly diff?: readonly string[];
    }
  | { readonly kind: "start-server"; readonly server: number; readonly release: string; readonly pid: number }
  | {
      readonly kind: "wait-until-synced";
      readonly server: number;
      readonly mode: string;
      readonly release: string;
      readonly zxid: string;
      /** From the start of the process to synced. */
      readonly syncedMs: number;
      readonly proof: string;
    }
  | { readonly kind: "reconfigure"; readonly server: number; readonly role: string; readonly configVersion: string }
  | {
      readonly kind: "prepare-server";
      readonly server: number;
      readonly host: string;
      readonly release: string;
      /** Lines of zoo.cfg that are not as the template's, as a diff. */
      readonly diff: readonly string[];
      /** Where a retired server's data went; null when there were none. */
      readonly setAside: string | null;
    }
  | {
      readonly kind: "wait-until-joined";
      readonly server: number;
      readonly mode: string;
      readonly release: string;
      readonly zxid: string;
      /** From the start of the process until it had all data. */
      readonly syncedMs: number;
      /** The tree digest it shares with the leader; null where a release has none. */
      readonly digest: { readonly value: string; readonly zxid: string } | null;
    }
  | {
      readonly kind: "add-member" | "remove-member";
      readonly server: number;
      readonly role: string;
      readonly configVersion: string;
      /** Members afterwards, by id. */
      readonly members: readonly number[];
      /** A write through the ensemble right afterwards, acknowledged: only with it is a reconfiguration finished. */
      readonly writeMs: number;
    }
  | {
      readonly kind: "restart-with-members";
      readonly members: readonly number[];
      readonly servers: readonly { readonly server: number; readonly syncedMs: number; readonly led: boolean }[];
    }
  | {
      readonly kind: "wait-for-clients";
      readonly servers: readonly ServerClients[];
      /** Connections that were still there when the run went on. */
      readonly left: number;
      readonly connectString: string;
    }
  | {
      readonly kind: "retire-server";
      readonly server: number;
      readonly host: string;
      /** Null when its process had ended before. */
      readonly pid: number | null;
      /** Its data folder, kept. */
      readonly data: string;
    }
  | {
      readonly kind: "pause-writes";
      readonly method: PauseMethod;
      readonly znodes: number;
      /** Znodes that belong to no session. */
      readonly persistent: number;
      /** Znodes whose ACL was replaced; the others let nobody write anyway. */
      readonly fenced: number;
      /** Through which servers an ordinary client's write was tried, and refused. */
      readonly refusedBy: readonly number[];
      /** A write of zkshift's own right after the last one of anybody else could come through. */
      readonly zxid: string;
      /** File on the worker with every ACL as it was; null where no ACL was changed. */
      readonly saved: string | null;
      /** Of closed ports: zkshift's own addresses, which are let through. */
      readonly through?: readonly string[];
      /** Of closed ports: servers on zkshift's own machine, where its clients cannot be told from it. */
      readonly ownMachine?: readonly number[];
    }
  /** `ended`: because its time was over, or because somebody asked for it. */
  | { readonly kind: "keep-paused"; readonly ms: number; readonly ended: "time" | "asked" }
  | {
      readonly kind: "resume-writes";
      readonly method: PauseMethod;
      /** Znodes that got their ACL back in this step; of closed ports, servers whose ports were still closed. */
      readonly restored: number;
      /** From the beginning of the pause's step to the end of this one: longer than any client was refused. */
      readonly pausedMs: number;
      /** What was found done although writes were paused; null where it could not be looked for. */
      readonly proof: {
        readonly znodes: number;
        readonly written: number;
        readonly deleted: number;
        readonly opened: number;
        readonly paths: readonly string[];
      } | null;
    }
  | {
      readonly kind: "stage-backup";
      readonly backup: string;
      /** What a server that was started on it found; null where the worker could start none, and the manifest's proof counts, if any. */
      readonly read: { readonly release: string; readonly tookMs: number } | null;
      /** What every server must hold afterwards, ephemerals left out; null where nobody knows it. */
      readonly holds: BackupHolds | null;
      readonly hosts: readonly string[];
      /** Files laid beside the data on every host, the same everywhere, with the SHA-256 of their list. */
      readonly files: number;
      readonly bytes: number;
      readonly sha256: string;
    }
  | {
      readonly kind: "restore-data";
      readonly backup: string;
      /** From the first stop until all were synced again; null where an earlier process stopped them. */
      readonly downMs: number | null;
      /** The leader's new epoch: above all that clients have seen. */
      readonly epoch: string;
      readonly servers: readonly { readonly id: number; readonly mode: string }[];
      /** Where each server's former data are. */
      readonly kept: readonly { readonly server: number; readonly host: string; readonly folders: readonly string[] }[];
      /** True where `/zookeeper/config` told the members of the ensemble that the backup is of, and was set right. */
      readonly membershipSet: boolean;
    }
  | {
      readonly kind: "verify-restore";
      readonly backup: string;
      /** `exact`: every server holds what the backup holds; `since`: clients have written meanwhile, all else is as in the backup. */
      readonly method: "exact" | "since";
      readonly digest: string;
      readonly znodes: number;
      readonly zxid: string;
      readonly servers: readonly {
        readonly id: number;
        readonly mode: string;
        readonly writeMs: number;
        readonly same: number;
        readonly since: number;
      }[];
    }
  | { readonly kind: "soak"; readonly server: number; readonly ms: number }
  | {
      readonly kind: "verify-ensemble";
      readonly release: string;
      /** How sameness was shown: tree digests at one zxid, or a walk of the whole tree on every server. */
      readonly method: "digest" | "walk";
      readonly digest: string;
      readonly zxid: string;
      readonly znodes: number;
      readonly servers: readonly { readonly id: number; readonly mode: string; readonly writeMs: number }[];
      /** After a change of configuration: servers whose files and process were found to have what was wanted. */
      readonly inEffect?: readonly number[];
    };

/** Evidence of a step with the time it took and what the canary saw meanwhile (null where it did not run). */
export type Evidence = {
  readonly step: StepEvidence;
  readonly tookMs: number;
  readonly canary: CanaryReport | null;
  /** What had to come about before the step could be taken, and how long that took; absent where it was ready at once. */
  readonly waited?: { readonly for: string; readonly ms: number };
};
