// Servers that a service manager runs: runit, whose supervisor starts again whatever ends, and a real systemd with `Restart=always`.
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type SandboxServer, waitUntilServing } from "../../sandbox/ensemble/server.ts";
import { type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { makeLocalTransport } from "../../src/hosts/local.ts";
import type { Transport } from "../../src/hosts/transport.ts";
import type { Placement, Service, ServiceCommands } from "../../src/model/inventory.ts";
import type { ServerControl } from "../../src/ports.ts";
import { eventually } from "../support/eventually.ts";
import { failureOf } from "../support/failure-of.ts";
import { placementOf } from "../support/placement-of.ts";
import { mayRunSystemd, type PrivateSystemd, startSystemd } from "../support/private-systemd.ts";

/** Above what runit, or systemd as these units tell it, waits before it starts again what has ended. */
const REVIVAL_MS = 1_500;

let token = 100n;
const next = (): bigint => ++token;

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A server laid out as zkshift does, and stopped. */
const stoppedServer = async (dir: string): Promise<{ ensemble: SandboxEnsemble; server: SandboxServer }> => {
  const ensemble = await startEnsemble({ name: "kept", dir: join(dir, "kept"), release: "3.8.0", size: 1 });
  const [server] = ensemble.servers;
  if (server === undefined) throw new Error("no server");
  await controlOf(placementOf(server, ensemble.ports), makeLocalTransport).stop("TERM", next());
  return { ensemble, server };
};

const controlOf = (placement: Placement, transport: (host: string) => Transport): ServerControl =>
  makeHosts({ transport: (host) => transport(host.name) }).server(placement);

const withService = (placement: Placement, service: Service): Placement => ({
  ...placement,
  host: { ...placement.host, service },
});

describe("a server that runit keeps running", () => {
  let dir: string;
  let ensemble: SandboxEnsemble;
  let server: SandboxServer;
  let placement: Placement;
  let supervisor: ChildProcess;
  let commands: ServiceCommands;

  const by = (service: Service): ServerControl => controlOf(withService(placement, service), makeLocalTransport);
  const serving = () => waitUntilServing(server, 30_000);
  const runs = (home: string): string =>
    `#!/bin/sh\nexec >/dev/null 2>&1\nexport ZOOCFGDIR='${server.conf}' ZOO_LOG_DIR='${server.logs}'\nexec '${home}/bin/zkServer.sh' start-foreground zoo.cfg\n`;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-runit-"));
    ({ ensemble, server } = await stoppedServer(dir));
    placement = placementOf(server, ensemble.ports);
    // The server's id and its host's name stand in the commands as placeholders.
    const service = join(dir, "zk-1-zk1");
    await mkdir(service);
    await writeFile(join(service, "down"), "");
    await writeFile(join(service, "run"), runs(placement.host.paths.current), { mode: 0o755 });
    supervisor = spawn("runsv", [service], { stdio: "ignore" });
    await vi.waitFor(() => runCommand("sv", ["status", service]), { timeout: 10_000 });
    const named = join(dir, "zk-{id}-{host}");
    commands = {
      start: ["sv", "up", named],
      stop: ["sv", "down", named],
      status: ["sh", "-c", 'sv status "$1" | grep "^run:"', "status", named],
    };
  });
  afterAll(async () => {
    if (commands !== undefined) await by({ command: commands }).stop("KILL", next());
    supervisor?.kill("SIGTERM");
    await ensemble?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it("is started and stopped by its commands, and stays stopped", async () => {
    const control = by({ command: commands });
    const { pid } = await control.start(next());
    await serving();
    expect((await control.facts()).problems).toEqual([]);
    expect((await control.facts()).process).toMatchObject({ pid, home: server.distribution });
    expect(await control.start(next())).toEqual({ pid });
    expect(await control.stop("TERM", next())).toEqual({ pid });
    expect(lives(pid)).toBe(false);
    await sleep(REVIVAL_MS);
    expect(await control.isRunning()).toBe(false);
    expect(await control.stop("TERM", next())).toBeNull();
  });

  it("is not revived after a kill", async () => {
    const control = by({ command: commands });
    const { pid } = await control.start(next());
    await serving();
    expect(await control.stop("KILL", next())).toEqual({ pid });
    expect(lives(pid)).toBe(false);
    await sleep(REVIVAL_MS);
    expect(await control.isRunning()).toBe(false);
  });

  it("is told by its facts, where the inventory says zkServer, as one that will be revived", async () => {
    const control = by({ command: commands });
    await control.start(next());
    await serving();
    expect((await by("zkServer").facts()).problems).toEqual([
      expect.stringMatching(/^it is run by runsv \(pid \d+\), which starts it again whenever it ends: give its host/),
    ]);
  });

  it("is told as revived when its stop command does not tell the supervisor", async () => {
    const control = by({ command: { ...commands, stop: ["true"] } });
    const failure = await failureOf(control.stop("KILL", next()));
    expect(failure.code).toBe("REVIVED");
    expect(failure.message).toMatch(
      /process \d+ was ended, and process \d+ of the same server runs: something starts it/,
    );
    expect(await control.isRunning()).toBe(true);
  });

  it("is left as it is when its stop command fails", async () => {
    await serving();
    const control = by({ command: { ...commands, stop: ["sh", "-c", "echo no such service; exit 7"] } });
    const failure = await failureOf(control.stop("TERM", next()));
    expect(failure.code).toBe("SERVICE_COMMAND_FAILED");
    expect(failure.message).toMatch(/ended with code 7, and process \d+ still runs: no such service/);
    expect(await control.isRunning()).toBe(true);
  });

  it("has its faulty commands told before anything is done", async () => {
    const missing = by({ command: { ...commands, start: ["no-such-program", "up"] } });
    expect((await missing.facts()).problems).toEqual(["the program no-such-program of its `service` is missing."]);
    const another = by({ command: { ...commands, status: ["sh", "-c", "echo down: other; exit 3"] } });
    expect((await another.facts()).problems).toEqual([
      "its status command ends with code 3 while its process runs (down: other): the commands may be another server's, or it was started by other means.",
    ]);
  });

  it("is refused when its supervisor runs another distribution than `current` points at", async () => {
    const control = by({ command: commands });
    await control.stop("KILL", next());
    const { current } = placement.host.paths;
    const other = join(dir, "other");
    await runCommand("cp", ["-a", server.distribution, other]);
    await unlink(current);
    await symlink(other, current);
    await writeFile(join(dir, "zk-1-zk1", "run"), runs(server.distribution));
    const failure = await failureOf(control.start(next()));
    expect(failure.code).toBe("RUNS_ANOTHER_HOME");
    expect(failure.message).toContain(`its manager runs ${server.distribution}, and ${current} points at ${other}.`);
    await control.stop("KILL", next());
    await unlink(current);
    await symlink(server.distribution, current);
  });

  it("tells what the start command said when it fails", async () => {
    const control = by({ command: { ...commands, start: ["sh", "-c", "echo out of order; exit 4"] } });
    const failure = await failureOf(control.start(next()));
    expect(failure.code).toBe("START_FAILED");
    expect(failure.message).toContain("the start command ended with code 4: out of order");
  });
});

describe.runIf(await mayRunSystemd())("a server that systemd keeps running", () => {
  const OWNER = { uid: 4711, gid: 4711 };
  const UNIT = "zookeeper.service";
  let dir: string;
  let ensemble: SandboxEnsemble;
  let server: SandboxServer;
  let placement: Placement;
  let systemd: PrivateSystemd;

  const by = (service: Service, user?: typeof OWNER): ServerControl =>
    controlOf(withService(placement, service), (host) => systemd.transport(host, user));
  const serving = () => waitUntilServing(server, 30_000);
  const show = async (property: string): Promise<string> =>
    (await systemd.run("systemctl", "show", "-p", property, "--value", UNIT)).trim();
  const writeUnit = async (settings: readonly string[], home = placement.host.paths.current): Promise<void> => {
    const lines = [
      "[Unit]",
      "StartLimitIntervalSec=0",
      "[Service]",
      `Environment=ZOOCFGDIR=${server.conf} ZOO_LOG_DIR=${server.logs}`,
      `ExecStart=${home}/bin/zkServer.sh start-foreground zoo.cfg`,
      "Restart=always",
      "RestartSec=0",
      ...settings,
    ];
    await systemd.write(`/etc/systemd/system/${UNIT}`, `${lines.join("\n")}\n`);
    await systemd.run("systemctl", "daemon-reload");
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-units-"));
    ({ ensemble, server } = await stoppedServer(dir));
    placement = placementOf(server, ensemble.ports);
    systemd = await startSystemd(dir);
    await writeUnit([]);
  });
  afterAll(async () => {
    await systemd?.stop();
    await ensemble?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it("is started and stopped by its unit, and stays stopped", async () => {
    const control = by({ systemd: UNIT });
    const { pid } = await control.start(next());
    await serving();
    expect(await show("MainPID")).toBe(String(pid));
    expect((await control.facts()).problems).toEqual([]);
    expect((await control.facts()).process).toMatchObject({ pid, home: server.distribution });
    expect(await control.stop("TERM", next())).toEqual({ pid });
    await sleep(REVIVAL_MS);
    expect(await control.isRunning()).toBe(false);
    expect(await show("MainPID")).toBe("0");
  });

  it("is not revived after a kill, whatever `Restart=` says", async () => {
    const control = by({ systemd: UNIT });
    const { pid } = await control.start(next());
    await serving();
    const from = performance.now();
    expect(await control.stop("KILL", next())).toEqual({ pid });
    expect(performance.now() - from).toBeLessThan(5_000);
    await sleep(REVIVAL_MS);
    expect(await control.isRunning()).toBe(false);
    expect(await show("MainPID")).toBe("0");
  });

  it("is told, where the inventory says zkServer, as one that will be revived, and as revived when it is", async () => {
    await by({ systemd: UNIT }).start(next());
    await serving();
    const control = by("zkServer");
    expect((await control.facts()).problems).toEqual([
      "it is run by the systemd unit zookeeper.service, which starts it again whenever it ends (Restart=always): give its host `service: systemd:zookeeper`.",
    ]);
    const before = (await control.facts()).process?.pid;
    await control.stop("KILL", next());
    await eventually(() => control.isRunning()).toBe(true);
    expect((await control.facts()).process?.pid).not.toBe(before);
    await by({ systemd: UNIT }).stop("KILL", next());
  });

  it("is told when another process than the unit's runs", async () => {
    await by("zkServer").start(next());
    await serving();
    const control = by({ systemd: UNIT });
    expect((await control.facts()).problems).toEqual([
      expect.stringMatching(/^its process \d+ was not started by the unit zookeeper\.service: stop it, and start/),
    ]);
    expect(await control.stop("TERM", next())).not.toBeNull();
    expect(await control.isRunning()).toBe(false);
  });

  it("tells a start that systemd repeats over and over", async () => {
    await writeUnit([], join(dir, "nowhere"));
    const control = by({ systemd: UNIT });
    const failure = await failureOf(control.start(next()));
    expect(failure.code).toBe("START_FAILED");
    expect(failure.message).toMatch(/the process of zookeeper\.service ended at once \(exit-code\)|has failed/);
    await control.stop("TERM", next());
    expect(await show("ActiveState")).toMatch(/^(inactive|failed)$/);
    await writeUnit([]);
  });

  it("tells a unit that is masked, or not there", async () => {
    await systemd.run("systemctl", "mask", "--runtime", "masked.service");
    const masked = by({ systemd: "masked.service" });
    expect((await masked.facts()).problems).toEqual([
      "the unit masked.service cannot be used: systemd counts it as masked.",
    ]);
    expect((await failureOf(masked.start(next()))).code).toBe("UNIT_UNUSABLE");
    expect((await by({ systemd: "nothing.service" }).facts()).problems).toEqual([
      "the unit nothing.service cannot be used: systemd has no unit of that name.",
    ]);
  });

  it("is refused when its unit runs another distribution than `current` points at", async () => {
    const other = join(dir, "other");
    await runCommand("cp", ["-a", server.distribution, other]);
    await writeUnit([], other);
    const control = by({ systemd: UNIT });
    const failure = await failureOf(control.start(next()));
    expect(failure.code).toBe("RUNS_ANOTHER_HOME");
    expect(failure.message).toContain(`its manager runs ${other}, and ${placement.host.paths.current} points at`);
    await control.stop("KILL", next());
    await writeUnit([]);
  });

  it("is run by an ordinary user whom sudo lets run systemctl, and refused without", async () => {
    await runCommand("chown", ["-R", `${OWNER.uid}:${OWNER.gid}`, dir]);
    await chmod(dir, 0o755);
    await chown(dir, OWNER.uid, OWNER.gid);
    await systemd.run(
      "sh",
      "-c",
      `echo 'zk:x:${OWNER.uid}:${OWNER.gid}::/:/bin/sh' >>/etc/passwd; echo 'zk:x:${OWNER.gid}:' >>/etc/group; echo 'zk:*:19000:0:99999:7:::' >>/etc/shadow`,
    );
    await writeUnit(["User=zk"]);
    await systemd.run("systemctl", "start", "dbus.socket", "dbus.service");
    const control = by({ systemd: UNIT }, OWNER);
    const refused = await failureOf(control.start(next()));
    expect(refused.code).toBe("SERVICE_NOT_ALLOWED");
    expect(refused.message).toContain("zk cannot start the unit zookeeper.service: sudo: a password is required");
    expect((await control.facts()).problems).toContain(
      "zk may not run `systemctl --no-block stop zookeeper.service` by sudo without a password.",
    );
    const allowed = ["--no-block start", "--no-block stop", "kill --signal\\=SIGKILL", "reset-failed"];
    await systemd.write(
      "/etc/sudoers.d/zkshift",
      allowed.map((what) => `zk ALL=(root) NOPASSWD: /usr/bin/systemctl ${what} ${UNIT}\n`).join(""),
    );
    const { pid } = await control.start(next());
    await serving();
    expect((await control.facts()).problems).toEqual([]);
    expect(await control.stop("KILL", next())).toEqual({ pid });
    await sleep(REVIVAL_MS);
    expect(await control.isRunning()).toBe(false);
  });
});
