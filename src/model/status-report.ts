// An observation put into plain JSON for `/zk status`, with what is wrong in words.
import type { EnsembleName, HostName } from "./ids.ts";

export type StatusServer = {
  readonly id: number;
  readonly host: HostName;
  readonly client: string;
  readonly role: "participant" | "observer";
  readonly state: "serving" | "not-serving" | "unreachable";
  readonly mode: string | null;
  readonly release: string | null;
  readonly zxid: string | null;
  readonly connections: number | null;
  readonly latencyMs: { readonly min: number; readonly avg: number; readonly max: number } | null;
  /** Null where it cannot be known. */
  readonly synced: boolean | null;
};

export type StatusReport =
  | {
      readonly kind: "seen";
      readonly ensemble: EnsembleName;
      readonly seenAt: number;
      readonly configVersion: string | null;
      readonly servers: readonly StatusServer[];
      /** Sentences; empty when all is well. */
      readonly wrong: readonly string[];
      /** How many more servers may fail before writes stop; negative when they have. */
      readonly margin: number;
      readonly sessions: number | null;
      readonly znodes: number | null;
    }
  | { readonly kind: "unseen"; readonly ensemble: EnsembleName; readonly why: string; readonly next: string };
