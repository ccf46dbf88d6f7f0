// Plays steps of a plan on a simulated ensemble: what real servers and hosts would make of them, every instant that
// clients could notice.
import type { Member, Role } from "../../src/model/ensemble.ts";
import type { ServerId } from "../../src/model/ids.ts";
import type { Plan, Step, StepOf } from "../../src/model/plan.ts";
import { applyChanges } from "../../src/model/zoo-cfg.ts";
import { membersOf, type SimulatedEnsemble, type SimulatedServer } from "./simulated-ensemble.ts";
import { elect, writesWork } from "./simulated-votes.ts";

/** What a real server or host would not have done. */
export class Impossible extends Error {}

type Instants = readonly SimulatedEnsemble[];

/** Plays one step; every instant that clients could notice, the last one being how the step leaves the ensemble. */
export const play = (ensemble: SimulatedEnsemble, step: Step): Instants => {
  switch (step.kind) {
    case "install-release":
      return [step.servers.reduce((now, id) => install(now, id, step.release), ensemble)];
    case "stop-server":
      return [stop(ensemble, step.server)];
    case "hand-over-leadership": {
      // Where leadership has moved by itself, an ordinary stop will do.
      if (step.method === "kill" || ensemble.leader !== step.server) return [stop(ensemble, step.server)];
      const demoted = giveRole(ensemble, step.server, "observer");
      return [demoted, stop(demoted, step.server)];
    }
    case "write-config":
      return [
        change(ensemble, step.server, (server) => {
          if (!server.installed.includes(step.release)) throw new Impossible(`${step.release} is not installed`);
          return {
            ...server,
            current: step.release,
            configText: applyChanges(server.configText, step.changes),
            flags: { ...server.flags, file: step.jvm?.to ?? server.flags.file },
          };
        }),
      ];
    case "start-server":
      return [start(ensemble, step.server)];
    case "wait-until-synced":
    case "wait-until-joined":
      return [sync(ensemble, step.server)];
    case "reconfigure":
      return [giveRole(ensemble, step.member.id, step.member.role)];
    case "prepare-server":
      return [prepare(ensemble, step)];
    case "add-member":
      return [addMember(ensemble, step.member)];
    case "remove-member":
      return [removeMember(ensemble, step.member.id)];
    case "restart-with-members":
      return restartWith(ensemble, step.servers, () => step.members);
    case "retire-server": {
      const server = find(ensemble, step.server);
      const stopped = server.state === "stopped" ? ensemble : stop(ensemble, step.server);
      return [change(stopped, step.server, (one) => ({ ...one, retired: true, file: step.members }))];
    }
    default:
      return [ensemble];
  }
};

/** Every instant of a whole plan, beginning with the ensemble as it is. Throws {@link Impossible}. */
export const playPlan = (ensemble: SimulatedEnsemble, plan: Pick<Plan, "steps">): Instants => {
  const instants = [ensemble];
  for (const step of plan.steps) instants.push(...play(instants.at(-1) ?? ensemble, step));
  return instants;
};

export const lastOf = (instants: Instants): SimulatedEnsemble => {
  const end = instants.at(-1);
  if (end === undefined) throw new Error("no instants");
  return end;
};

// ---------------------------------------------------------------- servers

export const find = (ensemble: SimulatedEnsemble, id: ServerId): SimulatedServer => {
  const server = ensemble.servers.find((one) => one.id === id);
  if (server === undefined) throw new Impossible(`no server.${id}`);
  return server;
};

export const change = (
  ensemble: SimulatedEnsemble,
  id: ServerId,
  how: (server: SimulatedServer) => SimulatedServer,
): SimulatedEnsemble => {
  const server = find(ensemble, id);
  return { ...ensemble, servers: ensemble.servers.map((one) => (one === server ? how(server) : one)) };
};

const install = (ensemble: SimulatedEnsemble, id: ServerId, release: SimulatedServer["release"]) =>
  ensemble.servers.some((server) => server.id === id)
    ? change(ensemble, id, (server) => ({ ...server, installed: [...server.installed, release] }))
    : { ...ensemble, ready: [...ensemble.ready, { id, release }] };

export const stop = (ensemble: SimulatedEnsemble, id: ServerId): SimulatedEnsemble =>
  elect(
    change(ensemble, id, (server) => {
      if (server.state === "stopped") throw new Impossible(`server.${id} is stopped already`);
      return { ...server, state: "stopped" };
    }),
  );

export const start = (ensemble: SimulatedEnsemble, id: ServerId): SimulatedEnsemble =>
  elect(
    change(ensemble, id, (server) => {
      if (server.state !== "stopped") throw new Impossible(`server.${id} runs already`);
      if (!server.file.some((member) => member.id === id)) throw new Impossible(`My id ${id} not in the peer list`);
      // ZOOKEEPER-3056: from 3.5 on a server refuses logs without a snapshot.
      const trusts = /^snapshot\.trust\.empty=true$/m.test(server.configText);
      const is34 = server.current.startsWith("3.4.");
      if (!is34 && server.hasLog && server.snapshots === 0 && !trusts) throw new Impossible("no snapshot found");
      const flags = { ...server.flags, running: server.flags.file };
      return { ...server, state: "joining", release: server.current, list: server.file, hasLog: true, flags };
    }),
  );

/** Waits until it has all data, which it gets from the leader, if its own list knows that one. */
export const sync = (ensemble: SimulatedEnsemble, id: ServerId): SimulatedEnsemble =>
  elect(
    change(ensemble, id, (server) => {
      if (server.state === "stopped") throw new Impossible(`server.${id} never syncs: it is stopped`);
      if (ensemble.isStandalone)
        throw new Impossible(`server.${id} never syncs: nobody leads beside a standalone server`);
      if (ensemble.leader === null) throw new Impossible("nobody to sync with");
      if (!ensemble.isDynamic && !server.list.some((member) => member.id === ensemble.leader)) {
        throw new Impossible(`server.${id} never syncs: the leader is not in its list`);
      }
      // Of two servers the one with the higher id opens the connection, and it calls only those of its list.
      const leader = find(ensemble, ensemble.leader);
      if (!ensemble.isDynamic && leader.id > id && !leader.list.some((member) => member.id === id)) {
        throw new Impossible(`server.${id} never syncs: "Invalid server id: ${id}", says the leader`);
      }
      // A joiner with an empty folder gets a snapshot; 3.4 leaves the lack of one as it is.
      const written =
        server.release.startsWith("3.4.") && server.isListed ? server.snapshots : Math.max(1, server.snapshots);
      return { ...server, state: "serving", snapshots: written };
    }),
  );

/** Waits for the acknowledgement of a write. */
export const write = (ensemble: SimulatedEnsemble): SimulatedEnsemble => {
  if (!writesWork(ensemble)) throw new Impossible("no quorum acknowledges a write");
  return { ...ensemble, writes: ensemble.writes + 1 };
};

const prepare = (ensemble: SimulatedEnsemble, step: StepOf<"prepare-server">): SimulatedEnsemble => {
  if (ensemble.servers.some(({ id }) => id === step.server)) throw new Impossible(`server.${step.server} is there`);
  const other = ensemble.servers.find(({ host, retired }) => host === step.host && !retired);
  if (other !== undefined) throw new Impossible(`server.${other.id} has the ports of ${step.host}`);
  if (!ensemble.ready.some(({ id, release }) => id === step.server && release === step.release)) {
    throw new Impossible(`${step.release} is not installed on ${step.host}`);
  }
  const template = find(ensemble, step.template);
  if (template.state === "stopped") throw new Impossible(`server.${template.id} has no process to take flags from`);
  const member: Member = { ...step.member, role: "observer" };
  const file = [...membersOf(ensemble), member];
  const server: SimulatedServer = {
    ...template,
    id: step.server,
    host: step.host,
    member,
    isMember: false,
    state: "stopped",
    list: file,
    file,
    retired: false,
    isListed: false,
    release: step.release,
    current: step.release,
    installed: [step.release],
    configText: applyChanges(template.configText, step.changes),
    snapshots: 0,
    hasLog: false,
  };
  return {
    ...ensemble,
    usedIds: [...ensemble.usedIds, step.server],
    servers: [...ensemble.servers, server].sort((a, b) => a.id - b.id),
  };
};

// ---------------------------------------------------------------- dynamic configuration

/** Takes a participant in even when it is down, as real ensembles do: that raises the quorum all the same. */
export const addMember = (ensemble: SimulatedEnsemble, member: Member): SimulatedEnsemble =>
  reconfigure(
    ensemble,
    change(ensemble, member.id, (server) => ({ ...server, member, isMember: true })),
  );

/** Its process goes on, as a follower without a vote. */
export const removeMember = (ensemble: SimulatedEnsemble, id: ServerId): SimulatedEnsemble => {
  if (!find(ensemble, id).isMember) throw new Impossible(`server.${id} is no member`);
  return reconfigure(
    ensemble,
    change(ensemble, id, (server) => ({ ...server, isMember: false })),
  );
};

export const giveRole = (ensemble: SimulatedEnsemble, id: ServerId, role: Role): SimulatedEnsemble =>
  reconfigure(
    ensemble,
    change(ensemble, id, (server) => ({ ...server, member: { ...server.member, role } })),
  );

/** From one configuration to the next: both need their quorum. Whoever runs writes the new one to its disk. */
const reconfigure = (before: SimulatedEnsemble, changed: SimulatedEnsemble): SimulatedEnsemble => {
  if (!before.isDynamic) throw new Impossible("reconfig is disabled");
  if (before.isStandalone) throw new Impossible("a standalone server does not reconfigure (-6)");
  if (!writesWork(before)) throw new Impossible("no quorum to commit a reconfig");
  const members = membersOf(changed);
  const servers = changed.servers.map((server) => (server.state === "stopped" ? server : { ...server, file: members }));
  const after = elect({ ...changed, servers, configVersion: changed.configVersion + 1 });
  if (!writesWork(after)) throw new Impossible("NewConfigNoQuorum (-13)");
  return after;
};

// ---------------------------------------------------------------- static lists

/** One after the other, who leads at the last; each is waited for. */
export const restartWith = (
  ensemble: SimulatedEnsemble,
  servers: readonly ServerId[],
  listFor: (id: ServerId) => readonly Member[],
): Instants => {
  if (ensemble.isDynamic) throw new Impossible("zoo.cfg names no members");
  const order = [...servers].sort((a, b) => Number(a === ensemble.leader) - Number(b === ensemble.leader) || a - b);
  const instants: SimulatedEnsemble[] = [];
  let now = ensemble;
  for (const id of order) {
    const list = listFor(id);
    if (find(now, id).state !== "stopped") {
      now = stop(now, id);
      instants.push(now);
    }
    now = change(now, id, (server) => ({
      ...server,
      file: list,
      member: list.find((member) => member.id === id) ?? server.member,
    }));
    now = start(now, id);
    instants.push(now);
    now = sync(now, id);
    instants.push(now);
  }
  return instants;
};
