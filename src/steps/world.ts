// What a step may see and touch while it runs. Everything comes through here, so that a step is plain functions.

import type { Address, Member, Membership, Observation } from "../model/ensemble.ts";
import type { EnsembleName, HostName, RunId, ServerId } from "../model/ids.ts";
import type { EnsembleSpec, Ports } from "../model/inventory.ts";
import type { Plan, Planned } from "../model/plan.ts";
import type {
  AdminAddress,
  BackupPlace,
  Backups,
  Clock,
  FenceToken,
  Hosts,
  ReleaseRepository,
  ServerControl,
  Session,
  Stat,
  ZooKeeper,
} from "../ports.ts";
import type { RunState } from "../run/state.ts";
import type { Canary } from "./canary.ts";

/** One server as a step works on it. */
export type ServerHandle = {
  readonly id: ServerId;
  readonly host: HostName;
  readonly client: Address;
  readonly admin: AdminAddress;
  readonly ports: Ports;
  readonly control: ServerControl;
  /** Where the members stand that it starts with, when zkshift has written them. */
  readonly dynamicFile: string;
};

export type World = {
  readonly run: RunId;
  readonly plan: Plan;
  /** The run as it was when the step was entered. */
  readonly state: RunState;
  readonly ensemble: EnsembleSpec;
  readonly zookeeper: ZooKeeper;
  readonly hosts: Hosts;
  readonly releases: ReleaseRepository;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Null before the run's first contact with the ensemble, and for steps that need none. */
  readonly canary: Canary | null;
  readonly backups: Backups;
  /** Where an ensemble's backups are, this one's or another's. */
  backupsOf(ensemble: EnsembleName): BackupPlace;
  /** Folder on the worker for what this run keeps beside backups; it exists. */
  readonly backupDirectory: string;
  /** Every server that the plan knows: members, those that come, those that have gone. */
  readonly servers: readonly ServerHandle[];
  server(id: ServerId): ServerHandle;
  observe(options: { readonly withHosts: boolean }): Promise<Observation>;
  /** The same look at the members given, whoever the ensemble says its members are: a static list that is on its way. */
  observeMembers(members: readonly Member[]): Promise<Observation>;
  /** The planner on a fresh observation, for the same goal. */
  planAgain(): Promise<Planned>;
  /** A session as super where the inventory names one; opened on first use, the same until it breaks. */
  session(): Promise<Session>;
  /** As the ensemble states it, after a sync. */
  membership(): Promise<Membership | null>;
  /** From now on zkshift's own sessions, the canary's included, are with these servers only. */
  useServers(ids: readonly ServerId[]): Promise<void>;
  /** Ids of the sessions that zkshift itself has open. */
  ownSessions(): readonly string[];
  /** Asserts that the lease is still held and gives the fencing token: called right before every effect, each time anew. */
  fence(): FenceToken;
  /** `super:password` where the inventory names one. */
  readonly auth: string | null;
  /** One acknowledged write on the canary's znode over the given session. */
  writeTest(session: Session): Promise<Stat>;
  /**
   * From now on `keep` is called again and again as long as this worker has the run in hand, to renew what ends by itself on the
   * hosts; null: no more. Resolves when no call is under way any more.
   */
  keepUp(keep: (() => Promise<void>) | null): Promise<void>;
  /** False where client ports that a pause had closed were not all closed any more when this worker took the run over. */
  readonly portsStayedClosed: boolean;
  /** Whether a person has asked, since the step was entered or before, that writes be resumed or the run be stopped. */
  isEndAsked(): Promise<boolean>;
  /** Says what is waited for, on the status message; null clears it. */
  waiting(what: string | null): void;
};
