// Lays a new server out on its host. Nothing of the ensemble is touched; what is there already is never overwritten.

import { diffLines } from "../model/config-diff.ts";
import { formatMembers } from "../model/dynamic-config.ts";
import type { Member } from "../model/ensemble.ts";
import { isAtLeast } from "../model/release.ts";
import { joinerConfig } from "../plan/joiner-config.ts";
import type { StepHandler } from "./step-handler.ts";

export const prepareServer: StepHandler<"prepare-server"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async (step, world) => {
    const { control, dynamicFile } = world.server(step.server);
    const template = await world.server(step.template).control.template();
    const { membership } = await world.observe({ withHosts: false });
    const isDynamic = step.member.client !== null;
    const beside: readonly Member[] = [
      ...membership.members.filter(({ id }) => id !== step.server),
      { ...step.member, role: "observer" },
    ];
    return control.prepare(
      {
        ...template,
        configText: joinerConfig({
          text: template.configText,
          member: step.member,
          place: step.place,
          changes: step.changes,
          members: isDynamic ? { dynamicFile } : { list: beside },
          hasAdminServer: isAtLeast(step.release, "3.5.0"),
        }),
        dynamicText: isDynamic ? formatMembers(beside) : null,
        run: world.run,
        release: step.release,
        setAside: step.setAside,
      },
      world.fence(),
    );
  },
  verify: async (step, _world, applied) => ({
    kind: "prepare-server",
    server: step.server,
    host: step.host,
    release: step.release,
    diff: diffLines(step.changes),
    setAside: setAsideIn(applied),
  }),
  undo: async (step, world) => {
    await world.server(step.server).control.unprepare(world.run, world.fence());
    return "undone";
  },
};

const setAsideIn = (applied: unknown): string | null =>
  typeof applied === "object" && applied !== null && "setAside" in applied && typeof applied.setAside === "string"
    ? applied.setAside
    : null;
