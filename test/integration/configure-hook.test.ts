// A team's configuration tool that works against the plan, then writes what no server starts with: the run holds each time, and a
// rollback puts back what the tool had written over.
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { startEnsemble } from "../../sandbox/ensemble.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import type { ConfigureGoal } from "../../src/model/goal.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { makeTestWorker } from "../support/worker.ts";

const undo: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

/** Called with a mode, the host and the folder of its zoo.cfg. */
const TOOL = `#!/bin/sh
mode=$(cat "\${0%/*}/mode"); conf=$(cat "\${0%/*}/$1")
echo "configuring $1: $mode"
case $mode in
  takes-back) grep -v maxClientCnxns "$conf/zoo.cfg" >"$conf/new" && mv "$conf/new" "$conf/zoo.cfg" ;;
  members) echo 'server.9=10.9.9.9:2888:3888' >>"$conf/zoo.cfg" ;;
  broken) sed -i 's/^tickTime=.*/tickTime=broken/' "$conf/zoo.cfg"; echo '# theirs' >>"$conf/java.env" ;;
  fails) exit 3 ;;
esac
`;

it.runIf(CAMPAIGN)(
  "holds where the tool works against the plan, and a rollback undoes what it wrote",
  async () => {
    const dir = await mkdtemp(join(tmpdir(), "zkshift-tool-"));
    undo.push(() => rm(dir, { recursive: true, force: true }));
    const { url } = await ensureReleases(["3.9.6"], () => undefined);
    const ensemble = await startEnsemble({ name: "orders", dir: join(dir, "hosts"), release: "3.9.6", size: 3 });
    undo.push(() => ensemble.stop());
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    undo.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    undo.push(async () => redis.disconnect());
    const tool = join(dir, "tool");
    await writeFile(tool, TOOL);
    await chmod(tool, 0o755);
    for (const { host, configFile } of ensemble.servers) await writeFile(join(dir, host), dirname(configFile));
    const mode = (name: string) => writeFile(join(dir, "mode"), name);
    const files = () => Promise.all(ensemble.servers.map(({ configFile }) => readFile(configFile, "utf8")));
    const worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml: ensemble.inventoryYaml({
        gates: "once",
        extra: { settings: { maxClientCnxns: 70 }, jvm: { heap: "170m" }, hooks: { configure: [tool, "{host}"] } },
      }),
      releasesUrl: url,
      environment: ensemble.environment,
    });
    const goal: ConfigureGoal = {
      kind: "configure",
      ensemble: ensembleName("orders"),
      release: null,
      gates: "once",
      overrides: [],
    };
    const before = await files();
    const run = runId("orders-tools");
    expect((await worker.propose(goal, run)).kind).toBe("proposed");
    await mode("fails");
    await worker.approve(run, "plan");
    const heldBy = async (): Promise<string> => {
      await worker.advance(run);
      const { hold } = await worker.state(run);
      return `${hold?.failure.what} ${hold?.failure.detail}`;
    };
    expect(await heldBy()).toMatch(/ended with code 3 for server\.\d\. configuring zk\d: fails/);
    const retry = async (name: string): Promise<string> => {
      await mode(name);
      await worker.click(run, { type: "resumed" });
      return heldBy();
    };
    expect(await retry("members")).toMatch(/changed who is a member: server\.9/);
    // What the tool wrote stands until it is mended or rolled back.
    const first = (await worker.state(run)).plan.steps.find(({ kind }) => kind === "run-hook");
    const inTurn = ensemble.servers.find(({ id }) => first?.kind === "run-hook" && id === Number(first.server));
    if (inTurn === undefined) throw new Error("no server in its turn");
    const mend = async (how: (text: string) => string) =>
      writeFile(inTurn.configFile, how(await readFile(inTurn.configFile, "utf8")));
    await mend((text) => text.replace("server.9=10.9.9.9:2888:3888\n", ""));
    expect(await retry("takes-back")).toMatch(/took back what the plan had written into zoo\.cfg: maxClientCnxns/);
    await mend((text) => `${text}maxClientCnxns=70\n`);
    expect(await retry("broken")).toMatch(/ended|did not rejoin/);
    await worker.click(run, { type: "rollback-asked" });
    await worker.advance(run);
    const state = await worker.state(run);
    expect([state.hold, state.outcome]).toEqual([null, "rolled-back"]);
    expect(await files()).toEqual(before);
    for (const { address, clientPort } of ensemble.servers) {
      expect(await observeServer(address, clientPort)).not.toBeNull();
    }
  },
  240_000,
);
