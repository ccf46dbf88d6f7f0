// The steps that bring a new server up beside the ensemble, without effect on who is in it. Pure.
import type { Member } from "../model/ensemble.ts";
import type { ConfigChange, Step } from "../model/plan.ts";
import { isAtLeast } from "../model/release.ts";
import { ADMIN_PORT, TRUST_EMPTY } from "./config-changes.ts";
import { hookArgv } from "./hook-argv.ts";
import { logbackFor } from "./logging.ts";
import type { Joining } from "./move.ts";
import { jvmChange, type Situation, type Subject } from "./situation.ts";
import { startKeepsTtlZnodes } from "./ttl-znodes.ts";

/** Lays it out, starts it, waits until it has all data: then it is ready to become a member. */
export const prepareSteps = (joining: Joining, situation: Situation): readonly Step[] => {
  const { id: server, at, replaces } = joining;
  const { release, ensemble, goal } = situation;
  const hook = ensemble.hooks.configure;
  const template = templateFor(joining, situation);
  const jvm = template.facts === null ? null : jvmChange(template.facts.javaEnvText, ensemble.jvm);
  const logback = logbackFor(template, release, at);
  return [
    {
      kind: "prepare-server",
      server,
      host: at.host,
      release,
      replaces: replaces?.id ?? null,
      template: template.id,
      member: memberFor(joining, situation),
      place: {
        client: `${at.address}:${at.ports.client}`,
        dataDir: at.dataDir,
        dataLogDir: at.dataLogDir,
        adminPort: at.ports.admin,
      },
      changes: changesOf(joining, situation),
      ...(jvm === null ? {} : { jvm }),
      ...(logback === null ? {} : { logback }),
      setAside: !("unreadable" in at.room) && at.room.holds?.retired != null,
    },
    ...(hook === null
      ? []
      : [
          {
            kind: "run-hook",
            server,
            argv: hookArgv(hook, { host: at.host, server, release, ensemble: goal.ensemble }),
          } as const,
        ]),
    { kind: "start-server", server, release, from: release, ...startKeepsTtlZnodes(template, situation) },
    { kind: "wait-until-joined", server, release, timeoutMs: ensemble.syncTimeoutMs },
  ];
};

/** The server whose configuration it takes over: the one it replaces, else a voter, rather one that does not lead. */
const templateFor = ({ replaces }: Joining, { voters, subjects }: Situation): Subject => {
  const found = replaces ?? voters.find(({ serving }) => serving?.mode === "follower") ?? voters[0] ?? subjects[0];
  if (found === undefined) throw new Error("an ensemble without servers");
  return found;
};

/** Its line in the configuration: own address and ports, the client address in the template's manner. */
export const memberFor = (joining: Joining, situation: Situation): Member => {
  const { id, role, at } = joining;
  const { member } = templateFor(joining, situation).server;
  const { address, ports } = at;
  const had = member.client?.address ?? null;
  const isAnywhere = had === null || had === "0.0.0.0" || had === "::";
  return {
    id,
    role,
    address,
    quorumPort: ports.quorum,
    electionPort: ports.election,
    // A static list names no client port: there it stands in zoo.cfg.
    client: situation.move?.method === "static" ? null : { address: isAnywhere ? had : address, port: ports.client },
  };
};

/** What its zoo.cfg has otherwise than the template's, beside what says who and where it is. */
export const changesOf = (joining: Joining, situation: Situation): readonly ConfigChange[] => {
  const { changes: theirs, serving, settingAfter } = templateFor(joining, situation);
  const adminPort = String(joining.at.ports.admin);
  const changes = theirs.map((change) => (change.key === ADMIN_PORT ? { ...change, to: adminPort } : change));
  const crosses = serving !== null && !isAtLeast(serving.release, "3.5.0") && isAtLeast(situation.release, "3.5.0");
  // ZOOKEEPER-3056: with log entries but no snapshot it would not start again. Taken out once it is a voter.
  return crosses && settingAfter(TRUST_EMPTY) === null
    ? [...changes, { key: TRUST_EMPTY, from: null, to: "true" }]
    : changes;
};
