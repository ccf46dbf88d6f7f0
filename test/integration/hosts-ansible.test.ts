// The playbook of examples/ansible as a hook, by the real ansible-playbook: what it writes, that it writes only for the host that
// it was run for, and what a failure looks like. The hosts are folders here (connection local).
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serverProcesses } from "../../sandbox/ensemble/server.ts";
import { startEnsemble } from "../../sandbox/ensemble.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { ensurePrerequisites } from "../../sandbox/prerequisites.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { ensembleName, hostName, runId, serverId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { hookArgv } from "../../src/plan/hook-argv.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { inCampaign } from "../support/in-campaign.ts";
import { makeTestWorker } from "../support/worker.ts";

const PLAYBOOK = resolve(import.meta.dirname, "../../examples/ansible/zookeeper.yml");

const { runHook } = makeHosts();

/** An Ansible inventory of hosts that are folders. */
const inventoryOf = (hosts: readonly { readonly name: string; readonly conf: string }[]): string =>
  [
    "[orders]",
    ...hosts.map(({ name, conf }) => `${name} ansible_connection=local zookeeper_conf=${conf}`),
    "[orders:vars]",
    "ansible_python_interpreter=/usr/bin/python3",
    'zookeeper_settings={"autopurge.snapRetainCount": "5", "maxClientCnxns": "77"}',
    'zookeeper_jvm_flags=["-Dzkshift.example=yes"]',
    "",
  ].join("\n");

const hook = (inventory: string): readonly string[] => [
  "ansible-playbook",
  "-i",
  inventory,
  "-l",
  "{host}",
  "-e",
  "zookeeper_release={release}",
  PLAYBOOK,
];

let dir: string;
const undo: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  await ensurePrerequisites(["ansible"], () => {});
  dir = await mkdtemp(join(tmpdir(), "zkshift-ansible-"));
  // Ansible keeps its own files in the home of who runs it.
  process.env.ANSIBLE_HOME = join(dir, "ansible-home");
  process.env.ANSIBLE_LOCAL_TEMP = join(dir, "ansible-tmp");
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe("ansible-playbook as the hook", () => {
  it("configures the one host, changes nothing the second time, and says why it fails", async () => {
    const hosts = await Promise.all(
      ["zk1", "zk2"].map(async (name) => {
        const conf = join(dir, name);
        await mkdir(conf);
        await writeFile(join(conf, "zoo.cfg"), "# ours\ntickTime=2000\nmaxClientCnxns = 60\ndataDir=/x\n");
        return { name, conf };
      }),
    );
    const inventory = join(dir, "inventory.ini");
    await writeFile(inventory, inventoryOf(hosts));
    const argvFor = (host: string) =>
      hookArgv(hook(inventory), {
        host: hostName(host),
        server: serverId(1),
        release: release("3.9.6"),
        ensemble: ensembleName("orders"),
      });

    const first = await runHook(argvFor("zk1"), { timeoutMs: 60_000 });
    expect([first.code, first.output]).toEqual([0, expect.stringMatching(/zk1\s+: ok=4\s+changed=2 /)]);
    expect(await readFile(join(dir, "zk1/zoo.cfg"), "utf8")).toBe(
      "# ours\ntickTime=2000\nmaxClientCnxns=77\ndataDir=/x\nautopurge.snapRetainCount=5\n",
    );
    expect(await readFile(join(dir, "zk1/java.env"), "utf8")).toContain(
      'SERVER_JVMFLAGS="$SERVER_JVMFLAGS -Dzkshift.example=yes"\n',
    );
    expect(await readFile(join(dir, "zk2/zoo.cfg"), "utf8")).toContain("maxClientCnxns = 60\n");

    const second = await runHook(argvFor("zk1"), { timeoutMs: 60_000 });
    expect([second.code, second.output]).toEqual([0, expect.stringMatching(/zk1\s+: ok=4\s+changed=0 /)]);

    await rm(join(dir, "zk2/zoo.cfg"));
    const failed = await runHook(argvFor("zk2"), { timeoutMs: 60_000 });
    expect([failed.code, failed.output]).toEqual([
      2,
      expect.stringContaining(`There is no zoo.cfg in ${dir}/zk2 on zk2.`),
    ]);
    await expect(stat(join(dir, "zk2/java.env"))).rejects.toThrow("ENOENT");
  });

  // The same in a whole upgrade of a real ensemble.
  inCampaign(
    "takes its place in an upgrade; its failure holds the run, Retry goes on",
    async () => {
      const { url } = await ensureReleases(["3.8.0", "3.9.6"], () => undefined);
      const ensemble = await startEnsemble({ name: "orders", dir: join(dir, "hosts"), release: "3.8.0", size: 3 });
      undo.push(() => ensemble.stop());
      const privateRedis = await startRedis({ dir: join(dir, "redis") });
      undo.push(() => privateRedis.stop());
      const redis = connectRedis(privateRedis.url, "worker");
      undo.push(async () => redis.disconnect());
      const inventory = join(dir, "ensemble.ini");
      const hosts = ensemble.servers.map(({ host, conf }) => ({ name: host, conf }));
      const broken = hosts.map((one, i) => (i === 1 ? { ...one, conf: "/nowhere" } : one));
      await writeFile(inventory, inventoryOf(broken));
      const worker = makeTestWorker({
        redis,
        dir,
        inventoryYaml: ensemble.inventoryYaml({ gates: "once", extra: { hooks: { configure: hook(inventory) } } }),
        releasesUrl: url,
        environment: ensemble.environment,
      });
      const run = runId("orders-ansib");
      const goal = {
        kind: "upgrade",
        ensemble: ensembleName("orders"),
        release: release("3.9.6"),
        gates: "once",
        overrides: [],
      } as const;
      expect((await worker.propose(goal, run)).kind).toBe("proposed");
      await worker.approve(run, "plan");
      await worker.advance(run);
      const held = (await worker.state(run)).hold;
      expect(held?.failure.what).toBe("The configuration tool ansible-playbook ended with code 2 for server.2.");
      expect(held?.failure.detail).toContain("There is no zoo.cfg in /nowhere on");
      await writeFile(inventory, inventoryOf(hosts));
      await worker.click(run, { type: "resumed" });
      await worker.advance(run);
      const state = await worker.state(run);
      expect([state.hold, state.outcome]).toEqual([null, "succeeded"]);
      for (const server of ensemble.servers) {
        expect((await observeServer(server.address, server.clientPort))?.release).toBe("3.9.6");
        expect(await readFile(server.configFile, "utf8")).toMatch(/^maxClientCnxns=77$/m);
        const [pid] = await serverProcesses(server);
        expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).toContain("-Dzkshift.example=yes");
      }
    },
    240_000,
  );
});
