// Which lines of a server's zoo.cfg its turn changes: the inventory's settings, and what a release line asks for.
// Never membership, ports, data directories: those are the ensemble's own (rule `settings-not-ours` refuses them).
import { isMembership } from "../model/membership-keys.ts";
import type { ConfigChange } from "../model/plan.ts";
import { isAtLeast, lineOf, type Release } from "../model/release.ts";

export const WHITELIST = "4lw.commands.whitelist";
export const ADMIN_PORT = "admin.serverPort";
export const TRUST_EMPTY = "snapshot.trust.empty";

/** What 3.4 answers by default, so that monitoring goes on as before (zookeeperAdmin, The Four Letter Words). */
const FOUR_LETTER_WORDS = "conf, cons, crst, dirs, dump, envi, isro, mntr, ruok, srst, srvr, stat, wchs";

/** Keys that name members or say where a server lives and keeps its data. */
export const isNotOurs = (key: string): boolean =>
  isMembership(key) ||
  [
    "peerType",
    "clientPort",
    "clientPortAddress",
    "secureClientPort",
    "secureClientPortAddress",
    "dataDir",
    "dataLogDir",
  ].includes(key);

/**
 * Changes of one server's turn from release `from` to `to`, by key. A setting that already has its value is left out;
 * a key that zoo.cfg or the inventory sets is never set by zkshift itself.
 */
export const changesFor = (server: {
  readonly setting: (key: string) => string | null;
  readonly wanted: Readonly<Record<string, string>>;
  readonly from: Release;
  readonly to: Release;
  /** Snapshots in its data directory; null when not known. */
  readonly snapshots: number | null;
  readonly isStandalone: boolean;
  readonly adminPort: number;
}): readonly ConfigChange[] => {
  const wanted = new Map(Object.entries(server.wanted).filter(([key]) => !isNotOurs(key)));
  const add = (key: string, value: string) => {
    if (!wanted.has(key) && server.setting(key) === null) wanted.set(key, value);
  };
  if (!isAtLeast(server.from, "3.5.0") && isAtLeast(server.to, "3.5.0")) {
    // From 3.5 on only `srvr` answers unless told otherwise, and an AdminServer takes a port of its own.
    add(WHITELIST, FOUR_LETTER_WORDS);
    if (server.setting("admin.enableServer") !== "false" && wanted.get("admin.enableServer") !== "false") {
      add(ADMIN_PORT, String(server.adminPort));
    }
    // ZOOKEEPER-3056: with log entries but no snapshot the server would not start.
    if (server.snapshots === 0 && !server.isStandalone) add(TRUST_EMPTY, "true");
  }
  return [...wanted]
    .map(([key, to]) => ({ key, from: server.setting(key), to: to.trim() }))
    .filter((change) => change.from !== change.to)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
};

/**
 * What is written back once the server has synced, without another restart: `snapshot.trust.empty` is only read while
 * a server loads its data, and by then the server has written the snapshot it lacked. Only releases with
 * ZOOKEEPER-3781 write one then; on older ones the line has to stay (rule `snapshot-missing` says so).
 */
export const changesAfterSync = (changes: readonly ConfigChange[], to: Release): readonly ConfigChange[] =>
  changes
    .filter((change) => change.key === TRUST_EMPTY && change.from === null && writesMissingSnapshot(to))
    .map((change) => ({ key: change.key, from: change.to, to: null }));

/** ZOOKEEPER-3781 came with 3.5.10, 3.6.3 and 3.7.0. */
export const writesMissingSnapshot = (value: Release): boolean => {
  switch (lineOf(value)) {
    case "3.5":
      return isAtLeast(value, "3.5.10");
    case "3.6":
      return isAtLeast(value, "3.6.3");
    default:
      return isAtLeast(value, "3.7.0");
  }
};
