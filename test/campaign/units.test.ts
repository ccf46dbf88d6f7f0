// packaging/'s units under a real systemd, installed as docs/install.md says, with hosts by ssh: bot and worker come up with their
// secrets, a stopped worker gives its lease over, a killed one comes back, and one with wrong settings stays down.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startApp } from "../../sandbox/app-process.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { createSandboxClient, type SandboxClient } from "../../sandbox/workspace/client.ts";
import { startWorkspace } from "../../sandbox/workspace/workspace.ts";
import { makeSshPool } from "../../src/hosts/ssh/pool.ts";
import { ensembleName, type RunId } from "../../src/model/ids.ts";
import type { RecordedEvent } from "../../src/model/run-event.ts";
import { verifyChain } from "../../src/run/chain.ts";
import { leaseKey } from "../../src/store/keys.ts";
import { connectRedis, type RedisConnection } from "../../src/store/redis.ts";
import { makeRunLog } from "../../src/store/run-log.ts";
import { mayRunSystemd, type PrivateSystemd, startSystemd } from "../support/private-systemd.ts";
import { waitFor } from "../support/run-on-stage.ts";
import { startSshEnsemble } from "../support/ssh-ensemble.ts";
import { openSshHosts } from "../support/ssh-hosts.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const BOT = "zkshift-bot";
const WORKER = "zkshift-worker";
type Property = "ActiveState" | "SubState" | "MainPID" | "NRestarts" | "ExecMainStatus" | "Result";

/** `npm run build` and what belongs to it, as step 2 of docs/install.md leaves it. */
const buildInto = async (folder: string): Promise<void> => {
  const files = await runCommand("git", ["ls-files", "-z"], { cwd: ROOT });
  await mkdir(folder);
  await runCommand("sh", ["-c", 'tar -cf - --null -T - | tar -xf - -C "$1"', "copy", folder], {
    cwd: ROOT,
    input: files,
  });
  await runCommand("sh", ["-c", 'cp -a "$(readlink -f node_modules)" "$1/node_modules"', "copy", folder], {
    cwd: ROOT,
    timeoutMs: 120_000,
  });
  await runCommand("sh", ["-c", "npm run build && npm prune --omit=dev --offline --no-audit --no-fund"], {
    cwd: folder,
    timeoutMs: 300_000,
  });
};

describe.runIf(await mayRunSystemd())("bot and worker as units of systemd (needs root and a systemd)", () => {
  const closers: (() => unknown)[] = [];
  let dir: string;
  let systemd: PrivateSystemd;
  let slack: SandboxClient;
  let redis: RedisConnection;
  /** Of a worker beside the unit's. */
  let environment: Readonly<Record<string, string>>;
  const ports = new Map<string, number>();

  const show = async (unit: string, property: Property): Promise<string> =>
    (await systemd.run("systemctl", "show", "-p", property, "--value", unit)).trim();
  const logOf = (unit: string): Promise<string> => readFile(join(dir, "shared", `${unit}.log`), "utf8");
  const isReady = async (unit: string): Promise<true> => {
    await waitFor(
      `${unit} to be ready`,
      () =>
        fetch(`http://127.0.0.1:${ports.get(unit)}/readyz`).then(
          (response) => response.ok,
          () => false,
        ),
      60_000,
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await logOf(unit).catch(() => "no log")}`);
    });
    return true;
  };
  const newestRun = async (): Promise<RunId | null> =>
    (await makeRunLog(redis).list(ensembleName("orders"), 1))[0] ?? null;
  const environmentOf = async (unit: string): Promise<string> =>
    systemd.run("sh", "-c", `tr '\\0' '\\n' </proc/${await show(unit, "MainPID")}/environ`);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-units-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    await runCommand("chmod", ["755", dir]);
    const shared = join(dir, "shared");
    await mkdir(shared);
    const workspace = await startWorkspace({ rateLimits: "relaxed" });
    closers.push(() => workspace.close());
    slack = createSandboxClient(workspace.url);
    const server = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => server.stop());
    redis = connectRedis(server.url, "worker");
    closers.push(() => redis.disconnect());
    const { hosts, close } = await openSshHosts(dir, 3);
    closers.push(close);
    const pool = makeSshPool(() => "");
    const ensemble = await startSshEnsemble(hosts, "3.8.0", pool);
    closers.push(() => ensemble.stop());
    pool.close();
    const releases = await ensureReleases(["3.8.0", "3.9.6"], () => undefined);
    const inventory = join(dir, "ensembles.yaml");
    await writeFile(inventory, ensemble.inventoryYaml);
    environment = {
      REDIS_URL: server.url,
      ENSEMBLES_FILE: inventory,
      RELEASES_URL: releases.url,
      STATE_DIR: join(dir, "state"),
      ...ensemble.environment,
    };

    await buildInto(join(shared, "zkshift"));
    await mkdir(join(shared, "releases"));
    for (const file of releases.files.values())
      await runCommand("cp", ["-a", resolve(file, ".."), join(shared, "releases")]);
    await mkdir(join(shared, "keys"));
    let inside = ensemble.inventoryYaml;
    for (const { name, sshd } of hosts) {
      for (const kind of ["key", "knownHosts"] as const) {
        const place = `/etc/zkshift/ssh/${name}-${kind}`;
        await runCommand("cp", [sshd.access[kind] ?? "", join(shared, "keys", `${name}-${kind}`)]);
        inside = inside.replaceAll(String(sshd.access[kind]), place);
      }
    }
    await writeFile(join(shared, "ensembles.yaml"), inside);

    systemd = await startSystemd(shared);
    closers.push(() => systemd.stop());
    const sh = (script: string): Promise<string> => systemd.run("sh", "-euc", script);
    // What a machine has, and this one's bare root has not.
    await sh(
      `mkdir -p /home /opt/zkshift /srv/zookeeper && mount --bind ${shared}/zkshift /opt/zkshift && mount --bind ${shared}/releases /srv/zookeeper`,
    );
    // docs/install.md, "Without Docker", from the second line on.
    await sh(
      `install -d -m 700 /etc/zkshift/secrets
       cp ${shared}/ensembles.yaml /etc/zkshift/ensembles.yaml
       install -m 600 /dev/null /etc/zkshift/worker.env
       useradd --system --create-home zkshift-worker
       cp /opt/zkshift/packaging/*.service /etc/systemd/system/
       install -d -m 700 -o zkshift-worker /etc/zkshift/ssh
       install -m 600 -o zkshift-worker ${shared}/keys/* /etc/zkshift/ssh/`,
    );
    const secrets = {
      "slack-bot-token": workspace.botToken,
      "slack-app-token": workspace.appToken,
      "redis-url": server.url,
    };
    for (const [name, value] of Object.entries(secrets))
      await systemd.write(`/etc/zkshift/secrets/${name}`, `${value}\n`);
    const named = { RELEASES_URL: "file:///srv/zookeeper/", ...ensemble.environment };
    const lines = Object.entries(named).map(([name, value]) => `${name}=${value}`);
    await systemd.write("/etc/zkshift/worker.env", `${lines.join("\n")}\n`);
    // What is the test's own: ports that are free, the workspace in Slack's place, a log in a journal's.
    for (const unit of [BOT, WORKER]) {
      const port = await findFreePort();
      ports.set(unit, port);
      await sh(`mkdir -p /etc/systemd/system/${unit}.service.d`);
      await systemd.write(
        `/etc/systemd/system/${unit}.service.d/test.conf`,
        `[Service]\nEnvironment=HTTP_PORT=${port} SLACK_API_URL=${workspace.apiUrl}\nStandardOutput=append:${shared}/${unit}.log\nStandardError=inherit\n`,
      );
    }
    await systemd.run("systemctl", "daemon-reload");
  }, 600_000);
  afterAll(async () => {
    for (const close of closers.toReversed()) await close();
  });

  it("come up, each with its own secrets, and answer /zk status", { timeout: 180_000 }, async () => {
    await systemd.run("systemctl", "enable", "--now", `${BOT}.service`, `${WORKER}.service`);
    await Promise.all([BOT, WORKER].map((unit) => isReady(unit)));
    await slack.command("operator", "zookeeper", "/zk status orders");
    const answer = await slack.waitForMessage(
      { channel: "zookeeper", user: "operator" },
      (message) => JSON.stringify(message.blocks).includes("3.8.0"),
      30_000,
    );
    expect(answer.text).toContain("orders");
    expect(await environmentOf(BOT)).not.toMatch(/SUPER|super:/);
    expect(await environmentOf(WORKER)).not.toMatch(/SLACK_(BOT|APP)_TOKEN/);
  });

  it("gives the lease over when systemctl stops the worker", { timeout: 300_000 }, async () => {
    await slack.command("operator", "zookeeper", "/zk upgrade orders 3.9.6");
    const plan = await slack.waitForMessage(
      { channel: "zookeeper" },
      (message) => JSON.stringify(message.blocks).includes('"approve"'),
      60_000,
    );
    const run = await waitFor("the run", newestRun);
    await slack.click("approver", plan, "approve");
    const log = makeRunLog(redis);
    // In a turn, a server stopped: the worst moment for a lease that is left behind.
    const begun = await waitFor(
      "a start-server step",
      async () => {
        const events = await log.read(run);
        const steps = events.flatMap(({ event }) => (event.type === "proposed" ? event.plan.steps : []));
        const last = events.at(-1);
        return last?.event.type === "step-started" && steps[last.event.step]?.kind === "start-server" ? last : null;
      },
      120_000,
    );
    const pid = await show(WORKER, "MainPID");
    const stoppedAt = Date.now();
    await systemd.run("systemctl", "stop", WORKER);
    const endedMs = Date.now() - stoppedAt;
    expect(await Promise.all((["Result", "ExecMainStatus"] as const).map((name) => show(WORKER, name)))).toEqual([
      "success",
      "0",
    ]);
    // Given back, not left to run out.
    expect(await redis.exists(leaseKey(ensembleName("orders")))).toBe(0);
    const left = (await log.read(run)).at(-1) ?? begun;
    expect(actorPid(left)).toBe(actorPid(begun));
    expect(left.event.type).not.toBe("finished");
    const other = await startApp({ role: "worker", dir, environment });
    try {
      const next = await waitFor(
        "the other worker",
        async () => (await log.read(run)).find(({ seq }) => seq > left.seq) ?? null,
      );
      expect(actorPid(next)).toBe(other.pid);
      expect(actorPid(begun)).not.toBe(other.pid);
      console.log(
        `worker ${pid} ended after ${endedMs} ms; the other's first entry ${next.at - stoppedAt} ms after the stop`,
      );
      const events = await waitFor(
        "the end",
        async () => {
          const all = await log.read(run);
          return all.at(-1)?.event.type === "finished" ? all : null;
        },
        150_000,
      );
      expect(events.at(-1)?.event).toMatchObject({ outcome: "succeeded" });
      expect(verifyChain(events).ok).toBe(true);
    } finally {
      await other.stop();
    }
  });

  it("come back when they are killed", { timeout: 120_000 }, async () => {
    await systemd.run("systemctl", "start", WORKER);
    await isReady(WORKER);
    for (const unit of [BOT, WORKER]) {
      const pid = await show(unit, "MainPID");
      await systemd.run("kill", "-KILL", pid);
      await waitFor(`${unit} to be started again`, async () => {
        const now = await show(unit, "MainPID");
        return now !== "0" && now !== pid;
      });
      await isReady(unit);
      expect(await show(unit, "NRestarts")).toBe("1");
    }
  });

  it("are started again and again while Redis refuses them, and come up once it does not", {
    timeout: 180_000,
  }, async () => {
    await redis.config("SET", "requirepass", "sesame");
    for (const unit of [BOT, WORKER]) {
      await systemd.run("systemctl", "restart", unit);
      await waitFor(`${unit} to try seven times`, async () => Number(await show(unit, "NRestarts")) >= 7, 90_000);
      expect(await show(unit, "ActiveState")).not.toBe("failed");
      expect(await logOf(unit)).toContain("Redis refuses zkshift, so zkshift cannot start (NOAUTH).");
    }
    await redis.config("SET", "requirepass", "");
    await Promise.all([BOT, WORKER].map((unit) => isReady(unit)));
  });

  it("stay down with settings that a person must correct, and say which", { timeout: 120_000 }, async () => {
    await systemd.run("sh", "-c", "echo LOG_LEVEL=loud >>/etc/zkshift/worker.env");
    await systemd.run("systemctl", "restart", WORKER);
    await waitFor("the worker to fail", async () => (await show(WORKER, "ActiveState")) === "failed");
    expect(await show(WORKER, "ExecMainStatus")).toBe("1");
    expect(await logOf(WORKER)).toContain("LOG_LEVEL: must be trace, debug, info, warn, error, fatal or silent");
    await systemd.run("sed", "-i", "/LOG_LEVEL/d", "/etc/zkshift/worker.env");
    await systemd.run("systemctl", "start", WORKER);
    await isReady(WORKER);
  });
});

const actorPid = ({ actor }: RecordedEvent): number | null =>
  actor.kind === "worker" ? Number(actor.name.split("/").at(-1)) : null;
