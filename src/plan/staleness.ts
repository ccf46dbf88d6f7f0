// Does what a plan rests on still hold? Looks only for what would make the rest of the plan wrong; whether a server may
// be stopped at this moment is safety.ts's question, and a server that is down is no reason here.
import type { Observation } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import type { Plan } from "../model/plan.ts";
import { isAtLeast } from "../model/release.ts";

/** How far a run has come. */
export type Progress = {
  /** Servers whose turn is over. */
  readonly finishedServers: readonly ServerId[];
  /** The server whose turn it is, from its gate to its last step; null between turns. */
  readonly currentServer: ServerId | null;
  /** True once this run may have changed the dynamic configuration itself (a hand-over by reconfig was begun). */
  readonly reconfigured: boolean;
};

export const NOT_BEGUN: Progress = { finishedServers: [], currentServer: null, reconfigured: false };

/**
 * Sentences on what has moved since the plan was made; empty when it still holds. Asked before the first step and
 * before each stop or hand-over, with an observation just made. It is stale when
 * – a server came, went or moved to another address;
 * – a role changed, or the config version moved, other than by this run's own reconfig;
 * – a server serves another release than this run has left it with;
 * – leadership has moved to a server that is still to be stopped as a follower. Leadership that moved to a server
 *   without a turn ahead does no harm: the hand-over of its old holder is then a plain stop.
 */
export const staleness = (plan: Plan, seen: Observation, progress: Progress): readonly string[] => [
  ...membershipMoved(plan, seen, progress),
  ...releasesMoved(plan, seen, progress),
  ...leadershipMoved(plan, seen, progress),
];

/** A server of 3.5 and later that was brought up with a 3.4's list tells it as a dynamic one; the members are compared all the same. */
const becomesDynamic = ({ basis, release }: Plan): boolean =>
  basis.configSource === "static" &&
  isAtLeast(release, "3.5.0") &&
  basis.servers.some((server) => !isAtLeast(server.release, "3.5.0"));

const membershipMoved = (plan: Plan, seen: Observation, { currentServer, reconfigured }: Progress) => {
  const { basis } = plan;
  const moved: string[] = [];
  if (basis.configSource !== seen.membership.source) {
    if (!becomesDynamic(plan))
      moved.push(`The membership is ${seen.membership.source} now; it was ${basis.configSource}.`);
  } else if (!reconfigured && basis.configVersion !== seen.membership.version) {
    moved.push(
      `The configuration was changed by someone else: version ${seen.membership.version ?? "none"} instead of ${basis.configVersion ?? "none"}.`,
    );
  }
  for (const server of seen.servers) {
    const known = basis.servers.find(({ id }) => id === server.id);
    if (known === undefined) {
      moved.push(`server.${server.id} is new in the configuration.`);
      continue;
    }
    // While its own hand-over is under way the leader is an observer for a moment.
    const ours = reconfigured && server.id === currentServer;
    if (known.role !== server.member.role && !ours) {
      moved.push(`server.${server.id} is ${server.member.role} now; it was ${known.role}.`);
    }
    const client = `${server.client.host}:${server.client.port}`;
    if (known.client !== client || known.host !== server.host) {
      moved.push(
        `server.${server.id} is at ${client} on ${server.host} now; it was at ${known.client} on ${known.host}.`,
      );
    }
  }
  for (const { id } of basis.servers) {
    if (!seen.servers.some((server) => server.id === id)) moved.push(`server.${id} is no longer in the configuration.`);
  }
  return moved;
};

const releasesMoved = ({ basis, release }: Plan, seen: Observation, { finishedServers, currentServer }: Progress) =>
  seen.servers.flatMap(({ id, seen: now }) => {
    const known = basis.servers.find((server) => server.id === id);
    // In its own turn a server may be on either side of its restart.
    if (known === undefined || now.status !== "serving" || (id === currentServer && now.release === release)) {
      return [];
    }
    const expected = finishedServers.includes(id) ? release : known.release;
    return now.release === expected ? [] : [`server.${id} runs ${now.release}; expected was ${expected}.`];
  });

const leadershipMoved = ({ steps }: Plan, seen: Observation, { finishedServers }: Progress) => {
  const toStop = new Set(
    steps.flatMap((step) =>
      step.kind === "stop-server" && !finishedServers.includes(step.server) ? [step.server] : [],
    ),
  );
  return seen.servers.flatMap(({ id, seen: now }) =>
    now.status === "serving" && now.mode === "leader" && toStop.has(id)
      ? [`server.${id} is the leader now, but the plan stops it as a follower.`]
      : [],
  );
};
