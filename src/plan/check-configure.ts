// What must hold of a plan that only changes configuration, beside safety.ts: it leaves out no server that differs, restarts
// none without need, and each restarted server has what is wanted afterwards. Imports nothing of the planner or its rules.
import type { HostFacts, Observation } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import { wantedFlagsIn } from "../model/java-env.ts";
import type { Plan, StepOf } from "../model/plan.ts";
import { applyChanges, entriesOf, parseZooCfg } from "../model/zoo-cfg.ts";
import { checkPlan } from "./safety.ts";

type Wanted = Pick<EnsembleSpec, "settings" | "jvm" | "hooks">;

/** Sentences on what is wrong with the plan; empty when it is safe and does what was asked. */
export const checkConfigure = (plan: Plan, seen: Observation, wanted: Wanted): readonly string[] => {
  const wrong: string[] = [...checkPlan(plan, seen)];
  const { goal } = plan;
  if (goal.kind !== "configure") return [...wrong, "The goal is no change of configuration."];
  const stopped = new Set<ServerId>(
    plan.steps.flatMap((step) =>
      step.kind === "stop-server" || step.kind === "hand-over-leadership" ? [step.server] : [],
    ),
  );
  const of = <K extends "write-config" | "run-hook">(kind: K, id: ServerId): readonly StepOf<K>[] =>
    plan.steps.filter((step): step is StepOf<K> => step.kind === kind && "server" in step && step.server === id);
  for (const { id, onHost } of seen.servers) {
    const facts = onHost === null || "unreadable" in onHost ? null : onHost;
    const at = `server.${id}`;
    if (facts === null) {
      wrong.push(`${at}: its host was not read.`);
      continue;
    }
    const isBehind = wanted.jvm.some((flag) => facts.process?.awaitingStart.includes(flag) === true);
    const differs = isBehind || missing(facts, wanted, []).length > 0;
    const isStopped = stopped.has(id);
    if (differs && !isStopped) wrong.push(`${at} is left out, though it differs.`);
    if (!differs && isStopped && goal.everyServer !== true) wrong.push(`${at} is restarted without need.`);
    if (!isStopped && goal.everyServer === true) wrong.push(`${at} is left out, though every server was asked for.`);
    if (isStopped)
      wrong.push(...missing(facts, wanted, of("write-config", id)).map((what) => `${at} would lack ${what}.`));
    if (of("run-hook", id).length !== (isStopped && wanted.hooks.configure !== null ? 1 : 0)) {
      wrong.push(`${at}: the configuration tool does not run once in its turn.`);
    }
    for (const step of of("write-config", id)) {
      const unasked = step.changes.filter(({ key, to }) => wanted.settings[key]?.trim() !== to);
      if (unasked.length > 0) wrong.push(`${at}: nobody asked for ${unasked.map(({ key }) => key).join(", ")}.`);
    }
  }
  return wrong;
};

/** What of the wanted a server has not, once `writes` are done and, with any at all or a restart, it has started again. */
const missing = (facts: HostFacts, wanted: Wanted, writes: readonly StepOf<"write-config">[]): readonly string[] => {
  const text = writes.reduce((now, { changes }) => applyChanges(now, changes), facts.configText ?? "");
  const has = entriesOf(parseZooCfg(text));
  const flags = writes.reduce<readonly string[]>((now, { jvm }) => jvm?.to ?? now, wantedFlagsIn(facts.javaEnvText));
  return [
    ...Object.entries(wanted.settings)
      .filter(([key, value]) => has.get(key) !== value.trim())
      .map(([key]) => key),
    ...(flags.join(" ") === wanted.jvm.join(" ") ? [] : ["JVM flags"]),
  ];
};
