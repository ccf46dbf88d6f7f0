// A second pair of eyes for migrations, as safety.ts is for upgrades: what must hold of any plan that moves servers.
// It imports nothing of the planner or its rules, and counts for itself, so that one mistake does not hide another.
import type { Observation } from "../model/ensemble.ts";
import { assertNever, type ServerId } from "../model/ids.ts";
import type { Plan, Step } from "../model/plan.ts";
import { prepare, runHook, start, waitUntilJoined, writeConfig } from "./check-migration/joining.ts";
import * as leaving from "./check-migration/leaving.ts";
import { checkLists, checkListsAtEnd, restart, retireForList } from "./check-migration/lists.ts";
import { add, remove } from "./check-migration/membership.ts";
import { allOf, begin, finalServers, membersOf, type Server, sameLines, type Walk } from "./check-migration/walk.ts";
import { pauseProblems } from "./check-pause.ts";
import { basisWrong } from "./safety.ts";

/**
 * Walks through a migration's plan step by step, from the observation it was made from, and says in sentences what must
 * not be: empty when the plan is safe. Every plan made for an ensemble that was whole passes.
 */
export const checkMigration = (plan: Plan, seen: Observation): readonly string[] => {
  const walk = begin(plan, seen);
  const { wrong } = walk;
  if (plan.goal.kind !== "migrate") wrong.push("The goal is no migration.");
  if (plan.goal.release !== null && plan.goal.release !== plan.release) wrong.push(`The goal is not ${plan.release}.`);
  if (plan.steps[0]?.kind !== "preflight") wrong.push("The plan does not begin with preflight.");
  if (plan.steps.at(-1)?.kind !== "verify-ensemble") wrong.push("The plan does not end with verify-ensemble.");
  plan.steps.forEach((step, index) => {
    take(walk, step, index);
  });
  checkEnd(walk);
  return [...new Set([...wrong, ...basisWrong(plan, seen)])];
};

const take = (walk: Walk, step: Step, index: number): void => {
  const { plan, wrong } = walk;
  const at = `step ${index + 1}, ${step.kind}`;
  const about = (id: ServerId, act: (server: Server, at: string) => void): void => {
    const server = walk.servers.get(id);
    if (server === undefined) wrong.push(`${at}: there is no server.${id}.`);
    else act(server, `${at} of server.${id}`);
  };
  switch (step.kind) {
    case "preflight":
      if (index !== 0) wrong.push(`${at} is not the first step.`);
      return;
    case "back-up":
      about(step.server, (server, at) => {
        if (server.was === null || server.state !== "synced") wrong.push(`${at}: it has not all data.`);
        if (allOf(walk).length > walk.seen.servers.length) wrong.push(`${at}: it comes too late.`);
      });
      return;
    case "install-release":
      if (step.release !== plan.release) wrong.push(`${at}: ${step.release} is not what is asked for.`);
      for (const id of step.servers) walk.installed.add(id);
      return;
    case "ask-approval":
      leaving.ask(walk, at, step, index);
      return;
    case "prepare-server":
      leaving.gateBeforeNew(walk, `${at} of server.${step.server}`, index);
      prepare(walk, `${at} of server.${step.server}`, step);
      return;
    case "run-hook":
      about(step.server, (server, at) => runHook(walk, at, server));
      return;
    case "start-server":
      about(step.server, (server, at) => start(walk, at, server, step));
      return;
    case "wait-until-joined":
      about(step.server, (server, at) => waitUntilJoined(walk, at, server, step));
      return;
    case "write-config":
      about(step.server, (server, at) => writeConfig(walk, at, server, step));
      return;
    case "soak":
      about(step.server, (server, at) => {
        if (server.state !== "synced") wrong.push(`${at}: it is not synced.`);
      });
      return;
    case "add-member":
      about(step.member.id, (server, at) => add(walk, at, server, step));
      return;
    case "remove-member":
      about(step.member.id, (server, at) => remove(walk, at, server, step));
      return;
    case "wait-for-clients":
      leaving.waitForClients(walk, at, step);
      return;
    case "hand-over-leadership":
      about(step.server, (server, at) => leaving.handOver(walk, at, server, step));
      return;
    case "retire-server":
      if (!walk.servers.has(step.server)) {
        leaving.retireStray(walk, `${at} of server.${step.server}`, step);
        return;
      }
      about(step.server, (server, at) => {
        if (!walk.isDynamic) retireForList(walk, at, server, step);
        leaving.retire(walk, at, server, step);
        if (!walk.isDynamic) checkLists(walk, at);
      });
      return;
    case "restart-with-members":
      restart(walk, at, step);
      return;
    case "verify-ensemble":
      if (index !== plan.steps.length - 1) wrong.push(`${at} is not the last step.`);
      if (step.release !== plan.release) wrong.push(`${at}: ${step.release} is not what is asked for.`);
      return;
    case "pause-writes":
    case "keep-paused":
    case "resume-writes":
      // Where they stand is checked for the plan as a whole.
      return;
    case "stop-server":
    case "wait-until-synced":
    case "reconfigure":
    case "stage-backup":
    case "restore-data":
    case "verify-restore":
      wrong.push(`${at} is no part of a migration.`);
      return;
    default:
      assertNever(step);
  }
};

/** Who is left: exactly the goal's hosts, each with a member that serves what was asked for, lines as they were or were planned. */
const checkEnd = (walk: Walk): void => {
  const { plan, wrong } = walk;
  const left = finalServers(walk);
  const hosts = left.map(({ host }) => host).sort();
  if (hosts.join() !== [...new Set(leaving.wantedHosts(walk))].sort().join()) {
    wrong.push(`Servers would be on ${hosts.join(", ")} at the end.`);
  }
  for (const server of left) {
    if (server.state !== "synced") wrong.push(`server.${server.id} would not serve at the end.`);
    if (server.release !== plan.release) wrong.push(`server.${server.id} would run ${server.release} at the end.`);
  }
  wrong.push(...pauseProblems(plan));
  leaving.checkAllGone(walk);
  if (!walk.isDynamic) checkListsAtEnd(walk);
  const lines = walk.isDynamic ? membersOf(walk).flatMap(({ member }) => member ?? []) : walk.list;
  const wanted = left.map(({ line }) => line);
  if (!sameLines(lines, wanted)) wrong.push("The members at the end are not the servers that stay, as they are meant.");
};
