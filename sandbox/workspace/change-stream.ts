// Server-sent events that say "something changed": the page then asks again. Bursts are told once.

import type { ServerResponse } from "node:http";
import type { State } from "./state.ts";

const GATHER_MS = 30;
const HEARTBEAT_MS = 15_000;

export function streamChanges(state: State, response: ServerResponse): void {
  response.writeHead(200, {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    Connection: "keep-alive",
  });
  response.write(": open\n\n");
  let gathering: NodeJS.Timeout | undefined;
  const stop = state.onChange(() => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      response.write(`data: ${JSON.stringify({ type: "change" })}\n\n`);
    }, GATHER_MS);
  });
  const heartbeat = setInterval(() => response.write(": still here\n\n"), HEARTBEAT_MS);
  response.on("close", () => {
    stop();
    clearInterval(heartbeat);
    clearTimeout(gathering);
  });
}
