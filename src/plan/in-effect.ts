// Has what a plan's restarts were to bring come about? Read from the files and from what runs, not from memory. Pure.
import type { HostFacts, Observation } from "../model/ensemble.ts";
import { wantedFlagsIn } from "../model/java-env.ts";
import type { ConfigChange, Plan, StepOf } from "../model/plan.ts";
import { entriesOf, parseZooCfg } from "../model/zoo-cfg.ts";

/** Sentences on what is missing, for the servers that the plan restarts; empty when all is there. */
export const notInEffect = (plan: Plan, seen: Observation): readonly string[] =>
  plan.steps.flatMap((step) => {
    if (step.kind !== "write-config") return [];
    const server = seen.servers.find(({ id }) => id === step.server);
    const facts = server?.onHost ?? null;
    const missing = facts === null || "unreadable" in facts ? ["its host could not be read"] : missingOf(step, facts);
    return missing.map((what) => `server.${step.server}: ${what}.`);
  });

const missingOf = ({ changes, jvm }: StepOf<"write-config">, facts: HostFacts): readonly string[] => {
  const has = entriesOf(parseZooCfg(facts.configText ?? ""));
  const said = (value: string | null): string => (value === null ? "not set" : value);
  const lines = changes
    .filter(({ key, to }: ConfigChange) => (has.get(key) ?? null) !== to)
    .map(({ key, to }) => `${key} is ${said(has.get(key) ?? null)} in zoo.cfg, not ${said(to)}`);
  if (jvm === undefined) return lines;
  const waiting = jvm.to.filter((flag) => facts.process?.awaitingStart.includes(flag) !== false);
  return [
    ...lines,
    ...(wantedFlagsIn(facts.javaEnvText).join(" ") === jvm.to.join(" ") ? [] : ["java.env has other flags"]),
    ...(waiting.length === 0
      ? []
      : [`its process runs without ${waiting.join(" ")}: what starts it does not read java.env`]),
  ];
};
