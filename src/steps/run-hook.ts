// Runs the team's own configuration tool for one host, at the place in the order where its server is down, and looks at what
// it made of zoo.cfg and java.env.
import { OpsError } from "../errors.ts";
import { diffLines } from "../model/config-diff.ts";
import { wantedFlagsIn } from "../model/java-env.ts";
import { isMembership } from "../model/membership-keys.ts";
import type { ConfigChange, StepOf } from "../model/plan.ts";
import { entriesOf, parseZooCfg } from "../model/zoo-cfg.ts";
import { type FilesBefore, keepBeforeHook, putBack, readKept } from "./before-hook.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

const HOOK_TIME_MS = 600_000;

export const runHook: StepHandler<"run-hook"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async () => {},
  verify: async (step, world) => {
    const server = world.server(step.server);
    const before = await keepBeforeHook(world, server);
    world.fence();
    world.waiting(`the configuration tool (${step.argv[0]}) for server.${step.server}`);
    const { code, output } = await world.hosts.runHook(step.argv, { timeoutMs: HOOK_TIME_MS, signal: world.signal });
    if (code !== 0) {
      throw failed(
        step,
        `The configuration tool ${step.argv[0]} ended with code ${code} for server.${step.server}.`,
        output,
      );
    }
    const after = { config: await server.control.readConfig(), javaEnv: await server.control.readJavaEnv() };
    const wrong = takenBack(step, world, before, after);
    if (wrong !== null) {
      throw failed(step, `The configuration tool ${step.argv[0]} ${wrong} (server.${step.server}).`, output);
    }
    return {
      kind: "run-hook",
      server: step.server,
      code,
      output: output.slice(-20_000),
      diff: [
        ...diffLines(changesBetween(before.config, after.config)),
        ...(before.javaEnv === after.javaEnv ? [] : ["± java.env"]),
      ],
    };
  },
  undo: async (step, world) => {
    const kept = await readKept(world, step.server);
    if (kept === null) return "nothing-to-undo";
    await putBack(world, world.server(step.server), kept);
    return "undone";
  },
};

const failed = ({ server }: StepOf<"run-hook">, what: string, output: string): OpsError =>
  new OpsError("step-failed", {
    what,
    left: `server.${server} is stopped; the other servers were not touched in this step.`,
    next: "Read its output below, mend the cause, then Retry; or Roll back.",
    detail: output.slice(-2_000),
  });

const changesBetween = (before: string, after: string): readonly ConfigChange[] => {
  const [from, to] = [entriesOf(parseZooCfg(before)), entriesOf(parseZooCfg(after))];
  return [...new Set([...from.keys(), ...to.keys()])]
    .map((key) => ({ key, from: from.get(key) ?? null, to: to.get(key) ?? null }))
    .filter((change) => change.from !== change.to)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
};

/** How the tool works against the plan; null where it does not. A server started like that would not be what was approved. */
const takenBack = (
  step: StepOf<"run-hook">,
  { plan }: Pick<World, "plan">,
  before: FilesBefore,
  after: FilesBefore,
): string | null => {
  const members = changesBetween(before.config, after.config).filter(({ key }) => isMembership(key));
  if (members.length > 0) {
    return `changed who is a member: ${members.map(({ key }) => key).join(", ")}; leave these lines of zoo.cfg as the server has them`;
  }
  const write = plan.steps.find(
    (one): one is StepOf<"write-config"> =>
      one.kind === "write-config" && one.server === step.server && one.whileRunning !== true,
  );
  const has = entriesOf(parseZooCfg(after.config));
  const lost = (write?.changes ?? []).filter(({ key, to }) => (has.get(key) ?? null) !== to).map(({ key }) => key);
  if (lost.length > 0) {
    return `took back what the plan had written into zoo.cfg: ${lost.join(", ")}; bring the tool and ensembles.yaml in line`;
  }
  const wanted = write?.jvm?.to ?? wantedFlagsIn(before.javaEnv);
  return wantedFlagsIn(after.javaEnv).join(" ") === wanted.join(" ")
    ? null
    : "took zkshift's part with the JVM flags of ensembles.yaml out of java.env; keep that part, or give the flags by the tool alone";
};
