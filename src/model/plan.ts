// A plan is fully decided, immutable data: nothing is left for the executor to choose.
import type { BackupFile } from "./backup.ts";
import type { Member, Mode } from "./ensemble.ts";
import type { Goal, PauseMethod } from "./goal.ts";
import type { EnsembleName, HostName, PlanHash, ServerId } from "./ids.ts";
import type { Gates } from "./inventory.ts";
import type { Logback } from "./logback.ts";
import type { Release } from "./release.ts";

/** One line of zoo.cfg: `from` null adds it, `to` null removes it. */
export type ConfigChange = { readonly key: string; readonly from: string | null; readonly to: string | null };

/** JVM flags that ensembles.yaml gives a server through its java.env, in their order; none: it gives none. */
export type JvmChange = { readonly from: readonly string[]; readonly to: readonly string[] };

/** Where a new server has its things. Paths are absolute on its host. */
export type Place = {
  /** Address of its client port, as the worker and clients reach it. */
  readonly client: string;
  readonly dataDir: string;
  /** Null: in the data folder. */
  readonly dataLogDir: string | null;
  readonly adminPort: number;
};

/** How the leader's turn begins; see docs/adr on the short hand-over. `stop` is for a standalone server. */
export type HandOver = "observer-then-kill" | "kill";

export type Step =
  /** Everything the plan rests on, looked at once more before the first effect. */
  | { readonly kind: "preflight" }
  | { readonly kind: "back-up"; readonly server: ServerId }
  | { readonly kind: "install-release"; readonly release: Release; readonly servers: readonly ServerId[] }
  /** A gate: waits for a person before the server's turn; `retire`: before the first old server is stopped for good. */
  | { readonly kind: "ask-approval"; readonly server: ServerId; readonly reason: "leader" | "each" | "retire" }
  /** Before all servers are stopped for a restore. */
  | { readonly kind: "ask-approval"; readonly server: null; readonly reason: "restore" }
  | { readonly kind: "stop-server"; readonly server: ServerId }
  | { readonly kind: "hand-over-leadership"; readonly server: ServerId; readonly method: HandOver }
  /**
   * Points `current` at `release`, writes zoo.cfg; `from` is what undo goes back to. Where `from` is `release` itself the
   * distribution stays: only lines change, and `current` is made only where there is none (`fromHome`).
   */
  | {
      readonly kind: "write-config";
      readonly server: ServerId;
      readonly release: Release;
      readonly from: Release;
      /**
       * Folder of the distribution that ran when the plan was made: what `current` goes back to. Where the release stays: what
       * it is made to lead to; null where it does already.
       */
      readonly fromHome: string | null;
      readonly changes: readonly ConfigChange[];
      /** Only there where the flags change. */
      readonly jvm?: JvmChange;
      /** Only there where log4j.properties is no longer read afterwards: brought where the server has no logback.xml. */
      readonly logback?: Logback;
      /** The server has started again: the lines count from its next start. */
      readonly whileRunning?: true;
    }
  | { readonly kind: "run-hook"; readonly server: ServerId; readonly argv: readonly string[] }
  | {
      readonly kind: "start-server";
      readonly server: ServerId;
      readonly release: Release;
      readonly from: Release;
      /** Only there where it must come up with zookeeper.extendedTypesEnabled, as servers run today. */
      readonly keepsTtlZnodes?: true;
    }
  | {
      readonly kind: "wait-until-synced";
      readonly server: ServerId;
      readonly release: Release;
      readonly timeoutMs: number;
    }
  /** Gives a member its role in the dynamic configuration. */
  | { readonly kind: "reconfigure"; readonly member: Member }
  /**
   * Lays a new server out on its host: folders, `myid`, zoo.cfg and JVM flags as `template` has them but for `changes` and
   * what says who and where it is. It starts as an observer beside the members there are, whatever `member` becomes later.
   */
  | {
      readonly kind: "prepare-server";
      readonly server: ServerId;
      readonly host: HostName;
      readonly release: Release;
      /** The server that it replaces; null where the ensemble grows. */
      readonly replaces: ServerId | null;
      /** Whose configuration it takes over. */
      readonly template: ServerId;
      readonly member: Member;
      readonly place: Place;
      readonly changes: readonly ConfigChange[];
      /** Only there where the flags of ensembles.yaml are not the template's. */
      readonly jvm?: JvmChange;
      /** Only there where the template's log4j.properties is not read by its release. */
      readonly logback?: Logback;
      /** What its data folder holds is a retired server's and is moved aside, never deleted. */
      readonly setAside: boolean;
    }
  /** Waits until a started server that is no member yet has all data. */
  | {
      readonly kind: "wait-until-joined";
      readonly server: ServerId;
      readonly release: Release;
      readonly timeoutMs: number;
    }
  /** Makes a joined server a member (dynamic configuration). */
  | { readonly kind: "add-member"; readonly member: Member }
  /** Takes a member, given as it was, out of the dynamic configuration. Its process goes on and serves its clients. */
  | { readonly kind: "remove-member"; readonly member: Member }
  /**
   * Static configuration: restarts `servers` with `members` as their list, those that follow first, who leads last, each
   * only when the one before is synced. Part of the turn in which `replacing` leaves; `before` is what undo goes back to.
   */
  | {
      readonly kind: "restart-with-members";
      readonly replacing: ServerId;
      readonly servers: readonly ServerId[];
      readonly members: readonly Member[];
      readonly before: readonly Member[];
      readonly timeoutMs: number;
    }
  /** Lists the clients of servers that are about to be stopped, and waits until they are gone or a person says go on. */
  | { readonly kind: "wait-for-clients"; readonly servers: readonly ServerId[]; readonly connectString: string }
  /** Stops a server for good, so that it cannot come back by itself. Its data stay where they are. `members`: who is left. */
  | {
      readonly kind: "retire-server";
      readonly server: ServerId;
      readonly host: HostName;
      readonly members: readonly Member[];
    }
  /** From here on nobody but super writes. Undone wherever the run ends before the writes were resumed. */
  | { readonly kind: "pause-writes"; readonly method: PauseMethod }
  /** Leaves writes paused for so long, or until somebody asks for them. */
  | { readonly kind: "keep-paused"; readonly ms: number }
  /** Shows that nobody wrote meanwhile, then lets everybody write again. */
  | { readonly kind: "resume-writes"; readonly method: PauseMethod }
  /**
   * Starts a server of `release` on the backup, on the worker, to see that it can be read and what it holds; then lays the same
   * files beside the data of every server. Nothing that runs is touched.
   */
  | {
      readonly kind: "stage-backup";
      readonly of: EnsembleName;
      readonly backup: string;
      readonly files: readonly BackupFile[];
      /** When, by what release, and what it was proved to hold then; null where it was not proved. */
      readonly taken: {
        readonly at: string;
        readonly release: string;
        readonly zxid: string | null;
        readonly znodes: number | null;
      };
      readonly release: Release;
      readonly servers: readonly ServerId[];
    }
  /**
   * Stops every server, puts its data aside and the backup's in their place, starts all and waits until they are synced. One
   * step, so that nothing can end between stop and start.
   */
  | {
      readonly kind: "restore-data";
      readonly of: EnsembleName;
      readonly backup: string;
      readonly members: readonly Member[];
      readonly timeoutMs: number;
    }
  /** Compares what every server holds with the backup, and the servers with each other; writes through each. */
  | {
      readonly kind: "verify-restore";
      readonly of: EnsembleName;
      readonly backup: string;
      readonly members: readonly Member[];
      readonly release: Release;
    }
  | { readonly kind: "soak"; readonly server: ServerId; readonly ms: number }
  | { readonly kind: "verify-ensemble"; readonly release: Release };

export type StepKind = Step["kind"];
export type StepOf<K extends StepKind> = Extract<Step, { kind: K }>;

/** Something a rule has to say. `source` names a JIRA id or a page of ZooKeeper's documentation. */
export type Finding = {
  readonly rule: string;
  readonly severity: "blocks" | "override" | "warns";
  readonly what: string;
  readonly todo: string;
  readonly source: string;
  readonly server: ServerId | null;
};

/** One server as the plan knew it. */
type BasisServer = {
  readonly id: ServerId;
  readonly host: HostName;
  readonly role: Member["role"];
  readonly mode: Mode;
  readonly release: Release;
  readonly client: string;
};

/** What the plan rests on; when it has moved, the plan is stale. `seenAt` is milliseconds since the epoch. */
export type Basis = {
  readonly seenAt: number;
  readonly configSource: "dynamic" | "static";
  readonly configVersion: string | null;
  readonly servers: readonly BasisServer[];
};

export type Plan = {
  readonly goal: Goal;
  /** What every server of the ensemble runs at the end. */
  readonly release: Release;
  readonly gates: Gates;
  readonly basis: Basis;
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  readonly rulesChecked: number;
  /** Approvals needed for the plan: the policy's quorum, one more where a rule was overridden. */
  readonly approvals: number;
  /** Expected time of the whole, approvals and soak apart. */
  readonly expectedMs: number;
};

export type Planned =
  | { readonly kind: "plan"; readonly plan: Plan; readonly hash: PlanHash }
  | { readonly kind: "nothing-to-do"; readonly why: string }
  | { readonly kind: "blocked"; readonly findings: readonly Finding[]; readonly rulesChecked: number };

/** The server whose turn a step belongs to; null for steps about the whole ensemble. */
export const turnOf = (step: Step): ServerId | null => {
  switch (step.kind) {
    case "preflight":
    case "back-up":
    case "install-release":
    case "verify-ensemble":
    case "wait-for-clients":
    case "pause-writes":
    case "keep-paused":
    case "resume-writes":
    case "stage-backup":
    case "restore-data":
    case "verify-restore":
      return null;
    case "reconfigure":
    case "add-member":
    case "remove-member":
      return step.member.id;
    case "restart-with-members":
      return step.replacing;
    default:
      return step.server;
  }
};
