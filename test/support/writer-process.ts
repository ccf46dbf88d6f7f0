// A writer (sandbox/writer.ts) as a process of its own, so that it can write from another network: connect string, path and pace
// as arguments; a line of JSON with its figures again and again; `stop`, `alive`, `verify ADDRESS:PORT` on stdin, one answer each.
import { createInterface } from "node:readline";
import { startWriter } from "../../sandbox/writer.ts";

const [connectString = "", path = "/", everyMs = "20"] = process.argv.slice(2);
const writer = await startWriter({ connectString, path, everyMs: Number(everyMs) });
const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
setInterval(() => say({ stats: writer.stats() }), 50);

for await (const line of createInterface({ input: process.stdin })) {
  const [word, server = ""] = line.split(" ");
  if (word === "stop") await writer.stop();
  say({
    answer: word === "verify" ? await writer.verifyOn(server) : word === "alive" ? await writer.sessionAlive() : null,
  });
}
await writer.close();
process.exit(0);
