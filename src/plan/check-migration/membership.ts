// Dynamic configuration: what must hold of each change of membership, and of the ensemble after it.
import type { StepOf } from "../../model/plan.ts";
import { isAlone, majority } from "../safety.ts";
import { allOf, membersOf, named, type Server, sameLines, type Walk } from "./walk.ts";

/** The voters that serve are a majority of the voters there are and no fewer than before or after; one member at most is down. */
export const checkQuorum = (walk: Walk, at: string): void => {
  const members = membersOf(walk);
  const voters = members.filter(({ member }) => member?.role === "participant");
  const serving = voters.filter(({ state }) => state === "synced").length;
  if (serving < majority(voters.length)) {
    walk.wrong.push(`${at}: ${serving} of ${voters.length} voters serve, which is no quorum.`);
  }
  if (serving < walk.fewestVoters) {
    walk.wrong.push(`${at}: only ${serving} voters serve, where there must be ${walk.fewestVoters}.`);
  }
  const down = members.filter(({ state }) => state !== "synced");
  if (down.length > 1) walk.wrong.push(`${at}: ${named(down)} are down at once.`);
};

export const checkReconfig = ({ isDynamic, seen, wrong }: Walk, at: string): void => {
  if (!isDynamic) wrong.push(`${at}: the membership is not dynamic.`);
  if (isAlone(seen)) wrong.push(`${at}: a standalone server does not change its membership.`);
};

/** A participant that is down would be taken in as well, and raise the quorum: so only a server that was waited for. */
export const add = (walk: Walk, at: string, server: Server, step: StepOf<"add-member">): void => {
  const { wrong } = walk;
  checkReconfig(walk, at);
  if (server.was !== null) wrong.push(`${at}: it is no new server.`);
  if (server.member !== null) wrong.push(`${at}: it is a member already.`);
  if (server.state !== "synced") wrong.push(`${at}: it was not waited for; it may be down.`);
  if (!sameLines([step.member], [server.line])) wrong.push(`${at}: it was laid out as another member.`);
  const down = membersOf(walk).filter(({ state }) => state !== "synced");
  if (down.length > 0) wrong.push(`${at}: ${named(down)} is down meanwhile.`);
  server.member = step.member;
  checkQuorum(walk, at);
};

export const remove = (walk: Walk, at: string, server: Server, step: StepOf<"remove-member">): void => {
  const { wrong } = walk;
  checkReconfig(walk, at);
  if (!server.leaves) wrong.push(`${at}: it does not leave.`);
  if (server.member === null) wrong.push(`${at}: it is no member.`);
  if (server.was === null || !sameLines([step.member], [server.was])) wrong.push(`${at}: that is not how it was.`);
  if (server.leads && server.state === "synced") wrong.push(`${at}: it is the leader, which hands over first.`);
  if (!server.leads && server.state !== "synced") wrong.push(`${at}: it was stopped before.`);
  const successor = allOf(walk).find(({ replaces }) => replaces === server.id);
  const willCome = walk.plan.steps.some((one) => one.kind === "prepare-server" && one.replaces === server.id);
  if (willCome && successor?.member == null) wrong.push(`${at}: who replaces it is no member yet.`);
  server.member = null;
  checkQuorum(walk, at);
};
