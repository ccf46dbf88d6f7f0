// The error a step ends with when it did not reach its aim: with the server's own log, which usually says why.
import { OpsError } from "../errors.ts";
import type { ServerHandle, World } from "./world.ts";

/** Enough for a stack trace's first frames; a message's quote may hold no more. */
const LOG_LINES = 40;

/** `step-failed` about one server; reads the end of its log, and who holds a port its log complains of. */
export const stepFailed = async (world: World, server: ServerHandle, what: string): Promise<OpsError> => {
  const tail = await server.control.logTail(LOG_LINES).catch(() => "");
  const held = await portTrouble(server, tail).catch(() => null);
  const others = world.servers.filter((s) => s.id !== server.id).map((s) => `server.${s.id}`);
  return new OpsError("step-failed", {
    what: held === null ? what : `${what} ${held}`,
    left: `Nothing was changed on ${others.length === 0 ? "any other server" : others.join(", ")} in this step.`,
    next:
      held === null
        ? "Read the end of its log below, mend the cause, then Retry; or Roll back."
        : "Free the port, then Retry; or Roll back.",
    detail: tail === "" ? null : tail,
  });
};

const portTrouble = async (server: ServerHandle, tail: string): Promise<string | null> => {
  if (!/BindException|Address already in use|Unable to bind|Failed to bind/i.test(tail)) return null;
  for (const [name, port] of Object.entries(server.ports)) {
    const holder = await server.control.portHolder(port);
    if (holder !== null) return `Its ${name} port ${port} is taken by ${holder} on ${server.host}.`;
  }
  return null;
};
