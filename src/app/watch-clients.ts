// A run before it stops old servers: looks who is still connected. Nobody: it goes on. Somebody: people are asked whether to
// go on all the same, and until they answer each wake-up looks again.
import type { StepOf } from "../model/plan.ts";
import { clientsOn, countOf, evidenceOf } from "../steps/wait-for-clients.ts";
import type { AppDeps } from "./app-deps.ts";
import type { RunWorld } from "./make-world.ts";
import type { RunWriter } from "./run-writer.ts";

/** `rest`: people are asked, and somebody is still connected. */
export const watchClients = async (
  writer: RunWriter,
  deps: AppDeps,
  at: { readonly index: number; readonly step: StepOf<"wait-for-clients">; readonly asked: boolean },
  world: RunWorld,
): Promise<"goes-on" | "rest"> => {
  const { index, step, asked } = at;
  const entered = world.enter();
  // zkshift's own sessions move first: what is left then is clients.
  await entered.useServers(entered.servers.map(({ id }) => id).filter((id) => !step.servers.includes(id)));
  const began = deps.clock.now();
  const clients = await clientsOn(step, entered);
  if (countOf(clients) === 0) {
    const askedAt = writer.state().gate?.askedAt ?? began;
    const evidence = { step: evidenceOf(step, clients), tookMs: deps.clock.now() - askedAt, canary: null };
    await writer.append({ type: "step-done", step: index, evidence });
    return "goes-on";
  }
  if (asked) return "rest";
  const { policy } = writer.state();
  const expiresAt = deps.clock.now() + policy.expiresMs;
  await writer.append({ type: "approval-asked", gate: index, needs: policy.quorum, expiresAt, clients });
  return "goes-on";
};
