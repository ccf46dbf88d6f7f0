// The demo: a real ensemble, a real upgrade or migration, in a local Slack-compatible workspace. `npm run demo` leaves the
// typing to you; `npm run demo -- --auto` plays everybody and proves the result.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensembleName } from "../src/model/ids.ts";
import { connectRedis } from "../src/store/redis.ts";
import { makeRunLog } from "../src/store/run-log.ts";
import { cleanUp, onExit } from "./cleanup.ts";
import { watchConversation } from "./demo/conversation.ts";
import { createExample } from "./demo/example-data.ts";
import { playRun } from "./demo/play.ts";
import { proveRun } from "./demo/proof.ts";
import { isSceneName, type Scene, type SceneName, sceneNames, sceneOf, sparesOf } from "./demo/scenes.ts";
import { ensurePrerequisites } from "./prerequisites.ts";
import { type Stage, setStage } from "./stage.ts";
import { startWriter, type Writer } from "./writer.ts";

const usage = `npm run demo [-- options] [scene]

  upgrade          three servers, upgraded where they are (default)
  migrate          three servers, moved to three new hosts on their release
  migrate+upgrade  three servers, moved to three new hosts on a newer release

  --auto           play everybody: ask, approve, pass the gates, prove the result, end
  --from RELEASE   what the servers run at first (default 3.8.0)
  --to RELEASE     what they run at the end, where that is another one (default 3.9.6)
  --port PORT      of the workspace's page (default 3900)
  --keep           keep the folder with servers, logs and Redis afterwards
  --help
`;

const ensemble = "orders";

const readOptions = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        auto: { type: "boolean", default: false },
        from: { type: "string", default: "3.8.0" },
        to: { type: "string", default: "3.9.6" },
        port: { type: "string", default: "3900" },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
};

const { values: options, positionals } = readOptions();
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const chooseScene = (): SceneName => {
  const [word = "upgrade", ...more] = positionals;
  if (isSceneName(word) && more.length === 0) return word;
  console.error(
    `The demo shows one of ${sceneNames.join(", ")}; it does not know ${positionals.join(" ")}.\n\n${usage}`,
  );
  process.exit(2);
};
const sceneName = chooseScene();

const began = Date.now();
const say = (line: string): void => console.log(line);
const note = (line: string): void => say(`· ${line}`);

const main = async (): Promise<number> => {
  await ensurePrerequisites(["java", "ps", "redis"], note);
  const dir = await mkdtemp(join(tmpdir(), "zkshift-demo-"));
  onExit(async () => {
    if (options.keep) say(`kept: ${dir}`);
    else await rm(dir, { recursive: true, force: true });
  });
  // Ending the servers takes a few seconds, in which a silent terminal looks like one that did not listen.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => say("\nstopping, cleaning up …"));
  }
  const stage = await setStage({
    dir,
    ensemble: { name: ensemble, release: options.from, size: 3, spares: sparesOf(sceneName) },
    releases: [options.to],
    workspace: { port: Number(options.port) },
    say: note,
  });
  onExit(() => stage.close());
  const scene = sceneOf(sceneName, stage.ensemble, options);
  await createExample(stage.ensemble.connectString);
  // As a team would give its clients the new servers beside the old ones before a migration.
  const connectString = [...stage.ensemble.servers, ...stage.ensemble.spares]
    .map(({ address, clientPort }) => `${address}:${clientPort}`)
    .join(",");
  const writer = await startWriter({ connectString, path: "/demo-client", everyMs: 20 });
  onExit(() => writer.close());
  note("200 znodes under /test; a client writes 50 times a second and holds a session with an ephemeral znode");
  note(`ready after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return options.auto ? auto(stage, scene, writer, dir) : byHand(stage, scene, writer);
};

const byHand = async (stage: Stage, scene: Scene, writer: Writer): Promise<number> => {
  say(`
Open ${stage.workspace.url}

  1. as operator, in #zookeeper, type   /zk status ${ensemble}
  2. then                               ${scene.command}
  3. read the plan; switch to the user approver and press Approve
  4. watch the message and its thread; press Continue ${scene.gates}

Everything runs in ${stage.redis.dir.replace(/\/redis$/, "")}; Ctrl-C ends it all.
`);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    const { acknowledged, refused, longestGapMs, sessionsLost } = writer.stats();
    note(
      `client: ${acknowledged} writes acknowledged, ${refused} refused, worst stall ${longestGapMs} ms, sessions lost ${sessionsLost}`,
    );
  }
};

const auto = async (stage: Stage, scene: Scene, writer: Writer, dir: string): Promise<number> => {
  say(`\nThe conversation in #zookeeper (also at ${stage.workspace.url}):\n`);
  const { users } = (await (await fetch(`${stage.workspace.url}/sandbox/state`)).json()) as {
    users: readonly { id: string; name: string }[];
  };
  const conversation = watchConversation(
    stage.slack,
    { channel: "zookeeper", user: "operator", names: new Map(users.map(({ id, name }) => [id, name])) },
    say,
  );
  const redis = connectRedis(stage.redis.url, "bot");
  await new Promise((resolve) => redis.once("ready", resolve));
  const runLog = makeRunLog(redis);
  const newestRun = async () => (await runLog.list(ensembleName(ensemble), 1))[0];
  const finished = async (): Promise<boolean> => {
    const run = await newestRun();
    return run !== undefined && (await runLog.read(run)).at(-1)?.event.type === "finished";
  };
  const following = conversation.follow(300);
  try {
    await playRun(stage.slack, conversation, { ensemble, command: scene.command, finished, withinMs: 300_000 });
    // The end of the run is in the log before its last words are in the thread.
    await stage.slack
      .waitForMessage(
        { channel: "zookeeper" },
        (message) => message.reactions.some(({ name }) => name === "white_check_mark"),
        30_000,
      )
      .catch(() => {});
    const run = (await newestRun()) ?? "";
    conversation.says("operator", `/zk audit ${run} verify`);
    await stage.slack.command("operator", "zookeeper", `/zk audit ${run} verify`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await following.stop();
    await writer.stop();

    say("\nWhat the demo found by itself, on every server:\n");
    const proofs = await proveRun(stage, writer, { ...scene, run, dir });
    for (const { holds, what } of proofs) say(`  ${holds ? "✅" : "❌"} ${what}`);
    const failed = proofs.filter(({ holds }) => !holds).length;
    say(failed === 0 ? "\nAll of it holds." : `\n${failed} of ${proofs.length} do not hold.`);
    return failed === 0 ? 0 : 1;
  } finally {
    redis.disconnect();
    await following.stop();
  }
};

let code = 1;
try {
  code = await main();
} catch (error) {
  console.error(`\nThe demo ended early: ${error instanceof Error ? error.message : String(error)}`);
}
await cleanUp();
process.exit(code);
