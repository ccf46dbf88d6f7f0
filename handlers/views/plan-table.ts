// A plan's steps as the rows of a table: what happens to which server, in order. Pure.
import { type Plan, type Step, turnOf } from "../../src/model/plan.ts";
import type { Cell } from "./message.ts";
import { comers, takesPlace } from "./migration-facts.ts";
import { restoreRow } from "./restore-words.ts";
import { stepInTurn } from "./step-words.ts";
import { and, serverName } from "./words.ts";

export type PlanTable = { readonly header: readonly string[]; readonly rows: readonly (readonly Cell[])[] };

export const planTable = (plan: Plan): PlanTable =>
  plan.goal.kind === "restore"
    ? { header: ["turn", "server", "now", "what happens"], rows: restoreRows(plan) }
    : plan.goal.kind !== "migrate"
      ? { header: ["turn", "server", "now", "what happens"], rows: upgradeRows(plan) }
      : { header: ["turn", "new server ← old server", "now", "what happens"], rows: migrationRows(plan) };

/** Steps of one turn in a row; `key` null for what concerns all. */
type Turn = { readonly key: string | null; readonly steps: readonly Step[] };

/** Neighbours with the same key as one turn; a gate and what waits for people stand alone. */
const turnsBy = (steps: readonly Step[], keyOf: (step: Step) => string | null): readonly Turn[] => {
  const turns: Turn[] = [];
  for (const step of steps) {
    const key = isAlone(step) ? null : keyOf(step);
    const last = turns.at(-1);
    const lastStep = last?.steps.at(-1);
    if (last !== undefined && lastStep !== undefined && last.key === key && !isAlone(lastStep) && !isAlone(step)) {
      turns[turns.length - 1] = { ...last, steps: [...last.steps, step] };
    } else {
      turns.push({ key, steps: [step] });
    }
  }
  return turns;
};

const isAlone = ({ kind }: Step): boolean => kind === "ask-approval" || kind === "wait-for-clients";

/** Steps about all servers, those of a kind said once: `back up server.1 · install 3.9.6 …`. */
const togetherWords = (steps: readonly Step[], wordsOf: (step: Step) => string): string => {
  const backUps = steps.flatMap((step) => (step.kind === "back-up" ? [serverName(step.server)] : []));
  const words = steps
    .filter((step) => step.kind !== "preflight")
    .map((step) => (step.kind === "back-up" ? `back up ${and(backUps)}` : wordsOf(step)));
  return [...new Set(words)].join(" · ");
};

/** A turn's words; `same` where the turn before had the same, in whole or after its beginning. */
const inWords = (parts: readonly string[], previous: readonly string[]): string => {
  const words = parts.join(" · ");
  if (words === previous.join(" · ")) return "same";
  const [begin = "", ...others] = parts;
  return others.length > 0 && others.join(" · ") === previous.slice(1).join(" · ") ? `${begin} · then the same` : words;
};

const modeCell = (mode: string): Cell => (mode === "leader" ? { bold: mode } : mode);

// ---------------------------------------------------------------- upgrade

const upgradeRows = (plan: Plan): PlanTable["rows"] => {
  let number = 0;
  let previous: readonly string[] = [];
  const keyOf = (step: Step): string | null => turnOf(step)?.toString() ?? null;
  return turnsBy(plan.steps, keyOf).flatMap(({ key, steps }) => {
    const [first] = steps;
    if (first?.kind === "ask-approval") return [["gate", "", "", stepInTurn(first)]];
    if (key === null) {
      const words = togetherWords(steps, stepInTurn);
      return words === "" ? [] : [["–", number === 0 ? "all hosts" : "all", "", words]];
    }
    number += 1;
    const server = plan.basis.servers.find(({ id }) => id === Number(key));
    const parts = steps.map(stepInTurn);
    const words = inWords(parts, previous);
    previous = parts;
    return [[String(number), `${serverName(Number(key))} ${server?.host ?? ""}`, modeCell(server?.mode ?? ""), words]];
  });
};

// ---------------------------------------------------------------- restore

const restoreRows = (plan: Plan): PlanTable["rows"] => {
  const { servers, now } = restoreRow(plan);
  return plan.steps.flatMap((step): PlanTable["rows"] => {
    switch (step.kind) {
      case "preflight":
        return [];
      case "ask-approval":
        return [["gate", "", "", stepInTurn(step)]];
      case "restore-data":
        return [["1", servers, now, stepInTurn(step)]];
      default:
        return [["–", step.kind === "stage-backup" ? "all hosts" : "all", "", stepInTurn(step)]];
    }
  });
};

// ---------------------------------------------------------------- migration

/** One for another: a row of the table. */
type Pair = { readonly comes: number; readonly goes: number | null };

/**
 * A row for each pair and each stretch of its steps. Old servers that are only stopped at the end, one after another, share
 * a row; where each is stopped for its successor (3.4) it stands with it.
 */
const migrationRows = (plan: Plan): PlanTable["rows"] => {
  const pairs = comers(plan).map(({ server, replaces }): Pair => ({ comes: server, goes: replaces }));
  const pairOf = (step: Step): Pair | undefined =>
    pairs.find(({ comes, goes }) => comes === turnOf(step) || goes === turnOf(step));
  const byRestarts = plan.steps.some(({ kind }) => kind === "restart-with-members");
  const keyOf = (step: Step): string | null => {
    if (step.kind === "retire-server" && !byRestarts) return "retire";
    const server = turnOf(step);
    return server === null ? null : `server ${pairOf(step)?.comes ?? server}`;
  };
  const hosts = new Map<number, string>([
    ...plan.basis.servers.map(({ id, host }) => [id, host] as const),
    ...comers(plan).map(({ server, host }) => [server, host] as const),
    ...plan.steps.flatMap((step) => (step.kind === "retire-server" ? [[Number(step.server), step.host] as const] : [])),
  ]);
  const name = (id: number): string => `${serverName(id)} ${hosts.get(id) ?? ""}`.trim();
  const modeOf = (id: number | null): string => plan.basis.servers.find((one) => one.id === id)?.mode ?? "";
  let number = 0;
  let previous: readonly string[] = [];
  return turnsBy(plan.steps, keyOf).flatMap(({ key, steps }): PlanTable["rows"] => {
    const [first] = steps;
    if (first === undefined) return [];
    if (first.kind === "ask-approval")
      return [
        ["gate", "", "", `${stepInTurn(first)}${first.reason === "retire" ? ": the point of no cheap return" : ""}`],
      ];
    if (first.kind === "wait-for-clients") return [["wait", first.servers.map(name).join(", "), "", stepInTurn(first)]];
    if (key === null) {
      const words = togetherWords(steps, (step) =>
        step.kind === "install-release"
          ? `install ${step.release} on ${and(step.servers.map((id) => hosts.get(id) ?? ""))}`
          : stepInTurn(step),
      );
      return words === "" ? [] : [["–", number === 0 ? "all hosts" : "all", "", words]];
    }
    number += 1;
    if (key === "retire") {
      const ids = steps.flatMap((step) => (step.kind === "retire-server" ? [Number(step.server)] : []));
      return [
        [
          String(number),
          ids.map(name).join(", "),
          "",
          `${ids.length > 1 ? "one at a time: " : ""}${stepInTurn(first)}`,
        ],
      ];
    }
    const pair = pairOf(first);
    const isBoth = pair !== undefined && steps.some((step) => turnOf(step) === pair.comes || byRestarts);
    const parts = steps.map((step) => (isBoth ? inPair(step, pair) : stepInTurn(step)));
    const words = inWords(parts, previous);
    previous = parts;
    const alone = turnOf(first) ?? 0;
    const who =
      !isBoth || pair.goes === null ? name(isBoth ? pair.comes : alone) : `${name(pair.comes)} ← ${name(pair.goes)}`;
    return [[String(number), who, modeCell(modeOf(isBoth ? pair.goes : alone)), words]];
  });
};

/** A step in the row of a pair, without names: rows that do the same then say the same. */
const inPair = (step: Step, { comes, goes }: Pair): string => {
  const isOld = turnOf(step) === goes && goes !== null;
  switch (step.kind) {
    case "prepare-server":
      return goes === null ? stepInTurn(step) : "lay the new one out as the old one is";
    case "remove-member":
      return isOld ? "take the old one out (it serves its clients on)" : stepInTurn(step);
    case "retire-server":
      return isOld ? "stop the old one for good, data kept" : stepInTurn(step);
    case "restart-with-members":
      return step.servers.length === 1 && step.servers[0] === comes
        ? takesPlace(step)
          ? "restart the new one as a member"
          : "restart the new one with today's list"
        : "restart the others with the new list, leader last";
    case "add-member":
      return `make the new one ${step.member.role === "observer" ? "an observer" : "a participant"}`;
    default:
      return stepInTurn(step);
  }
};
