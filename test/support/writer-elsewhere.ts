// A client that writes from a network namespace: with an address that is not the worker's.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writer } from "../../sandbox/writer.ts";
import { waitFor } from "./run-on-stage.ts";

export type RemoteWriter = Pick<Writer, "stats" | "verifyOn" | "sessionAlive" | "stop" | "close">;

export const startWriterIn = async (netns: string, connectString: string): Promise<RemoteWriter> => {
  const script = join(import.meta.dirname, "writer-process.ts");
  const node = [process.execPath, "--import", "tsx", script, connectString, "/client", "20"];
  const [file = "", ...args] = ["ip", "netns", "exec", netns, ...node];
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let stats: ReturnType<Writer["stats"]> | null = null;
  const asked: ((answer: unknown) => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const said = JSON.parse(line) as { readonly stats?: ReturnType<Writer["stats"]>; readonly answer?: unknown };
    if (said.stats !== undefined) stats = said.stats;
    else asked.shift()?.(said.answer);
  });
  const ask = (line: string): Promise<unknown> =>
    new Promise((resolve) => {
      asked.push(resolve);
      child.stdin.write(`${line}\n`);
    });
  const now = (): ReturnType<Writer["stats"]> => {
    if (stats === null) throw new Error("the writer has said nothing yet");
    return stats;
  };
  await waitFor("the writer to write", async () => stats !== null && stats.acknowledged > 0, 20_000);
  return {
    stats: now,
    verifyOn: async (server) => (await ask(`verify ${server}`)) as Awaited<ReturnType<Writer["verifyOn"]>>,
    sessionAlive: async () => (await ask("alive")) === true,
    stop: async () => void (await ask("stop")),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
};
