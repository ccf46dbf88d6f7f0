// Lays a new server out on its host. Nothing of the ensemble is touched; what is there already is never overwritten.

import { diffLines } from "../model/config-diff.ts";
import { formatMembers } from "../model/dynamic-config.ts";
import type { Member } from "../model/ensemble.ts";
import { withWantedFlags } from "../model/java-env.ts";
import { isAtLeast } from "../model/release.ts";
import { joinerConfig } from "../plan/joiner-config.ts";
import type { ServerFile } from "../ports.ts";
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
        files: withLogback(withFlags(template.files, step.jvm?.to ?? null), step.logback?.text ?? null),
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
    diff: diffLines(step.changes, step.jvm, step.logback),
    setAside: setAsideIn(applied),
  }),
  undo: async (step, world) => {
    await world.server(step.server).control.unprepare(world.run, world.fence());
    return "undone";
  },
};

/** The template's files, its java.env with these flags as zkshift's part; null leaves it as it is. */
const withFlags = (files: readonly ServerFile[], flags: readonly string[] | null): readonly ServerFile[] => {
  if (flags === null) return files;
  const text = withWantedFlags(files.find(({ name }) => name === "java.env")?.text ?? null, flags);
  return [
    ...files.filter(({ name }) => name !== "java.env"),
    ...(text === null ? [] : [{ name: "java.env", text } as const]),
  ];
};

/** Where the template has got one meanwhile, that one counts. */
const withLogback = (files: readonly ServerFile[], text: string | null): readonly ServerFile[] =>
  text === null || files.some(({ name }) => name === "logback.xml") ? files : [...files, { name: "logback.xml", text }];

const setAsideIn = (applied: unknown): string | null =>
  typeof applied === "object" && applied !== null && "setAside" in applied && typeof applied.setAside === "string"
    ? applied.setAside
    : null;
