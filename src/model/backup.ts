// A backup of an ensemble's data: what its manifest says. Plain JSON, no secrets. Times are ISO 8601, zxids `0x…`.

/** How the snapshot was had: streamed by the AdminServer (3.9 and later), or the newest complete one of the data folder. */
type BackupWay = "snapshot-stream" | "files";

/** A file of the backup's folder. */
export type BackupFile = { readonly name: string; readonly bytes: number; readonly sha256: string };

/** What a server that was started on the backup, for that alone, said of it. Ephemeral znodes are left out of the counts. */
export type BackupProof =
  | {
      readonly proved: true;
      readonly at: string;
      /** What the throw-away server ran. */
      readonly release: string;
      /** The last transaction that the backup holds. */
      readonly zxid: string;
      readonly znodes: number;
      /** How many of them have a time to live; null where that was not counted. */
      readonly ttl: number | null;
      /** Of the data of one znode; null where that was not looked at. */
      readonly largestBytes: number | null;
      readonly digest: string;
      /** Digest mismatches that it counted while it replayed the log; null where its release does not count. */
      readonly mismatches: number | null;
      /** A digest that it and the ensemble both noted at one zxid; null where they have none in common. */
      readonly shared: { readonly zxid: string; readonly digest: string } | null;
      /** Znode by znode against the server it was taken from; null where that was not compared. */
      readonly compared: BackupCompared | null;
      readonly tookMs: number;
    }
  | { readonly proved: false; readonly why: string };

/** `since`: written, or gone, after the backup's last transaction. `unreadable`: znodes that zkshift may not read there. */
export type BackupCompared = { readonly same: number; readonly since: number; readonly unreadable: number };

export type BackupManifest = {
  readonly format: 1;
  /** Name of its folder: the time it was taken, `20261126T201407Z`. */
  readonly name: string;
  readonly ensemble: string;
  readonly takenAt: string;
  /** A person's Slack id, or `run <id>`. */
  readonly by: string;
  readonly run: string | null;
  readonly server: number;
  readonly host: string;
  readonly mode: string;
  readonly release: string;
  readonly way: BackupWay;
  /** Why it was not the stream; null where it was. */
  readonly wayWhy: string | null;
  /** Zxid of the snapshot it begins with; `none` where there are logs only. */
  readonly snapshot: string;
  readonly configVersion: string | null;
  /** `server.N=` lines as the ensemble stated them. */
  readonly members: readonly string[];
  readonly files: readonly BackupFile[];
  /** What is inside data.tar.gz. */
  readonly contents: readonly { readonly name: string; readonly bytes: number }[];
  readonly proof: BackupProof;
};

/** A backup as a list shows it: its manifest, or why that cannot be read. */
export type BackupListed =
  | { readonly name: string; readonly manifest: BackupManifest }
  | { readonly name: string; readonly manifest: null; readonly problem: string };

/** What a backup holds, as a server that was started on it said. Ephemeral znodes are left out of count and digest. */
export type BackupHolds = { readonly zxid: string; readonly znodes: number; readonly digest: string };

/** A backup that a restore is to use, as it was found: whole, its files compared with its manifest. */
export type BackupSeen = { readonly of: string; readonly manifest: BackupManifest };

/** Which backups stay: the newest `keep`, none older than `days` where that is set. */
export type BackupPolicy = {
  /** Absolute; null: `backups` in the worker's STATE_DIR. */
  readonly directory: string | null;
  readonly keep: number;
  readonly days: number | null;
  /** Whether the back-up step of a run is proved too, which takes a few seconds, or only `/zk backup`. */
  readonly prove: "asked" | "always";
};

/** Name of the archive with the logs (and the snapshot, where it was copied) in a backup's folder. */
export const BACKUP_ARCHIVE = "data.tar.gz";

export const backupBytes = ({ files }: BackupManifest): number => files.reduce((sum, { bytes }) => sum + bytes, 0);
