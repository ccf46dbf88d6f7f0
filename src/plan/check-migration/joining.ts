// How a new server must come up: on a host that is wanted and free, under an id that nobody ever had, laid out, started
// and waited for before anything is made of it.
import type { DestinationSeen } from "../../model/ensemble.ts";
import type { StepOf } from "../../model/plan.ts";
import { checkReach } from "./lists.ts";
import { addressText, allOf, isAboutMembers, type Server, type Walk } from "./walk.ts";

export const prepare = (walk: Walk, at: string, step: StepOf<"prepare-server">): void => {
  const { plan, seen, servers, wrong } = walk;
  const say = (what: string) => void wrong.push(`${at}: ${what}`);
  const { server: id, member } = step;
  const used = [...(seen.usedIds ?? []), ...seen.membership.members.map((one) => one.id), ...strayIds(walk)];
  if (!Number.isInteger(id) || id < 1 || id > 254) say(`${id} is no id.`);
  if (!walk.isDynamic) checkReach(walk, at, { id });
  if (used.some((other) => Number(other) === Number(id))) say(`the id was another server's.`);
  if (servers.has(id)) {
    say("it is there already.");
    return;
  }

  if (member.id !== id) say(`its line is that of server.${member.id}.`);
  if (step.release !== plan.release) say(`${step.release} is not what is asked for.`);
  if (!walk.installed.has(id)) say(`${plan.release} is not installed on its host yet.`);
  if (plan.goal.kind === "migrate" && !plan.goal.to.includes(step.host)) say(`nobody asked for ${step.host}.`);
  const neighbour = allOf(walk).find(({ host }) => host === step.host);
  if (neighbour !== undefined) say(`${step.host} has server.${neighbour.id}.`);
  const destination = seen.destinations?.find(({ host }) => host === step.host);
  if (destination === undefined) say(`${step.host} was not looked at.`);
  else for (const what of misplaced(step, destination, walk)) say(what);

  const template = servers.get(step.template);
  if (template?.was == null || template.state !== "synced")
    say(`server.${step.template}, its template, does not serve.`);
  if (step.changes.some(({ key }) => isAboutMembers(key))) say("it changes who is a member, or where it is.");
  for (const what of wrongPlaceTaken(step, walk)) say(what);

  servers.set(id, {
    id,
    host: step.host,
    client: destination === undefined ? "" : addressText({ host: destination.address, port: destination.ports.client }),
    release: step.release,
    leaves: false,
    leads: false,
    was: null,
    line: member,
    replaces: step.replaces,
    state: "laid out",
    member: null,
    // A joiner knows the members of the day it was laid out, and itself as an observer.
    list: [...seen.membership.members, { ...member, role: "observer" }],
  });
};

const strayIds = ({ seen }: Walk): readonly number[] => (seen.strays ?? []).map(({ id }) => id);

/** What its line and place say other than the host shows. */
const misplaced = (
  { member, place, setAside }: StepOf<"prepare-server">,
  { address, ports, dataDir, dataLogDir, usedBy, room }: DestinationSeen,
  { isDynamic }: Walk,
): readonly string[] => {
  const wrong: string[] = [];
  if (member.address !== address) wrong.push(`its line says ${member.address}, its host is ${address}.`);
  if (member.quorumPort !== ports.quorum || member.electionPort !== ports.election) wrong.push("its ports are others.");
  if (isDynamic ? member.client?.port !== ports.client : member.client !== null)
    wrong.push("its client port is another.");
  if (place.client !== addressText({ host: address, port: ports.client })) wrong.push("clients reach it elsewhere.");
  if (place.adminPort !== ports.admin) wrong.push("its AdminServer's port is another.");
  if (place.dataDir !== dataDir || place.dataLogDir !== dataLogDir) wrong.push("its data folders are others.");
  if (usedBy !== null) wrong.push(`its host belongs to ${usedBy}.`);
  if ("unreadable" in room) return [...wrong, "its host was not read."];
  if (room.problems.length > 0) wrong.push("its host has problems.");
  if (room.holds !== null && room.holds.retired === null) wrong.push("its data folder holds somebody's data.");
  if (setAside !== (room.holds?.retired != null)) {
    wrong.push(setAside ? "there are no data to set aside." : "a retired server's data are not set aside.");
  }
  return wrong;
};

/** Roles stay: who takes a place takes its role, and nobody's place is taken twice. */
const wrongPlaceTaken = ({ replaces, member }: StepOf<"prepare-server">, walk: Walk): readonly string[] => {
  if (replaces === null) return member.role === "participant" ? [] : ["an observer comes that replaces none."];
  const goes = walk.servers.get(replaces);
  if (goes === undefined || !goes.leaves) return [`server.${replaces}, which it replaces, does not leave.`];
  const wrong: string[] = [];
  if (goes.was?.role !== member.role) wrong.push(`it is ${member.role}, but replaces one that is ${goes.was?.role}.`);
  if (allOf(walk).some((other) => other.replaces === replaces)) wrong.push(`server.${replaces} is replaced twice.`);
  return wrong;
};

export const runHook = (walk: Walk, at: string, server: Server): void => {
  if (server.state !== "laid out") walk.wrong.push(`${at}: it is not between layout and start.`);
};

export const start = (walk: Walk, at: string, server: Server, step: StepOf<"start-server">): void => {
  const { plan, wrong } = walk;
  if (server.state !== "laid out") wrong.push(`${at}: it is not just laid out.`);
  if (step.release !== plan.release) wrong.push(`${at}: ${step.release} is not what is asked for.`);
  if (step.from !== plan.release) wrong.push(`${at}: it never ran ${step.from}.`);
  if (server.state === "laid out") server.state = "started";
};

export const waitUntilJoined = (walk: Walk, at: string, server: Server, step: StepOf<"wait-until-joined">): void => {
  const { plan, wrong } = walk;
  if (server.state !== "started") wrong.push(`${at}: it was not started.`);
  if (step.release !== plan.release) wrong.push(`${at}: ${step.release} is not what is asked for.`);
  if (step.timeoutMs <= 0) wrong.push(`${at}: it has no time.`);
  if (server.state === "started") server.state = "synced";
};

/** Lines that were only for the way in are taken out again once the server serves for good. */
export const writeConfig = (walk: Walk, at: string, server: Server, step: StepOf<"write-config">): void => {
  const { plan, wrong } = walk;
  if (server.was !== null || server.state !== "synced") wrong.push(`${at}: it is no new server that serves.`);
  if (step.whileRunning !== true) wrong.push(`${at}: it takes the server for stopped.`);
  if (step.release !== plan.release || step.from !== plan.release) wrong.push(`${at}: it changes the release.`);
  if (step.changes.some(({ key }) => isAboutMembers(key))) wrong.push(`${at}: it changes who is a member.`);
};
