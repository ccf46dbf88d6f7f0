// What `/zk drift` found: where an ensemble is not as it should be, or its servers are not alike. Plain JSON.
import type { EnsembleName, HostName } from "./ids.ts";

/** Servers (ids, ascending) that have the same value; null: they have none. */
export type FoundValue = { readonly value: string | null; readonly servers: readonly number[] };

export type Drift = {
  /**
   * `setting`: zoo.cfg against ensembles.yaml. `jvm`: the flags of ensembles.yaml against java.env. `unlike`: zoo.cfg of the servers against each other. `release`: what runs.
   * `running`: what runs against the server's own files, written since its start. `next-start`: what runs against what the next start would run. `members`: the ensemble's members against a server's
   * file. `myid`: a server's id against the one in its data folder.
   */
  readonly about: "setting" | "jvm" | "unlike" | "release" | "running" | "next-start" | "members" | "myid";
  /** Key of zoo.cfg, or what is compared. */
  readonly name: string;
  /** As it should be; null where nobody says. */
  readonly wanted: string | null;
  readonly found: readonly FoundValue[];
};

export type DriftReport =
  | {
      readonly kind: "seen";
      readonly ensemble: EnsembleName;
      readonly seenAt: number;
      /** How many servers were compared. */
      readonly servers: number;
      readonly drifts: readonly Drift[];
      /** Servers whose host could not be read. */
      readonly unread: readonly { readonly server: number; readonly host: HostName; readonly why: string }[];
    }
  | { readonly kind: "unseen"; readonly ensemble: EnsembleName; readonly why: string; readonly next: string };
