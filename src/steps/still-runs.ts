// Whether the process that a step started still lives, while it is waited for. A service manager starts another when it ends
// (of a fault, or of the kernel's out-of-memory killer), so that one lives is not enough: it must be the same.
import type { ServerId } from "../model/ids.ts";
import type { ServerHandle, World } from "./world.ts";

/** Pid of the process that the run's last start of this server gave; null before one is recorded. */
export const startedPid = (world: World, id: ServerId): number | null => {
  const at = world.plan.steps.findLastIndex((s) => s.kind === "start-server" && s.server === id);
  const started = world.state.steps[at]?.evidence?.step;
  return started?.kind === "start-server" ? started.pid : null;
};

/** Null while the process lives; else a sentence on how it went. `started`: its pid, null where that is not known. */
export const howItEnded = async (server: ServerHandle, started: number | null): Promise<string | null> => {
  const now = await server.control.pid();
  if (now === null) return `server.${server.id} ended by itself after its start.`;
  if (started === null || now === started) return null;
  return `server.${server.id} ended by itself after its start (process ${started}), and something starts it again (process ${now} now): its service manager, if not a person.`;
};
