// An ensemble's status in plain JSON with what is wrong in words, for `/zk status`. Reads only.
import { OpsError } from "../errors.ts";
import type { HostFacts, Observation, ServerSeen } from "../model/ensemble.ts";
import { type EnsembleName, formatZxid } from "../model/ids.ts";
import type { StatusReport, StatusServer } from "../model/status-report.ts";
import { marginOf } from "../plan/safety.ts";
import { leaderOf, notYetSynced } from "../steps/seeing.ts";
import { type AppDeps, ensembleSpec } from "./app-deps.ts";
import { type ObserveDeps, observe } from "./observe.ts";

/** Never throws: what could not be seen is said in the report. */
export const reportStatus = async (
  name: EnsembleName,
  deps: ObserveDeps & Pick<AppDeps, "inventory" | "inventoryProblem">,
): Promise<StatusReport> => {
  try {
    const inventory = deps.inventory();
    const look = (): Promise<Observation> =>
      observe(inventory, ensembleSpec(inventory, name), deps, { withHosts: true });
    const first = await look();
    // Since an election without a write a follower tells the epoch before. The session of the first look was a write.
    const report = statusOf(hasUnsynced(first) ? await look() : first);
    const problem = deps.inventoryProblem?.() ?? null;
    if (problem === null || report.kind !== "seen") return report;
    const lines = problem.failure.what.split("\n").slice(1);
    return {
      ...report,
      wrong: [
        `ensembles.yaml was edited and cannot be used as it is now; this is by its last good text. ${lines.join(" · ")}`,
        ...report.wrong,
      ],
    };
  } catch (error) {
    const failure = error instanceof OpsError ? error.failure : null;
    return {
      kind: "unseen",
      ensemble: name,
      why: failure?.what ?? String(error),
      next: failure?.next ?? "Look at the worker's log.",
    };
  }
};

const hasUnsynced = (seen: Observation): boolean =>
  leaderOf(seen) !== null &&
  seen.servers.some((server) => server.seen.status === "serving" && notYetSynced(seen, server.id) !== null);

/** Pure: an observation in the words of a status. */
export const statusOf = (seen: Observation): StatusReport => {
  const leader = leaderOf(seen);
  return {
    kind: "seen",
    ensemble: seen.ensemble,
    seenAt: seen.seenAt,
    configVersion: seen.membership.version,
    servers: seen.servers.map((server) => statusServer(seen, server)),
    wrong: wrongs(seen),
    margin: marginOf(seen),
    sessions: leader?.seen.monitor?.sessions ?? null,
    znodes: leader?.seen.monitor?.znodes ?? null,
  };
};

const statusServer = (seen: Observation, server: ServerSeen): StatusServer => {
  const shown = server.seen.status === "serving" ? server.seen : null;
  return {
    id: server.id,
    host: server.host,
    client: `${server.client.host}:${server.client.port}`,
    role: server.member.role,
    state: server.seen.status,
    mode: shown?.mode ?? null,
    release: shown?.release ?? null,
    zxid: shown === null ? null : formatZxid(shown.zxid),
    connections: shown?.connections ?? null,
    latencyMs: shown?.latencyMs ?? null,
    synced: shown === null ? null : notYetSynced(seen, server.id) === null,
  };
};

const wrongs = (seen: Observation): readonly string[] => {
  const found: string[] = [];
  const leader = leaderOf(seen);
  if (leader === null) found.push("No server leads: writes stop until one is elected.");
  for (const server of seen.servers) {
    if (server.seen.status !== "serving") found.push(notServing(server, server.seen));
    else if (leader !== null) {
      const missing = notYetSynced(seen, server.id);
      if (missing !== null) found.push(`server.${server.id} is not synced: waiting for ${missing}.`);
    }
    found.push(...onHost(server));
  }
  for (const { id, host } of seen.strays ?? []) {
    found.push(
      `server.${id} on ${host} serves its clients although it is no member any more: a move took it out and has not retired it.`,
    );
  }
  const mismatches = leader?.seen.monitor?.digestMismatches ?? 0;
  if (mismatches > 0)
    found.push(`The leader has counted ${mismatches} digest mismatches: servers may hold different data.`);
  const releases = new Set(seen.servers.flatMap((s) => (s.seen.status === "serving" ? [s.seen.release] : [])));
  if (releases.size > 1) found.push(`The servers run different releases: ${[...releases].join(", ")}.`);
  const margin = marginOf(seen);
  if (leader !== null && margin === 0 && seen.servers.length > 1)
    found.push("One more failure would stop the ensemble.");
  return found;
};

const notServing = (server: ServerSeen, state: Exclude<ServerSeen["seen"], { status: "serving" }>): string => {
  const name = `server.${server.id} (${server.client.host}:${server.client.port})`;
  if (state.status === "unreachable") return `${name} could not be asked: ${state.error}.`;
  return state.reason === "looking"
    ? `${name} runs but serves nobody: it is looking for a leader.`
    : `${name} refuses connections: it is stopped, or listens elsewhere.`;
};

const onHost = (server: ServerSeen): readonly string[] => {
  if (server.onHost === null) return [];
  if ("unreadable" in server.onHost) return [`Host ${server.host} could not be read: ${server.onHost.unreadable}`];
  const facts: HostFacts = server.onHost;
  const found = facts.problems.map((problem) => `${server.host}: ${problem}`);
  if (facts.myid !== null && Number(facts.myid) !== server.id && server.member.role !== undefined) {
    found.push(`${server.host}: myid is ${facts.myid}, but the configuration calls this server.${server.id}.`);
  }
  if (facts.process === null && server.seen.status === "serving") {
    found.push(
      `${server.host}: the server answers, but its process was not found there; check root, conf and data in ensembles.yaml.`,
    );
  }
  return found;
};
