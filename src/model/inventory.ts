// The inventory as the rest of the program sees it, after `ensembles.yaml` was read and checked.
import type { BackupPolicy } from "./backup.ts";
import type { EnsembleName, HostName, ServerId } from "./ids.ts";

/** ZooKeeper's listening ports. */
export type Ports = {
  readonly client: number;
  readonly quorum: number;
  readonly election: number;
  readonly admin: number;
};

/** Where things are on a host; every path absolute after loading. */
type HostPaths = {
  readonly root: string;
  readonly releases: string;
  readonly current: string;
  readonly conf: string;
  readonly data: string;
  /** Transaction log of servers that zkshift lays out; null: in the data folder. */
  readonly dataLog: string | null;
  readonly logs: string;
};

/** How a host is reached by ssh. */
export type SshAccess = {
  /** Where sshd listens: the host's address unless it has another for this. */
  readonly address: string;
  readonly port: number;
  /** null: the worker's own user. */
  readonly user: string | null;
  /** File of the private key; null: the agent's, and the usual ones of ~/.ssh. */
  readonly key: string | null;
  readonly passphrase: SecretRef | null;
  /** Socket of the agent; null: the one of the worker's environment. */
  readonly agent: string | null;
  /** null: ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts. */
  readonly knownHosts: string | null;
  /** User that commands and files go through `sudo -n` as; null: no sudo. */
  readonly sudo: string | null;
  /** The host to go through, with its name for texts. */
  readonly jump: { readonly name: string; readonly access: SshAccess } | null;
};

/** How a server's container is found, and which image a release is. */
export type DockerAccess = {
  /** The container's name; what is made in its place has it too. */
  readonly container: string;
  /** With `{release}` in its place, or one name (`repository:tag`, `repository@sha256:…`) a release. */
  readonly image: string | ReadonlyMap<string, string>;
  /** `certs`: folder of ca.pem, cert.pem and key.pem; null: no TLS, on the worker's own machine only. */
  readonly engine:
    | { readonly socket: string }
    | { readonly host: string; readonly port: number; readonly certs: string | null };
};

/** Argument lists of programs, run as they are, never by a shell. `status` ends with 0 while the server is up or is to be. */
export type ServiceCommands = {
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly status: readonly string[];
};

/** What starts and stops the server: the distribution's own script, a systemd unit (`zookeeper.service`), or a team's own commands. */
export type Service = "zkServer" | { readonly systemd: string } | { readonly command: ServiceCommands };

export type HostSpec = {
  readonly name: HostName;
  readonly driver: "local" | "ssh" | "docker";
  readonly address: string;
  readonly user: string | null;
  readonly paths: HostPaths;
  readonly service: Service;
  readonly ports: Ports;
  /** Those of its ports that its own entry names; the others are an ensemble's or ZooKeeper's usual ones. */
  readonly ownPorts: Partial<Ports>;
  /** Of a host of driver `ssh`; null for others. */
  readonly ssh: SshAccess | null;
  /** Of a host of driver `docker`; absent for others. */
  readonly docker?: DockerAccess;
};

/** When approval is asked: once for the plan; also before the leader's turn; before each server's turn. */
export type Gates = "once" | "leader" | "each";

export type ApprovalPolicy = {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly quorum: number;
  readonly selfApproval: boolean;
  readonly expiresMs: number;
};

/** A secret is named, never held here: `env:NAME` or `file:/path`, resolved by the worker when it needs it. */
export type SecretRef =
  | { readonly from: "env"; readonly name: string }
  | { readonly from: "file"; readonly path: string };

export type EnsembleSpec = {
  readonly name: EnsembleName;
  /** How to find it first; afterwards its own configuration is the truth. */
  readonly servers: ReadonlyMap<ServerId, HostName>;
  /** Ports of its servers where their hosts name no other; ZooKeeper's usual ones where neither does. */
  readonly ports: Partial<Ports>;
  readonly channel: string;
  readonly approvers: ApprovalPolicy;
  readonly gates: Gates;
  readonly settings: Readonly<Record<string, string>>;
  /** JVM flags of its servers, the heap first. */
  readonly jvm: readonly string[];
  readonly hooks: { readonly configure: readonly string[] | null };
  readonly super: SecretRef | null;
  readonly soakMs: number;
  readonly syncTimeoutMs: number;
  /** Parent of the canary's ephemeral znode. */
  readonly canaryPath: string;
  readonly backups: BackupPolicy;
};

export type Inventory = {
  readonly hosts: ReadonlyMap<HostName, HostSpec>;
  readonly ensembles: ReadonlyMap<EnsembleName, EnsembleSpec>;
};

/** One server and where it lives: what a host driver needs to work on it. `ports` are host ports over ensemble ports over defaults. */
export type Placement = {
  readonly ensemble: EnsembleName;
  readonly id: ServerId;
  readonly host: HostSpec;
};
