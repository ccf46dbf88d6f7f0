// Branded identifiers, so that a host name cannot stand where an ensemble name is meant.

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Name of an ensemble in the inventory: letters, digits, `-`, `_`, `.`. */
export type EnsembleName = Brand<string, "EnsembleName">;
/** Name of a host in the inventory (not its address). */
export type HostName = Brand<string, "HostName">;
/** `<ensemble>-<5 random base32 letters>`; the ensemble is everything before the last dash. */
export type RunId = Brand<string, "RunId">;
/** SHA-256 of a plan's canonical JSON, 64 hex digits. */
export type PlanHash = Brand<string, "PlanHash">;
/** `server.N`'s N: 1–254 (zookeeperAdmin, Cluster Options). */
export type ServerId = Brand<number, "ServerId">;
/** ZooKeeper transaction id: epoch in the high 32 bits, counter in the low 32. */
export type Zxid = Brand<bigint, "Zxid">;
/** Slack user id, `U…` or `W…`. */
export type UserId = Brand<string, "UserId">;
/** Slack channel id, `C…`. */
export type ChannelId = Brand<string, "ChannelId">;

export const ensembleName = (text: string): EnsembleName => text as EnsembleName;
export const hostName = (text: string): HostName => text as HostName;
export const runId = (text: string): RunId => text as RunId;
export const planHash = (text: string): PlanHash => text as PlanHash;
export const serverId = (number: number): ServerId => number as ServerId;
export const zxid = (value: bigint): Zxid => value as Zxid;
export const userId = (text: string): UserId => text as UserId;
export const channelId = (text: string): ChannelId => text as ChannelId;

/** The ensemble a run belongs to. */
export const ensembleOf = (run: RunId): EnsembleName => ensembleName(run.slice(0, run.lastIndexOf("-")));

/** `0x1000004af` */
export const formatZxid = (value: Zxid): string => `0x${value.toString(16)}`;
/** Epoch (high 32 bits) of a zxid. */
export const epochOf = (value: Zxid): bigint => value >> 32n;

/** Closes a switch: a new member of a union fails to compile where it is not handled. */
export const assertNever = (value: never): never => {
  throw new Error(`unhandled: ${JSON.stringify(value)}`);
};
