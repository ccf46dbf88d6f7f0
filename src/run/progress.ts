// How far a run has come, as the staleness check needs it.

import type { ServerId } from "../model/ids.ts";
import { type Step, turnOf } from "../model/plan.ts";
import type { Progress } from "../plan/staleness.ts";
import type { RunState } from "./state.ts";

const CHANGES_CONFIG: ReadonlySet<Step["kind"]> = new Set(["hand-over-leadership", "reconfigure"]);

export const progressOf = (state: RunState): Progress => {
  const turns = new Map<ServerId, { done: number; begun: number; all: number }>();
  let reconfigured = false;
  state.plan.steps.forEach((step, i) => {
    const now = state.steps[i]?.state ?? "todo";
    if (CHANGES_CONFIG.has(step.kind) && now !== "todo") reconfigured = true;
    const server = turnOf(step);
    if (server === null || step.kind === "ask-approval") return;
    const turn = turns.get(server) ?? { done: 0, begun: 0, all: 0 };
    turn.all++;
    if (now === "done") turn.done++;
    if (now !== "todo" && now !== "undone") turn.begun++;
    turns.set(server, turn);
  });
  const entries = [...turns];
  return {
    finishedServers: entries.filter(([, turn]) => turn.done === turn.all).map(([id]) => id),
    currentServer: entries.find(([, turn]) => turn.begun > 0 && turn.done < turn.all)?.[0] ?? null,
    reconfigured,
  };
};
