// The playbook of templates of examples/ansible as a hook, by the real ansible-playbook over real ssh: every server of an ensemble
// that other people laid out is restarted with what it wrote.
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { ensurePrerequisites } from "../../sandbox/prerequisites.ts";
import { findProcesses } from "../../sandbox/processes.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter } from "../../sandbox/writer.ts";
import { makeSshPool } from "../../src/hosts/ssh/pool.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { startSshEnsemble } from "../support/ssh-ensemble.ts";
import { HOST_USER, openSshHosts } from "../support/ssh-hosts.ts";
import { makeTestWorker } from "../support/worker.ts";

const PLAYBOOK = resolve(import.meta.dirname, "../../examples/ansible/zookeeper-template.yml");
const canRun = CAMPAIGN && process.getuid?.() === 0;

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
});

it.runIf(canRun)(
  "ansible-playbook over ssh writes both files by template, server by server",
  { timeout: 240_000 },
  async () => {
    await ensurePrerequisites(["ansible"], () => undefined);
    const dir = await mkdtemp(join(tmpdir(), "zkshift-ansible-ssh-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    await chmod(dir, 0o755);
    process.env.ANSIBLE_HOME = join(dir, "ansible-home");
    process.env.ANSIBLE_LOCAL_TEMP = join(dir, "ansible-tmp");
    const { hosts, close } = await openSshHosts(dir, 3);
    closers.push(close);
    const pool = makeSshPool(() => "");
    const ensemble = await startSshEnsemble(hosts, "3.9.6", pool);
    closers.push(() => ensemble.stop());
    pool.close();
    const inventory = join(dir, "inventory.json");
    await writeFile(
      inventory,
      JSON.stringify({
        all: {
          vars: {
            ansible_user: HOST_USER,
            ansible_python_interpreter: "/usr/bin/python3",
            zookeeper_settings: {
              standaloneEnabled: "false",
              reconfigEnabled: "true",
              "admin.enableServer": "false",
              "4lw.commands.whitelist": "*",
              maxClientCnxns: "77",
            },
            zookeeper_jvm_flags: ["-Xmx112m", "-XX:+UseSerialGC", "-Dzkshift.example=template"],
          },
          hosts: Object.fromEntries(
            hosts.map(({ name, address, dir: own, sshd }) => [
              name,
              {
                ansible_host: address,
                ansible_ssh_private_key_file: sshd.access.key,
                ansible_ssh_common_args: `-o UserKnownHostsFile=${sshd.access.knownHosts} -o StrictHostKeyChecking=yes -o ControlMaster=no`,
                ansible_remote_tmp: join(own, ".ansible"),
                zookeeper_conf: join(own, "etc"),
                zookeeper_data: join(own, "srv", "data"),
              },
            ]),
          ),
        },
      }),
    );
    const spec = parse(ensemble.inventoryYaml);
    spec.ensembles.orders.hooks = { configure: ["ansible-playbook", "-i", inventory, "-l", "{host}", PLAYBOOK] };
    spec.ensembles.orders.jvm = { flags: ["-Dzkshift.own=1"] };
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    closers.push(() => redis.disconnect());
    const writer = await startWriter({ connectString: ensemble.connectString, path: "/client", everyMs: 20 });
    closers.push(() => writer.close());
    const worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml: stringify(spec),
      releasesUrl: (await ensureReleases(["3.9.6"], () => undefined)).url,
      environment: ensemble.environment,
    });
    const run = runId("orders-templ");
    const goal = {
      kind: "configure",
      ensemble: ensembleName("orders"),
      release: null,
      everyServer: true,
      gates: "once",
      overrides: [],
    } as const;
    expect(await worker.propose(goal, run)).toEqual({ kind: "proposed", run });
    await worker.approve(run, "plan");
    await worker.advance(run);
    const state = await worker.state(run);
    expect([state.hold, state.outcome]).toEqual([null, "succeeded"]);
    const told = state.steps.flatMap(({ evidence }) => (evidence?.step.kind === "run-hook" ? [evidence.step] : []));
    expect(told).toHaveLength(3);
    for (const { output, diff } of told) {
      expect(output).toMatch(/: ok=5\s+changed=2 /);
      // The template also writes over what the sandbox had of the AdminServer.
      expect(diff).toEqual(expect.arrayContaining(["+ maxClientCnxns=77", "± java.env"]));
    }
    const zookeeper = makeZooKeeper();
    for (const { address, dir: own } of hosts) {
      expect(await zookeeper.fourLetterWord({ host: address, port: 2181 }, "conf")).toMatch(/^maxClientCnxns=77$/m);
      const [pid] = await findProcesses(
        (argv) => (argv[0] ?? "").endsWith("java") && argv.some((word) => word.startsWith(`${own}/`)),
      );
      const flags = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
      expect(flags.findLast((flag) => flag.startsWith("-Xmx"))).toBe("-Xmx112m");
      expect(flags).toEqual(expect.arrayContaining(["-Dzkshift.example=template", "-Dzkshift.own=1"]));
    }
    await writer.stop();
    expect(writer.stats().sessionsLost).toBe(0);
    for (const { address } of hosts) {
      const found = await writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  },
);
