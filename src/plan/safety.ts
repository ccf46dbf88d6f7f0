// A second pair of eyes: what must hold of any plan, and of the ensemble right before a server is stopped.
// It imports nothing of the planner or its rules, and counts for itself, so that one mistake does not hide another.
import type { MemberSeen, Observation, ServerSeen } from "../model/ensemble.ts";
import { assertNever, epochOf, formatZxid, type ServerId } from "../model/ids.ts";
import type { Plan, Step } from "../model/plan.ts";
import { pauseProblems } from "./check-pause.ts";

/** How many voters a majority takes. */
export const majority = (voters: number): number => Math.floor(voters / 2) + 1;

type Serving = Extract<MemberSeen, { status: "serving" }>;
export const servingOf = (server: ServerSeen): Serving | null =>
  server.seen.status === "serving" ? server.seen : null;
export const isVoter = (server: ServerSeen): boolean => server.member.role === "participant";
export const isAlone = (seen: Observation): boolean => {
  const only = seen.servers.length === 1 ? seen.servers[0] : undefined;
  return only !== undefined && servingOf(only)?.mode === "standalone";
};
const leadersOf = (seen: Observation): readonly ServerSeen[] =>
  seen.servers.filter((server) => servingOf(server)?.mode === "leader");

// ---------------------------------------------------------------- right before a stop

/**
 * Sentences about who is not caught up with the leader; empty when all are. Where the leader tells its count of synced
 * followers (`mntr`) that decides, else a server still in an older epoch counts as behind. `aside`: a server that is
 * not expected to be synced. An epoch in which nothing was written yet tells nothing, so it is no reason either.
 */
export const behindLeader = (seen: Observation, aside: ServerId | null = null): readonly string[] => {
  const leader = leadersOf(seen)[0];
  const led = leader === undefined ? null : servingOf(leader);
  if (leader === undefined || led === null) return [];
  const counted = led.monitor?.syncedFollowers ?? null;
  if (counted !== null) {
    const expected = seen.servers.filter(
      (server) => isVoter(server) && server.id !== leader.id && server.id !== aside,
    ).length;
    return counted >= expected
      ? []
      : [`The leader, server.${leader.id}, counts ${counted} of ${expected} followers as synced.`];
  }
  if ((led.zxid & 0xffffffffn) === 0n) return [];
  return seen.servers.flatMap((server) => {
    const serving = servingOf(server);
    if (serving === null || server.id === aside || epochOf(serving.zxid) >= epochOf(led.zxid)) return [];
    return [
      `server.${server.id} is at zxid ${formatZxid(serving.zxid)}, an epoch behind the leader's ${formatZxid(led.zxid)}.`,
    ];
  });
};

export type MayStop = { readonly ok: true } | { readonly ok: false; readonly why: string };

const no = (why: string): MayStop => ({ ok: false, why });

/**
 * May this server be stopped now? Asked right before every stop and hand-over, on an observation just made: every other
 * server serves and is synced, there is one leader, and the voters that stay are a quorum. `overrides`: the plan's
 * (`standalone-stops`, `no-quorum-margin` allow what they name). Not to be asked in the middle of a hand-over, while
 * the others elect: before its reconfig it says the same thing.
 */
export const mayStop = (seen: Observation, id: ServerId, overrides: readonly string[] = []): MayStop => {
  const server = seen.servers.find((one) => one.id === id);
  if (server === undefined) return no(`server.${id} is not in the configuration.`);
  if (isAlone(seen)) {
    return overrides.includes("standalone-stops")
      ? { ok: true }
      : no(`server.${id} is standalone: nobody serves while it is stopped.`);
  }
  const others = seen.servers.filter((one) => one.id !== id);
  for (const other of others) {
    if (other.seen.status === "not-serving") {
      return no(`server.${other.id} does not serve; only one server may be down at a time.`);
    }
    if (other.seen.status === "unreachable") {
      return no(`server.${other.id} did not answer, so it may be down; only one server may be down at a time.`);
    }
  }
  const leaders = leadersOf(seen);
  if (leaders.length > 1) {
    return no(`server.${leaders.map((leader) => leader.id).join(" and server.")} both say they are the leader.`);
  }
  if (leaders.length === 0) return no("No server says it is the leader.");
  const voters = seen.servers.filter(isVoter).length;
  const staying = others.filter(isVoter).length;
  if (isVoter(server) && staying < majority(voters) && !overrides.includes("no-quorum-margin")) {
    return no(`Without server.${id} ${staying} of ${voters} voters stay, which is no quorum.`);
  }
  const behind = behindLeader(seen, servingOf(server) === null ? id : null);
  return behind[0] === undefined ? { ok: true } : no(behind[0]);
};

/**
 * May this member be taken out of the configuration now? The voters that stay must serve, be synced and be a majority of
 * themselves however the change falls: before it and after it. It is not asked of the leader, which hands over first.
 */
export const mayLeave = (seen: Observation, id: ServerId): MayStop => {
  const others = seen.servers.filter((one) => one.id !== id);
  const down = others.find((one) => servingOf(one) === null);
  if (down !== undefined) return no(`server.${down.id} does not serve, and only one server may be missing at a time.`);
  const leaders = leadersOf(seen);
  if (leaders.length !== 1) return no("Not exactly one server says it is the leader.");
  const behind = behindLeader(seen, id);
  return behind[0] === undefined ? { ok: true } : no(behind[0]);
};

/**
 * May this server be restarted now with another static list of members? The others serve in the leader's epoch and are a
 * quorum without it. Whom the leader counts as synced is no matter while lists differ: from 3.5 on a leader counts by its
 * own list, and a voter of the next one is none of it. It need not serve itself: its old list may have shut it out.
 */
export const mayRestart = (
  seen: Observation,
  id: ServerId,
  { mayPause = false }: { readonly mayPause?: boolean } = {},
): MayStop => {
  const others = seen.servers.filter((one) => one.id !== id);
  const down = others.find((one) => servingOf(one) === null);
  if (down !== undefined) return no(`server.${down.id} does not serve, and only one server may be missing at a time.`);
  const leader = leadersOf(seen)[0];
  const led = leader === undefined ? null : servingOf(leader);
  if (led === null || leadersOf(seen).length > 1) return no("Not exactly one server says it is the leader.");
  const behind = others.find((one) => epochOf(servingOf(one)?.zxid ?? led.zxid) < epochOf(led.zxid));
  if (behind !== undefined && (led.zxid & 0xffffffffn) !== 0n) {
    return no(`server.${behind.id} is an epoch behind the leader.`);
  }
  const voters = seen.servers.filter(isVoter);
  const staying = voters.filter((one) => one.id !== id).length;
  return mayPause || staying >= majority(voters.length)
    ? { ok: true }
    : no(`Without server.${id} ${staying} of ${voters.length} voters stay, which is no quorum.`);
};

/** How many more voters may fail before writes stop; negative when they have stopped. */
export const marginOf = (seen: Observation): number => {
  if (isAlone(seen)) return 0;
  const voters = seen.servers.filter(isVoter);
  const serving = voters.filter((server) => servingOf(server) !== null).length;
  return serving - majority(voters.length);
};

// ---------------------------------------------------------------- a whole plan

/** One server as the plan has left it so far. */
type Server = {
  readonly id: ServerId;
  release: string;
  state: "synced" | "stopped" | "started";
  votes: boolean;
  readonly wasVoter: boolean;
  readonly leads: boolean;
  installed: boolean;
  configured: boolean;
  stops: number;
};

/**
 * Walks through the plan of an upgrade, or of a restart with another configuration (more on that in check-configure.ts), step by step, from the observation it was made from, and says in sentences what must not be:
 * empty when the plan is safe. Every step of a plan made for an ensemble that was whole passes.
 */
export const checkPlan = (plan: Plan, seen: Observation): readonly string[] => {
  const wrong: string[] = [];
  const target = plan.release;
  const restarts = plan.goal.kind === "configure";
  const alone = isAlone(seen);
  const servers = new Map<ServerId, Server>();
  for (const server of seen.servers) {
    const serving = servingOf(server);
    if (serving === null) wrong.push(`server.${server.id} did not serve when the plan was made.`);
    servers.set(server.id, {
      id: server.id,
      release: serving?.release ?? "unknown",
      state: "synced",
      votes: isVoter(server),
      wasVoter: isVoter(server),
      leads: serving?.mode === "leader",
      installed: false,
      configured: false,
      stops: 0,
    });
  }
  const all = [...servers.values()];
  const toStop = plan.steps.flatMap((step) =>
    step.kind === "stop-server" || step.kind === "hand-over-leadership" ? [step.server] : [],
  );

  const stop = (at: string, server: Server, index: number): void => {
    for (const other of all) {
      if (other.id === server.id) continue;
      if (other.state !== "synced") wrong.push(`${at}: server.${other.id} is not back yet.`);
      if (other.wasVoter && !other.votes) wrong.push(`${at}: server.${other.id} has not got its vote back.`);
    }
    const voters = all.filter((one) => one.votes);
    const staying = voters.filter((one) => one.id !== server.id && one.state === "synced").length;
    const override = alone ? "standalone-stops" : "no-quorum-margin";
    if (server.votes && staying < majority(voters.length) && !plan.goal.overrides.includes(override)) {
      wrong.push(`${at}: ${staying} of ${voters.length} voters would stay, which is no quorum.`);
    }
    if (server.release === target && !restarts) wrong.push(`${at}: it runs ${target} already.`);
    if (server.stops > 0) wrong.push(`${at}: it is stopped a second time.`);
    if (!server.installed && !restarts) wrong.push(`${at}: ${target} is not installed on its host yet.`);
    if (server.leads && toStop.at(-1) !== server.id) wrong.push(`${at}: the leader's turn is not the last.`);
    wrong.push(...gateWrong(at, plan, index, server));
    server.state = "stopped";
    // A restart may have nothing to write: what it must write is counted in check-configure.ts.
    server.configured = restarts;
    server.stops++;
  };

  plan.steps.forEach((step, index) => {
    const at = `step ${index + 1}, ${step.kind}`;
    const about = (id: ServerId, act: (server: Server, at: string) => void): void => {
      const server = servers.get(id);
      if (server === undefined) wrong.push(`${at}: there is no server.${id}.`);
      else act(server, `${at} of server.${id}`);
    };
    switch (step.kind) {
      case "preflight":
        if (index !== 0) wrong.push(`${at} is not the first step.`);
        return;
      case "back-up":
        about(step.server, (_, at) => {
          if (all.some((one) => one.stops > 0)) wrong.push(`${at}: a server was stopped before it.`);
        });
        return;
      case "install-release":
        if (restarts) wrong.push(`${at}: a restart installs nothing.`);
        if (step.release !== target) wrong.push(`${at}: ${step.release} is not the goal's release.`);
        for (const id of step.servers) {
          about(id, (server) => {
            server.installed = true;
          });
        }
        return;
      case "ask-approval":
        if (step.server === null || !isStopOf(plan.steps[index + 1], step.server)) {
          wrong.push(`${at}: the turn of server.${step.server} does not follow.`);
        }
        return;
      case "stop-server":
        about(step.server, (server, at) => {
          if (server.leads) wrong.push(`${at}: it is the leader, which hands over first.`);
          stop(at, server, index);
        });
        return;
      case "hand-over-leadership":
        about(step.server, (server, at) => {
          if (!server.leads) wrong.push(`${at}: it is not the leader.`);
          if (step.method === "observer-then-kill") {
            server.votes = false;
            const voters = all.filter((one) => one.votes);
            if (seen.membership.source !== "dynamic") wrong.push(`${at}: the membership is not dynamic.`);
            // All that are left must serve, and they must be able to elect: one voter alone would be no ensemble.
            if (voters.length < 2) wrong.push(`${at}: too few voters are left to elect.`);
          }
          stop(at, server, index);
        });
        return;
      case "write-config":
        about(step.server, (server, at) => {
          if (step.release !== target) wrong.push(`${at}: ${step.release} is not the goal's release.`);
          if (server.stops === 0) wrong.push(`${at}: it comes before the server was stopped.`);
          if (server.state === "stopped" && step.from !== server.release) {
            wrong.push(`${at}: it would go back to ${step.from}, but the server ran ${server.release}.`);
          }
          if (server.state === "started") wrong.push(`${at}: the server is not known to be back.`);
          if ((server.state === "synced") !== (step.whileRunning === true)) {
            wrong.push(`${at}: it takes the server for ${step.whileRunning ? "running" : "stopped"}, which it is not.`);
          }
          if (step.changes.some(({ key }) => /^(server|group|weight)\.|^dynamicConfigFile$/.test(key))) {
            wrong.push(`${at}: it changes who is a member.`);
          }
          server.configured = true;
        });
        return;
      case "run-hook":
        about(step.server, (server, at) => {
          if (server.state !== "stopped" || !server.configured) {
            wrong.push(`${at}: it is not between configuration and start.`);
          }
        });
        return;
      case "start-server":
        about(step.server, (server, at) => {
          if (server.state !== "stopped") wrong.push(`${at}: it is not stopped.`);
          if (!server.configured) wrong.push(`${at}: its configuration was not written.`);
          if (step.release !== target) wrong.push(`${at}: ${step.release} is not the goal's release.`);
          if (step.from !== server.release) wrong.push(`${at}: it did not run ${step.from} before.`);
          server.state = "started";
          server.release = step.release;
        });
        return;
      case "wait-until-synced":
        about(step.server, (server, at) => {
          if (server.state !== "started") wrong.push(`${at}: it was not started.`);
          if (step.release !== target) wrong.push(`${at}: ${step.release} is not the goal's release.`);
          if (step.timeoutMs <= 0) wrong.push(`${at}: it has no time.`);
          if (server.state === "started") server.state = "synced";
        });
        return;
      case "reconfigure":
        about(step.member.id, (server, at) => {
          if (server.state !== "synced") wrong.push(`${at}: it is not synced.`);
          if (server.votes) wrong.push(`${at}: it has its vote.`);
          const member = seen.servers.find((one) => one.id === server.id)?.member;
          if (JSON.stringify(member) !== JSON.stringify(step.member)) {
            wrong.push(`${at}: it would come back another member than it was.`);
          }
          server.votes = step.member.role === "participant";
        });
        return;
      case "soak":
        about(step.server, (server, at) => {
          if (server.state !== "synced") wrong.push(`${at}: it is not synced.`);
        });
        return;
      case "verify-ensemble":
        if (index !== plan.steps.length - 1) wrong.push(`${at} is not the last step.`);
        if (step.release !== target) wrong.push(`${at}: ${step.release} is not the goal's release.`);
        return;
      case "pause-writes":
      case "keep-paused":
      case "resume-writes":
        // Where they stand is checked for the plan as a whole.
        return;
      case "prepare-server":
      case "wait-until-joined":
      case "add-member":
      case "remove-member":
      case "restart-with-members":
      case "wait-for-clients":
      case "retire-server":
        wrong.push(`${at} changes who is a member, which an upgrade never does.`);
        return;
      case "stage-backup":
      case "restore-data":
      case "verify-restore":
        wrong.push(`${at} restores data, which an upgrade never does.`);
        return;
      default:
        assertNever(step);
    }
  });

  wrong.push(...pauseProblems(plan));
  if (plan.goal.release !== null && plan.goal.release !== target) wrong.push(`The goal is not ${target}.`);
  if (plan.steps[0]?.kind !== "preflight") wrong.push("The plan does not begin with preflight.");
  if (plan.steps.at(-1)?.kind !== "verify-ensemble") wrong.push("The plan does not end with verify-ensemble.");
  for (const server of all) {
    if (server.release !== target) wrong.push(`server.${server.id} would still run ${server.release} at the end.`);
    if (server.state !== "synced") wrong.push(`server.${server.id} is not waited for.`);
    if (server.wasVoter && !server.votes) wrong.push(`server.${server.id} would have lost its vote.`);
  }
  return [...wrong, ...basisWrong(plan, seen)];
};

const isStopOf = (step: Step | undefined, server: ServerId): boolean =>
  (step?.kind === "stop-server" || step?.kind === "hand-over-leadership") && step.server === server;

/** The first turn needs no gate: the plan itself was just approved. */
const gateWrong = (at: string, plan: Plan, index: number, server: Server): readonly string[] => {
  const before = plan.steps.slice(0, index);
  const isFirst = !before.some((step) => step.kind === "stop-server" || step.kind === "hand-over-leadership");
  const needed = !isFirst && (plan.gates === "each" || (plan.gates === "leader" && server.leads));
  const gate = before.at(-1);
  const has = gate?.kind === "ask-approval" && gate.server === server.id;
  if (needed && !has) return [`${at}: nobody is asked before it, though the gates are "${plan.gates}".`];
  if (!needed && has) return [`${at}: it is asked for without need.`];
  return [];
};

/** A plan must rest on exactly what was seen. */
export const basisWrong = (plan: Plan, seen: Observation): readonly string[] => {
  const wrong: string[] = [];
  if (plan.basis.configVersion !== seen.membership.version) wrong.push("The plan rests on another config version.");
  const ids = (servers: readonly { readonly id: ServerId }[]): string =>
    servers
      .map(({ id }) => id)
      .sort((a, b) => a - b)
      .join();
  if (ids(plan.basis.servers) !== ids(seen.servers)) wrong.push("The plan rests on other servers.");
  for (const known of plan.basis.servers) {
    const server = seen.servers.find(({ id }) => id === known.id);
    const serving = server === undefined ? null : servingOf(server);
    if (serving !== null && (serving.release !== known.release || serving.mode !== known.mode)) {
      wrong.push(`The plan takes server.${known.id} for a ${known.mode} of ${known.release}.`);
    }
  }
  return wrong;
};
