// How an old server must go: after everybody was asked and its clients were waited for, out of the membership first, the
// leader after all others, one at a time.
import type { StepOf } from "../../model/plan.ts";
import { turnOf } from "../../model/plan.ts";
import { checkQuorum, checkReconfig } from "./membership.ts";
import { allOf, finalServers, membersOf, named, type Server, sameLines, type Walk } from "./walk.ts";

/** `each`: before each new server but the first; `retire`: before the first old one is stopped. */
export const ask = (walk: Walk, at: string, step: StepOf<"ask-approval">, index: number): void => {
  const { plan, wrong } = walk;
  const next = plan.steps[index + 1];
  const needless =
    plan.gates === "once" || (step.reason === "each" && plan.gates !== "each") || step.reason === "leader";
  if (needless) wrong.push(`${at}: it is asked for without need.`);
  if (step.reason !== "retire") {
    if (next === undefined || turnOf(next) !== step.server) {
      wrong.push(`${at}: the turn of server.${step.server} does not follow.`);
    }
    return;
  }
  const isOld = walk.servers.get(step.server)?.leaves ?? isStray(walk, step.server);
  if (!isOld) wrong.push(`${at}: server.${step.server} does not leave.`);
  if (plan.steps.slice(0, index).some((one) => one.kind === "ask-approval" && one.reason === "retire")) {
    wrong.push(`${at}: it is asked a second time.`);
  }
  const coming = plan.steps.slice(index + 1).find(({ kind }) => kind === "prepare-server" || kind === "add-member");
  if (coming !== undefined) wrong.push(`${at}: new servers are still to come.`);
  walk.mayRetire = true;
};

export const gateBeforeNew = ({ plan, isDynamic, wrong }: Walk, at: string, index: number): void => {
  const before = plan.steps.slice(0, index);
  const isFirst = !before.some(({ kind }) => kind === "prepare-server");
  const has = before.at(-1)?.kind === "ask-approval";
  if (isDynamic && plan.gates === "each" && !isFirst && !has) wrong.push(`${at}: nobody is asked before it.`);
  if (has && isFirst) wrong.push(`${at}: it is asked for without need.`);
};

const isStray = ({ seen }: Walk, id: number): boolean => (seen.strays ?? []).some((stray) => stray.id === id);

/** Clients are sent to the servers that stay, so all of those must serve by then. */
export const waitForClients = (walk: Walk, at: string, step: StepOf<"wait-for-clients">): void => {
  const { wrong } = walk;
  for (const id of step.servers) {
    const server = walk.servers.get(id);
    if (server === undefined ? !isStray(walk, id) : !server.leaves) wrong.push(`${at}: server.${id} does not leave.`);
    walk.waitedFor.add(id);
  }
  if (!walk.mayRetire) wrong.push(`${at}: nobody was asked whether the old servers may go.`);
  const staying = finalServers(walk);
  const absent = staying.filter((server) => server.state !== "synced" || (walk.isDynamic && server.member === null));
  if (absent.length > 0) wrong.push(`${at}: clients are sent to ${named(absent)}, which do not serve as members yet.`);
  const missing = wantedHosts(walk).filter((host) => !staying.some((server) => server.host === host));
  if (missing.length > 0) wrong.push(`${at}: nothing serves on ${missing.join(", ")} yet.`);
  const given = step.connectString.split(",").sort().join();
  if (
    given !==
    staying
      .map(({ client }) => client)
      .sort()
      .join()
  ) {
    wrong.push(`${at}: the connect string does not name exactly the servers that stay.`);
  }
};

export const wantedHosts = ({ plan }: Walk): readonly string[] => (plan.goal.kind === "migrate" ? plan.goal.to : []);

/** What must hold whenever an old server's process is ended. */
const mayStop = (walk: Walk, at: string, id: Server["id"]): void => {
  if (!walk.mayRetire) walk.wrong.push(`${at}: nobody was asked before it is stopped for good.`);
  // Nobody can be connected through closed ports.
  const isCutOff = walk.plan.goal.pause === "ports";
  if (!walk.waitedFor.has(id) && !isCutOff) walk.wrong.push(`${at}: its clients were not waited for.`);
};

export const handOver = (walk: Walk, at: string, server: Server, step: StepOf<"hand-over-leadership">): void => {
  const { wrong } = walk;
  if (!walk.isDynamic) wrong.push(`${at}: without reconfig it is only retired.`);
  if (!server.leads) wrong.push(`${at}: it is not the leader.`);
  if (!server.leaves) wrong.push(`${at}: it does not leave.`);
  if (server.state !== "synced") wrong.push(`${at}: it does not serve.`);
  mayStop(walk, at, server.id);
  const others = membersOf(walk).filter(({ leaves, id }) => leaves && id !== server.id);
  if (others.length > 0) wrong.push(`${at}: ${named(others)} should have left before the leader.`);
  if (step.method === "observer-then-kill") {
    checkReconfig(walk, at);
    if (server.member !== null) server.member = { ...server.member, role: "observer" };
    // The moment in which the others elect and it still runs.
    checkQuorum(walk, at);
  }
  server.state = "stopped";
  checkQuorum(walk, at);
};

/** Dynamic: it is no member any more. Static: lists.ts says when. */
export const retire = (walk: Walk, at: string, server: Server, step: StepOf<"retire-server">): void => {
  const { wrong } = walk;
  if (!server.leaves) wrong.push(`${at}: it does not leave.`);
  if (server.state === "retired") wrong.push(`${at}: it is retired a second time.`);
  if (step.host !== server.host) wrong.push(`${at}: it is on ${server.host}.`);
  if (step.members.some(({ id }) => id === server.id)) wrong.push(`${at}: it is among those that are left.`);
  mayStop(walk, at, server.id);
  if (walk.isDynamic) {
    if (server.member !== null) wrong.push(`${at}: it is a member still.`);
    const others = membersOf(walk).filter(({ leaves }) => leaves);
    if (others.length > 0) wrong.push(`${at}: ${named(others)} should have left the membership before.`);
    checkLeft(walk, at, step);
  }
  server.state = "retired";
  if (walk.isDynamic) checkQuorum(walk, at);
};

export const retireStray = (walk: Walk, at: string, step: StepOf<"retire-server">): void => {
  const stray = walk.seen.strays?.find(({ id }) => id === step.server);
  if (stray === undefined) {
    walk.wrong.push(`${at}: there is no such server.`);
    return;
  }
  if (stray.host !== step.host) walk.wrong.push(`${at}: it is on ${stray.host}.`);
  mayStop(walk, at, step.server);
  if (walk.isDynamic) checkLeft(walk, at, step);
  else if (!sameLines(step.members, walk.list)) walk.wrong.push(`${at}: the members that are left are others.`);
};

const checkLeft = (walk: Walk, at: string, step: StepOf<"retire-server">): void => {
  const left = membersOf(walk).flatMap(({ member }) => (member === null ? [] : [member]));
  if (!sameLines(step.members, left)) walk.wrong.push(`${at}: the members that are left are others.`);
};

export const checkAllGone = (walk: Walk): void => {
  for (const server of allOf(walk)) {
    if (server.leaves && server.state !== "retired") walk.wrong.push(`server.${server.id} is not retired.`);
  }
  const steps = walk.plan.steps.flatMap((step) => (step.kind === "retire-server" ? [step.server] : []));
  for (const { id } of walk.seen.strays ?? []) {
    if (!steps.includes(id)) walk.wrong.push(`server.${id} is not retired.`);
  }
};
