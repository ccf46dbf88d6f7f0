// Stops a server for good: its own configuration then lists the others without it, so that no reboot brings it back into an
// ensemble that has gone on. Its data stay.
import { OpsError } from "../errors.ts";
import { formatMembers } from "../model/dynamic-config.ts";
import type { Member } from "../model/ensemble.ts";
import type { StepOf } from "../model/plan.ts";
import { getKey, parseZooCfg } from "../model/zoo-cfg.ts";
import { withMembers } from "../plan/member-lines.ts";
import { relist, untilWhole } from "./relist.ts";
import { leaderOf } from "./seeing.ts";
import { stepFailed } from "./step-failed.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

type RetireStep = StepOf<"retire-server">;

export const retireServer: StepHandler<"retire-server"> = {
  timeLimitMs: 0,
  check: async (step, world) => {
    if (!isDynamic(world)) return { kind: "ready" };
    const { membership } = await world.observe({ withHosts: false });
    if (!membership.members.some(({ id }) => id === step.server)) return { kind: "ready" };
    const failure = new OpsError("stale", {
      what: `server.${step.server} is a member again: somebody else has added it.`,
      left: "It was not stopped.",
      next: "Look at who reconfigures the ensemble; then Retry, or Stop here.",
    }).failure;
    return { kind: "refuse", failure };
  },
  // Each line does nothing where it was done before.
  apply: async (step, world) => {
    const { control } = world.server(step.server);
    const stopped = await stop(step, world);
    await control.markRetired(world.run, world.fence());
    if (isDynamic(world)) {
      await control.writeMembers(formatMembers(step.members), world.fence());
    } else {
      const text = await control.readConfig();
      const sealed = withMembers(text, step.members, step.server);
      if (sealed !== text) await control.writeConfig(sealed, world.fence());
    }
    return stopped;
  },
  verify: async (step, world, pid) => {
    const server = world.server(step.server);
    if (await server.control.isRunning()) {
      throw await stepFailed(
        world,
        server,
        `server.${step.server} runs again after it was stopped: something revives it.`,
      );
    }
    return {
      kind: "retire-server",
      server: step.server,
      host: step.host,
      pid: typeof pid === "number" ? pid : null,
      data: getKey(parseZooCfg(await server.control.readConfig()), "dataDir") ?? "",
    };
  },
  undo: async (step, world) => {
    // With a dynamic configuration it is started when it becomes a member again: the undo of its removal does that.
    if (isDynamic(world)) return "nothing-to-undo";
    const list = listWith(step, world);
    await relist({ id: step.server, list, watch: list, timeoutMs: world.ensemble.syncTimeoutMs }, world);
    await world.server(step.server).control.markRetired(null, world.fence());
    return "undone";
  },
};

/** Answers the pid of the process that was ended; null when there was none. */
const stop = async (step: RetireStep, world: World): Promise<number | null> => {
  const { control } = world.server(step.server);
  if (!(await control.isRunning())) return null;
  const list = isDynamic(world) ? null : listWith(step, world);
  const seen =
    list === null
      ? await world.observe({ withHosts: false })
      : await untilWhole({ id: step.server, watch: list, timeoutMs: world.ensemble.syncTimeoutMs }, world);
  await world.useServers(seen.servers.flatMap(({ id }) => (id === step.server ? [] : [id])));
  const stopped = await control.stop(leaderOf(seen)?.id === step.server ? "KILL" : "TERM", world.fence());
  return stopped?.pid ?? null;
};

const isDynamic = ({ plan }: World): boolean => plan.basis.configSource === "dynamic";

/** Static: the list that is in force until this server goes. */
const listWith = (step: RetireStep, world: World): readonly Member[] => {
  const round = world.plan.steps.findLast(
    (one) => one.kind === "restart-with-members" && one.replacing === step.server,
  );
  if (round?.kind === "restart-with-members") return round.before;
  throw new OpsError("bug", { what: `The plan replaces server.${step.server} by nobody.` });
};
