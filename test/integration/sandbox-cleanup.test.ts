import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** Runs a program text that has `onExit` at hand; signals it as often as it has printed a line `now`. */
const run = (
  text: string,
  signal: NodeJS.Signals,
): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve) => {
    const cleanup = fileURLToPath(new URL("../../sandbox/cleanup.ts", import.meta.url));
    const program = `import { onExit } from ${JSON.stringify(cleanup)};\n${text}`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program]);
    let output = "";
    child.stderr.resume();
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
      if (data.toString().includes("now")) child.kill(signal);
    });
    child.on("close", (code) => resolve({ code, output }));
  });

const twoCleanups = `
  onExit(() => console.log("first"));
  onExit(async () => { await null; console.log("second"); });
  onExit(() => console.log("taken back"))();
  const forever = setInterval(() => {}, 1000);
`;

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("undoes everything in reverse order on %s", async (signal, code) => {
  const ended = await run(`${twoCleanups} console.log("now");`, signal);
  expect(ended).toEqual({ code, output: "now\nsecond\nfirst\n" });
});

it("undoes everything on an uncaught error, also when one cleanup fails", async () => {
  const text = `${twoCleanups} onExit(() => { throw new Error("broken"); }); setTimeout(() => { throw new Error("bug"); }, 1);`;
  expect(await run(text, "SIGINT")).toEqual({ code: 1, output: "second\nfirst\n" });
});

it("leaves at once on the second Ctrl-C", async () => {
  const text = `onExit(() => new Promise(() => { setInterval(() => console.log("now"), 300); })); setInterval(() => {}, 1000); console.log("now");`;
  expect((await run(text, "SIGINT")).code).toBe(130);
});

it("takes a Ctrl-C that comes three times at once, as starters relay it, for one", async () => {
  const text = `onExit(async () => { console.log("now"); await new Promise((end) => setTimeout(end, 300)); console.log("done"); });
    setInterval(() => {}, 1000); console.log("now"); console.log("now");`;
  expect(await run(text, "SIGINT")).toEqual({ code: 130, output: "now\nnow\nnow\ndone\n" });
});

it("tries to leave once only where the exit itself throws, as a test runner has it do", async () => {
  const text = `
    const exit = process.exit;
    let exits = 0;
    process.exit = () => { exits++; throw new Error("not from a test"); };
    onExit(() => console.log("undone"));
    setTimeout(() => { throw new Error("bug"); }, 1);
    setTimeout(() => { console.log(exits); exit(0); }, 300);`;
  expect(await run(text, "SIGINT")).toEqual({ code: 0, output: "undone\n1\n" });
});
