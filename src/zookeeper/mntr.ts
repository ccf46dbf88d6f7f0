// What a server tells of its inside to `mntr`, or to the AdminServer's `monitor`. Pure.
import type { MonitorSeen } from "../model/ensemble.ts";
import { NOT_SERVING } from "./four-letter-word.ts";
import { readNumber } from "./json-text.ts";

/** Reads the answer to `mntr` of releases 3.4 to 3.9; null when the server does not serve. */
export const parseMntr = (answer: string): MonitorSeen | null => {
  if (answer.includes(NOT_SERVING)) return null;
  const lines = new Map(
    answer.split(/\r?\n/).map((line): [string, string] => {
      const [name = "", value = ""] = line.split(/\s+/, 2);
      return [name, value];
    }),
  );
  return monitorSeen((name) => lines.get(`zk_${name}`));
};

/** Reads the JSON text of `monitor` (3.5 and later): the same names without `zk_`. */
export const parseMonitor = (answer: string): MonitorSeen | null =>
  answer.includes(NOT_SERVING) ? null : monitorSeen((name) => readNumber(answer, name));

/** From 3.5 on the leader counts those too that follow it without being members: joining or removed servers. */
const syncedVoters = (followers: number | null, nonVoting: number | null): number | null =>
  followers === null ? null : followers - (nonVoting ?? 0);

const monitorSeen = (read: (name: string) => string | undefined): MonitorSeen => {
  const number = (...names: readonly string[]): number | null => {
    for (const name of names) {
      const value = Number(read(name) ?? Number.NaN);
      // Upstream writes -1 where it has no figure.
      if (Number.isFinite(value) && value >= 0) return value;
    }
    return null;
  };
  return {
    syncedFollowers: syncedVoters(number("synced_followers"), number("synced_non_voting_followers")),
    // Up to 3.5 the leader counts all its learners under the name of followers.
    learners: number("learners", "followers"),
    znodes: number("znode_count"),
    ephemerals: number("ephemerals_count"),
    sessions: number("global_sessions"),
    digestMismatches: number("digest_mismatches_count"),
    // No release up to 3.9 tells it here; kept for one that will.
    maxBuffer: number("jute_maxbuffer"),
  };
};
