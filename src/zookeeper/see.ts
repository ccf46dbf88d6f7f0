// How one server looks from the network: its client port first, its AdminServer where the client port may not tell.
// Reads only, and turns every failure into a status or null.
import { codeOf } from "../errors.ts";
import type { ClientConnection } from "../model/clients.ts";
import type { Address, MemberSeen, MonitorSeen } from "../model/ensemble.ts";
import { isAtLeast } from "../model/release.ts";
import type { AdminAddress } from "../ports.ts";
import { askOwnAdminServer } from "./admin-server.ts";
import { joinConnections, parseConnections, parseCons } from "./connections.ts";
import { askFourLetterWord } from "./four-letter-word.ts";
import { parseAdminHash, parseHash } from "./hash.ts";
import { parseMntr, parseMonitor } from "./mntr.ts";
import { parseServerStats, parseSrvr } from "./srvr.ts";

/** See `ZooKeeper.see`. `timeoutMs` is for each of the two or three questions. */
export const seeServer = async (
  server: Address,
  admin: AdminAddress | null,
  timeoutMs: number,
): Promise<MemberSeen> => {
  const seen = await seeItself(server, admin, timeoutMs);
  return seen.status === "serving" ? { ...seen, monitor: await seeMonitor(server, admin, timeoutMs) } : seen;
};

const seeItself = async (server: Address, admin: AdminAddress | null, timeoutMs: number): Promise<MemberSeen> => {
  try {
    return parseSrvr(await askFourLetterWord(server, "srvr", timeoutMs));
  } catch (error) {
    // Only a refusal is proof that nothing listens; everything else may be the network.
    if (codeOf(error) === "ECONNREFUSED") return { status: "not-serving", reason: "refused" };
    if (codeOf(error) !== "NOT_WHITELISTED" || admin === null) return unreachable(error);
  }
  try {
    return parseServerStats(await askOwnAdminServer(admin, "server_stats", timeoutMs));
  } catch (error) {
    return unreachable(error);
  }
};

const unreachable = (error: unknown): MemberSeen => ({
  status: "unreachable",
  error: error instanceof Error ? error.message : String(error),
});

const seeMonitor = async (
  server: Address,
  admin: AdminAddress | null,
  timeoutMs: number,
): Promise<MonitorSeen | null> => {
  try {
    return parseMntr(await askFourLetterWord(server, "mntr", timeoutMs));
  } catch {
    if (admin === null) return null;
  }
  try {
    return parseMonitor(await askOwnAdminServer(admin, "monitor", timeoutMs));
  } catch {
    return null;
  }
};

/** See `ZooKeeper.digests`. Empty where the server would tell but has none yet: it notes one every 128 transactions. */
export const seeDigests = async (
  server: Address,
  admin: AdminAddress | null,
  timeoutMs: number,
): Promise<ReadonlyMap<bigint, string> | null> => {
  try {
    return parseHash(await askFourLetterWord(server, "hash", timeoutMs));
  } catch (error) {
    // No digests yet and a word that the release does not know look alike: closed without an answer.
    if (codeOf(error) === "NO_ANSWER" && (await knowsDigests(server, timeoutMs))) return new Map();
  }
  if (admin === null) return null;
  try {
    return parseAdminHash(await askOwnAdminServer(admin, "hash", timeoutMs));
  } catch {
    return null;
  }
};

const knowsDigests = async (server: Address, timeoutMs: number): Promise<boolean> => {
  const seen = await seeItself(server, null, timeoutMs);
  return seen.status === "serving" && isAtLeast(seen.release, "3.6.0");
};

/** See `ZooKeeper.connections`. */
export const seeConnections = async (
  server: Address,
  admin: AdminAddress | null,
  timeoutMs: number,
): Promise<readonly ClientConnection[] | null> => {
  // Neither tells where it may not be asked, or does not answer. `cons` leaves out who is connected by TLS; the AdminServer, which 3.4
  // has not and others switch off, does not.
  const [cons, told] = await Promise.all([
    askFourLetterWord(server, "cons", timeoutMs)
      .then(parseCons)
      .catch(() => null),
    admin === null
      ? null
      : askOwnAdminServer(admin, "connections", timeoutMs)
          .then(parseConnections)
          .catch(() => null),
  ]);
  return joinConnections(cons, told);
};
