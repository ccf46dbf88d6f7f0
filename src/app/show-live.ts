// While a worker has a run in hand, keeps the display-only figures of its status message fresh.
import type { HostName } from "../model/ids.ts";
import type { Live } from "../ports.ts";
import type { AppDeps } from "./app-deps.ts";
import type { RunWorld } from "./make-world.ts";
import type { RunWriter } from "./run-writer.ts";

/** Slack lets a message change about once a second; the notifier paces itself further. */
const EVERY_MS = 1_500;

export const showLive = (writer: RunWriter, world: RunWorld, deps: AppDeps): { stop(): void } => {
  const timer = setInterval(() => {
    const { run } = writer.state();
    deps.live
      .show(run, liveOf(writer, world))
      .then(() => deps.notify(run))
      .catch(() => {});
  }, EVERY_MS);
  return { stop: () => clearInterval(timer) };
};

const liveOf = (writer: RunWriter, world: RunWorld): Live => {
  const state = writer.state();
  const totals = world.canary()?.totals();
  return {
    step: state.steps.findIndex((step) => step.state === "running" || step.state === "undoing"),
    waitingFor: world.waitingFor(),
    writes: totals?.writes ?? 0,
    failed: totals?.failed ?? 0,
    longestPauseMs: totals?.longestPauseMs ?? 0,
    lastWriteMs: totals?.lastWriteMs ?? null,
    lastWriteAt: totals?.lastWriteAt ?? null,
    seenAt: world.lastSeen()?.seenAt,
    servers: (world.lastSeen()?.servers ?? []).map((server) => ({
      id: server.id,
      host: server.host as HostName,
      release: server.seen.status === "serving" ? server.seen.release : null,
      mode: server.seen.status === "serving" ? server.seen.mode : server.seen.status,
    })),
  };
};
