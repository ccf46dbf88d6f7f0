// What every host driver must do, shown on real servers. A driver joins by adding its transport to the list.
import { execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmod,
  cp,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type SandboxServer, serverProcesses, waitUntilServing } from "../../sandbox/ensemble/server.ts";
import { type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { connectClient } from "../../sandbox/zookeeper-client.ts";
import { codeOf, OpsError } from "../../src/errors.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { makeLocalTransport } from "../../src/hosts/local.ts";
import type { Transport } from "../../src/hosts/transport.ts";
import { zxid } from "../../src/model/ids.ts";
import type { Placement } from "../../src/model/inventory.ts";
import { release } from "../../src/model/release.ts";
import type { ReleaseArchive, ServerControl } from "../../src/ports.ts";
import { failureOf } from "../support/failure-of.ts";
import { CAMPAIGN, inCampaign } from "../support/in-campaign.ts";
import { placementOf } from "../support/placement-of.ts";
import { makeSshMachine } from "../support/ssh-machine.ts";

const run = promisify(execFile);

const archiveOf = async (file: string, of: string): Promise<ReleaseArchive> => {
  const content = await readFile(file);
  return {
    release: release(of),
    file,
    sha512: createHash("sha512").update(content).digest("hex"),
    bytes: content.length,
  };
};

/** Fence tokens that only grow, as a lease's do. */
let token = 100n;
const next = (): bigint => ++token;

const commandLine = async (pid: number): Promise<readonly string[]> =>
  (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");

/** Opened where ssh has its turn: the whole of it only in a campaign, for what it does by itself is shown in ssh-driver.test.ts. */
const machine = makeSshMachine();
const drivers: readonly [string, (host: string) => Transport][] = [
  ["local", makeLocalTransport],
  ...(!CAMPAIGN ? [] : [["ssh", machine.to] satisfies [string, (host: string) => Transport]]),
];

afterAll(() => machine.close());

describe.each(drivers)("the %s driver", (driver, makeTransport) => {
  let dir: string;
  let files: ReadonlyMap<string, string>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-hosts-"));
    if (driver === "ssh") await machine.open(join(dir, "sshd"));
    ({ files } = await ensureReleases(["3.4.13", "3.8.0", "3.9.6"], () => undefined));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const controlOf = (placement: Placement, wrap: (inner: Transport) => Transport = (inner) => inner): ServerControl =>
    makeHosts({ transport: (host) => wrap(makeTransport(host.name)) }).server(placement);

  describe("with a server in zkshift's own layout", () => {
    let ensemble: SandboxEnsemble;
    let server: SandboxServer;
    let placement: Placement;
    let control: ServerControl;

    beforeAll(async () => {
      ensemble = await startEnsemble({ name: "own", dir: join(dir, "own"), release: "3.8.0", size: 1 });
      const [first] = ensemble.servers;
      if (first === undefined) throw new Error("no server");
      server = first;
      placement = placementOf(server, ensemble.ports);
      control = controlOf(placement);
    });
    afterAll(() => ensemble?.stop());

    const serving = () => waitUntilServing(server, 30_000);

    it("tells the facts of a running server", async () => {
      const facts = await control.facts({ peers: ["127.0.0.1", "localhost", "no-such-name.invalid"] });
      const [pid] = await serverProcesses(server);
      expect(facts.process).toEqual({
        pid,
        home: server.distribution,
        configFile: server.configFile,
        jvmFlags: [],
        awaitingStart: [],
      });
      expect(facts.configFile).toBe(server.configFile);
      expect(facts.configText).toBe(await readFile(server.configFile, "utf8"));
      expect(facts.dynamicText).toMatch(/^server\.1=.*participant/m);
      expect(facts.javaEnvText).toContain("-Xmx160m");
      expect(facts.javaEnvText).toMatch(/superDigest=…/);
      expect(facts.myid).toBe("1");
      expect(facts.installed).toEqual(["3.8.0"]);
      expect(facts.current).toBe(server.distribution);
      expect(facts.snapshots).toBeGreaterThan(0);
      expect(facts.dataBytes).toBeGreaterThan(0);
      expect(facts.freeBytes).toBeGreaterThan(1e6);
      expect(facts.javaMajor).toBeGreaterThanOrEqual(8);
      expect(Math.abs(facts.clockOffsetMs)).toBeLessThan(5000);
      expect(facts.problems).toEqual(["the name no-such-name.invalid does not resolve on this host."]);
    });

    it("does nothing when told to start a server that runs", async () => {
      const [pid] = await serverProcesses(server);
      expect(await control.start(next())).toEqual({ pid });
      expect(await serverProcesses(server)).toEqual([pid]);
    });

    it("stops, says when there is nothing to stop, and starts again", async () => {
      const [pid] = await serverProcesses(server);
      expect(await control.stop("TERM", next())).toEqual({ pid });
      expect(await control.isRunning()).toBe(false);
      expect(await readdir(server.data)).not.toContain("zookeeper_server.pid");
      expect(await control.stop("KILL", next())).toBeNull();
      const started = await control.start(next());
      expect(await control.isRunning()).toBe(true);
      expect(await serverProcesses(server)).toEqual([started.pid]);
      await serving();
    });

    it("keeps the JVM flags and Java that the stopped process had and no file holds, and shows no secret", async () => {
      await control.stop("TERM", next());
      await run(join(server.distribution, "bin", "zkServer.sh"), ["start"], {
        env: {
          PATH: process.env.PATH ?? "",
          ZOOCFGDIR: server.conf,
          ZOO_LOG_DIR: join(server.root, "other-logs"),
          JVMFLAGS: "-Djute.maxbuffer=2097152 -Dmy.password=sesame",
        },
      });
      const facts = await control.facts();
      expect(facts.process?.jvmFlags).toEqual(["-Djute.maxbuffer=2097152", "-Dmy.password=…"]);
      expect(JSON.stringify(facts)).not.toContain("sesame");

      await control.stop("KILL", next());
      const kept = join(server.root, ".zkshift", "server.1", "launch", "cmdline");
      expect((await stat(kept)).mode & 0o077).toBe(0);
      const { pid } = await control.start(next());
      const argv = await commandLine(pid);
      expect(argv).toContain("-Djute.maxbuffer=2097152");
      expect(argv).toContain("-Dmy.password=sesame");
      expect(argv).toContain(`-Dzookeeper.log.dir=${join(server.root, "other-logs")}`);
      expect(argv.filter((flag) => flag === "-Xmx160m")).toHaveLength(1);
      await serving();

      // And once more: nothing piles up from start to start.
      await control.stop("TERM", next());
      expect(await commandLine((await control.start(next())).pid)).toEqual(argv);
      await serving();
    });

    it("gives a started server none of the worker's own variables", async () => {
      process.env.SLACK_BOT_TOKEN = "xoxb-not-for-hosts";
      await control.stop("TERM", next());
      const { pid } = await control.start(next());
      delete process.env.SLACK_BOT_TOKEN;
      expect(await readFile(`/proc/${pid}/environ`, "utf8")).not.toContain("xoxb-not-for-hosts");
      await serving();
    });

    it("starts one process when two start at once", async () => {
      await control.stop("TERM", next());
      const fence = next();
      const pids = await Promise.all([control.start(fence), controlOf(placement).start(fence)]);
      expect(pids[0]).toEqual(pids[1]);
      expect(await serverProcesses(server)).toHaveLength(1);
      await serving();
    });

    it.each(CAMPAIGN ? [0, 150, 600] : [150])(
      "ends with one server when the starting worker is killed after %i ms",
      async (afterMs) => {
        await control.stop("TERM", next());
        const starter = spawn(
          process.execPath,
          [
            "--import",
            "tsx",
            new URL("../support/start-server-alone.ts", import.meta.url).pathname,
            JSON.stringify(placement),
            `${next()}`,
          ],
          { stdio: ["ignore", "pipe", "inherit"] },
        );
        await new Promise((resolve) => starter.stdout.once("data", resolve));
        await sleep(afterMs);
        starter.kill("SIGKILL");
        const { pid } = await control.start(next());
        await serving();
        expect(await serverProcesses(server)).toEqual([pid]);
      },
    );

    it("does not leave its lock with the server it started", async () => {
      await run("flock", ["-n", join(server.root, ".zkshift", "fence.lock"), "true"]);
      const [pid] = await serverProcesses(server);
      const open = await Promise.all(
        (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")),
      );
      expect(open.filter((target) => target.includes(".zkshift"))).toEqual([]);
    });

    it("refuses every effect with an older token, before it has any effect", async () => {
      const newest = next();
      const text = await control.readConfig();
      await control.writeConfig(text, newest);
      const [pid] = await serverProcesses(server);
      const old = newest - 1n;
      const archive = await archiveOf(files.get("3.9.6") ?? "", "3.9.6");
      const effects = [
        () => control.stop("KILL", old),
        () => control.start(old),
        () => control.writeConfig(`${text}x=1\n`, old),
        () => control.switchHome("/nowhere", old),
        () => control.switchRelease(release("3.8.0"), old),
        () => control.installRelease(archive, old),
      ];
      for (const effect of effects) {
        const error = await failureOf(effect());
        expect([error.kind, error.code]).toEqual(["refused", "FENCED"]);
      }
      expect(await serverProcesses(server)).toEqual([pid]);
      expect(await control.readConfig()).toBe(text);
      expect(await readdir(join(server.root, "releases"))).not.toContain("apache-zookeeper-3.9.6-bin");
      expect(await control.start(newest)).toEqual({ pid });
    });

    it("replaces the configuration in one piece, mode kept, and keeps the first original", async () => {
      const original = await control.readConfig();
      await rm(`${server.configFile}.before-zkshift`, { force: true });
      await chmod(server.configFile, 0o640);
      await control.writeConfig(`${original}maxClientCnxns=71\n`, next());
      await control.writeConfig(`${original}maxClientCnxns=72\n# ä "quoted" $HOME \`x\`\n`, next());
      expect(await control.readConfig()).toBe(`${original}maxClientCnxns=72\n# ä "quoted" $HOME \`x\`\n`);
      expect((await stat(server.configFile)).mode & 0o777).toBe(0o640);
      expect(await readFile(`${server.configFile}.before-zkshift`, "utf8")).toBe(original);
      await control.writeConfig(original, next());
    });

    it("drops a configuration that arrives cut short", async () => {
      const cutting = controlOf(placement, (inner) => ({
        ...inner,
        exec: (argv, options) =>
          inner.exec(argv, options.stdin === undefined ? options : { ...options, stdin: options.stdin.slice(0, 20) }),
      }));
      const text = await control.readConfig();
      const error = await failureOf(cutting.writeConfig(`${text}maxClientCnxns=73\n`, next()));
      expect([error.kind, error.code]).toEqual(["transient", "CUT_SHORT"]);
      expect(await control.readConfig()).toBe(text);
      expect((await readdir(server.conf)).filter((name) => name.includes("zkshift-new"))).toEqual([]);
    });

    it("keeps a configuration that is a link a link", async () => {
      await control.stop("TERM", next());
      const real = join(server.root, "shared.cfg");
      await cp(server.configFile, real);
      await rm(server.configFile);
      await symlink(real, server.configFile);
      const text = await control.readConfig();
      await control.writeConfig(`${text}maxClientCnxns=74\n`, next());
      expect(await readlink(server.configFile)).toBe(real);
      expect(await readFile(real, "utf8")).toContain("maxClientCnxns=74");
      await rm(server.configFile);
      await writeFile(server.configFile, text);
      await control.start(next());
      await serving();
    });

    it("copies the newest complete snapshot, its logs and the configuration", async () => {
      const client = await connectClient(`${server.address}:${server.clientPort}`);
      await client.create("/backed-up", "yes", "persistent");
      await client.close();
      const version2 = join(server.data, "version-2");
      const snapshots = (await readdir(version2)).filter((name) => name.startsWith("snapshot."));
      await writeFile(join(version2, "snapshot.7000000ff"), "ZKSN half of a snapshot that was being written");
      const target = join(dir, "backups");
      const file = join(target, "data.tar.gz");
      const made = await control.backUp(file);
      await rm(join(version2, "snapshot.7000000ff"));
      const newest =
        snapshots.map((name) => BigInt(`0x${name.split(".")[1]}`)).sort((a, b) => (a < b ? 1 : -1))[0] ?? 0n;
      expect(made.snapshot).toBe(`0x${newest.toString(16)}`);
      const content = await readFile(file);
      expect(made.bytes).toBe(content.length);
      expect(made.sha256).toBe(createHash("sha256").update(content).digest("hex"));
      const members = (await run("tar", ["-tzf", file])).stdout.split("\n");
      expect(members).toContain(`version-2/snapshot.${newest.toString(16)}`);
      expect(members).toContain("zoo.cfg");
      expect(members).toContain("myid");
      expect(members.some((name) => /^zoo\.cfg\.dynamic/.test(name))).toBe(true);
      expect(members.some((name) => name.startsWith("version-2/log."))).toBe(true);
      expect(made.contents.map(({ name }) => name).sort()).toEqual(members.filter((name) => /[^/]$/.test(name)).sort());
      expect(await readdir(target)).toEqual(["data.tar.gz"]);
      // A snapshot that is had otherwise: the logs that go with it, and no snapshot.
      const logs = await control.backUp(file, { from: zxid(newest) });
      expect(logs.snapshot).toBe("none");
      expect(logs.contents.filter(({ name }) => /snapshot/.test(name))).toEqual([]);
      expect(logs.contents.filter(({ name }) => /^version-2\/log/.test(name)).length).toBeGreaterThan(0);
      expect(
        (await readdir(join(server.root, ".zkshift/server.1"))).filter((name) => name.startsWith("backup.")),
      ).toEqual([]);
    });

    inCampaign("gives a backup up where it is packed, and leaves nothing of it", async () => {
      // Random bytes, which take packing its time: seconds.
      const large = join(server.data, "version-2", "log.fffffffff");
      await writeFile(large, randomBytes(300_000_000));
      const own = join(server.root, ".zkshift/server.1");
      const parts = async () => (await readdir(own)).filter((name) => name.startsWith("backup."));
      const target = join(dir, "given-up");
      await mkdir(target);
      const stopping = new AbortController();
      const made = control.backUp(join(target, "data.tar.gz"), { signal: stopping.signal });
      made.catch(() => undefined);
      const patient = { timeout: 30_000, interval: 20 };
      await expect.poll(async () => (await parts()).some((name) => name.endsWith(".tar.gz")), patient).toBe(true);
      stopping.abort();
      await expect(made).rejects.toMatchObject({ name: "AbortError" });
      await expect.poll(parts, patient).toEqual([]);
      expect((await run("sh", ["-c", 'grep -laF "$1/backup." /proc/[0-9]*/cmdline || :', "sh", own])).stdout).toBe("");
      expect(await readdir(target)).toEqual([]);
      await expect(control.backUp(join(target, "data.tar.gz"), { signal: stopping.signal })).rejects.toThrow();
      expect(await parts()).toEqual([]);
      await rm(large);
    });

    it("judges death by the state: a zombie is dead, and its pid file stops no start", async () => {
      await control.stop("TERM", next());
      // The parent of this server never reaps it: `sleep` does not wait for children.
      const parent = spawn(
        "sh",
        ["-c", '"$1" start >/dev/null 2>&1; exec sleep 600', "parent", join(server.distribution, "bin", "zkServer.sh")],
        { env: { PATH: process.env.PATH ?? "", ZOOCFGDIR: server.conf, ZOO_LOG_DIR: server.logs }, stdio: "ignore" },
      );
      await serving();
      const [old = 0] = await serverProcesses(server);
      process.kill(old, "SIGKILL");
      await sleep(300);
      await writeFile(join(server.data, "zookeeper_server.pid"), `${old}`);
      expect(await control.isRunning()).toBe(false);
      expect(await control.stop("TERM", next())).toBeNull();
      await writeFile(join(server.data, "zookeeper_server.pid"), `${parent.pid}`);
      const { pid } = await control.start(next());
      expect(pid).not.toBe(old);
      await serving();
      parent.kill("SIGKILL");
    });

    inCampaign(
      "turns SIGTERM into SIGKILL for a server that does not end",
      async () => {
        const [pid = 0] = await serverProcesses(server);
        process.kill(pid, "SIGSTOP");
        expect(await control.stop("TERM", next())).toEqual({ pid });
        expect(await control.isRunning()).toBe(false);
        await control.start(next());
        await serving();
      },
      60_000,
    );

    it("shows the log of a server that cannot bind its port, and who holds it", async () => {
      await control.stop("TERM", next());
      const thief: Server = createServer();
      await new Promise<void>((resolve) => thief.listen(server.clientPort, server.address, resolve));
      try {
        const holder = await control.portHolder(server.clientPort);
        expect(holder).toMatch(new RegExp(`^pid ${process.pid} \\(.+, user .+\\)$`));
        expect((await control.facts()).problems).toEqual([
          `its client port ${server.clientPort} is taken by ${holder}.`,
        ]);
        await control.start(next()).catch((error) => expect(codeOf(error)).toBe("START_FAILED"));
        let tail = "";
        for (let tries = 0; tries < 100 && !/BindException/.test(tail); tries++) {
          await sleep(100);
          tail = await control.logTail(60);
        }
        expect(tail).toMatch(/BindException/);
        expect(tail.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
      } finally {
        await new Promise((resolve) => thief.close(resolve));
      }
      await control.stop("KILL", next());
      expect(await control.portHolder(server.clientPort)).toBeNull();
      await control.start(next());
      await serving();
    });

    it("fails a start that dies at once, with the words of the server", async () => {
      const text = await control.readConfig();
      await control.stop("TERM", next());
      await control.writeConfig(text.replace(/^tickTime=.*$/m, "tickTime=often"), next());
      const outcome = await control.start(next()).then(
        () => null,
        (error: unknown) => error,
      );
      // On a slow machine the process may still be on its way to its end when the start returns.
      if (outcome !== null) {
        expect(outcome).toBeInstanceOf(OpsError);
        expect(codeOf(outcome)).toBe("START_FAILED");
        expect((outcome as OpsError).failure.detail).toMatch(/often|Invalid config/);
      } else {
        for (let tries = 0; tries < 100 && (await control.isRunning()); tries++) await sleep(100);
        expect(await control.logTail(40)).toMatch(/often|Invalid config/);
      }
      await control.writeConfig(text, next());
      await control.start(next());
      await serving();
    });

    it("moves the server to another release and back", async () => {
      const archive = await archiveOf(files.get("3.9.6") ?? "", "3.9.6");
      expect(await control.installRelease(archive, next())).toBe("installed");
      await rm(join(server.conf, "log4j.properties"), { force: true });
      await control.switchRelease(release("3.9.6"), next());
      expect(await readlink(join(server.root, "current"))).toBe(
        join(server.root, "releases/apache-zookeeper-3.9.6-bin"),
      );
      // What runs still runs from its own folder, whatever the link says.
      expect((await control.facts()).process?.home).toBe(server.distribution);
      expect((await control.facts()).logging).not.toEqual([]);
      await control.stop("TERM", next());
      await control.start(next());
      await serving();
      expect((await control.facts()).process?.home).toBe(join(server.root, "releases/apache-zookeeper-3.9.6-bin"));
      expect((await observeServer(server.address, server.clientPort))?.release).toMatch(/^3\.9\.6/);
      await control.stop("KILL", next());
      await control.switchHome(server.distribution, next());
      await control.start(next());
      await serving();
      expect((await observeServer(server.address, server.clientPort))?.release).toMatch(/^3\.8\.0/);
    });

    it("does not overwrite a logging configuration", async () => {
      await writeFile(join(server.conf, "log4j.properties"), "# ours\n");
      await control.switchRelease(release("3.9.6"), next());
      expect(await readFile(join(server.conf, "log4j.properties"), "utf8")).toBe("# ours\n");
      await control.switchRelease(release("3.8.0"), next());
    });

    it.runIf(process.getuid?.() === 0)("as root leaves the servers of other users alone", async () => {
      const nobody = 65534;
      await control.stop("TERM", next());
      await chmod(dir, 0o755);
      await run("chown", ["-R", `${nobody}`, server.data, server.logs, join(server.conf)]);
      const error = await failureOf(control.start(next()));
      expect([error.kind, error.code]).toEqual(["refused", "USER_DIFFERS"]);
      await run(join(server.distribution, "bin/zkServer.sh"), ["start"], {
        uid: nobody,
        env: { PATH: process.env.PATH ?? "", ZOOCFGDIR: server.conf, ZOO_LOG_DIR: server.logs },
      });
      await serving();
      const [pid = 0] = await serverProcesses(server);
      expect(codeOf(await failureOf(control.stop("KILL", next())))).toBe("USER_DIFFERS");
      expect((await control.facts()).problems.join()).toMatch(/runs as user nobody, zkshift acts as root/);
      expect(await serverProcesses(server)).toEqual([pid]);
      process.kill(pid, "SIGKILL");
      await run("chown", ["-R", "0", server.data, server.logs, server.conf]);
      for (let tries = 0; tries < 100 && (await control.isRunning()); tries++) await sleep(50);
      await control.start(next());
      await serving();
    });

    it.runIf(process.getuid?.() === 0 && driver === "local")(
      "is known as our own where our user has no name",
      async () => {
        const nameless = 54_321;
        const as = (inner: Transport): Transport => ({
          ...inner,
          exec: (argv, options) =>
            inner.exec(["setpriv", `--reuid=${nameless}`, `--regid=${nameless}`, "--clear-groups", ...argv], options),
        });
        const ours = controlOf(placement, as);
        const { root } = placement.host.paths;
        await control.stop("TERM", next());
        await run("chown", ["-R", `${nameless}`, root, server.data, server.logs, server.conf]);
        try {
          await ours.start(next());
          await serving();
          expect((await ours.facts()).problems).toEqual([]);
          await ours.stop("TERM", next());
        } finally {
          await run("chown", ["-R", "0", root, server.data, server.logs, server.conf]);
          await control.start(next());
          await serving();
        }
      },
    );

    it("refuses to switch to what is not installed, and to replace a folder by a link", async () => {
      expect(codeOf(await failureOf(control.switchRelease(release("3.7.2"), next())))).toBe("NO_RELEASE");
      expect(codeOf(await failureOf(control.switchHome(join(dir, "nowhere"), next())))).toBe("NO_RELEASE");
      const root = join(dir, "folder-as-current");
      await mkdir(join(root, "current"), { recursive: true });
      const other = controlOf({
        ...placement,
        host: { ...placement.host, paths: { ...placement.host.paths, root, current: join(root, "current") } },
      });
      const error = await failureOf(other.switchHome(server.distribution, next()));
      expect(error.code).toBe("CURRENT_IS_A_FOLDER");
      expect(error.failure.next).toMatch(/Move that folder/);
    });
  });

  describe("with an installation that others made", () => {
    let ensemble: SandboxEnsemble;

    afterEach(() => ensemble?.stop());

    it("takes over a server started by hand, with its configuration elsewhere", async () => {
      ensemble = await startEnsemble({
        name: "foreign",
        dir: join(dir, "foreign"),
        release: "3.8.0",
        size: 1,
        launch: "java",
        layout: (_id, base) => ({
          root: join(base, "zkshift"),
          distribution: join(base, "opt/zookeeper-3.8.0"),
          conf: join(base, "etc/zookeeper"),
          data: join(base, "var/lib/zookeeper"),
          logs: join(base, "var/log/zookeeper"),
        }),
      });
      const [server] = ensemble.servers;
      if (server === undefined) throw new Error("no server");
      // The inventory knows the data folder only: the configuration must be found by the process.
      const known = placementOf(server, ensemble.ports);
      const placement = {
        ...known,
        host: { ...known.host, paths: { ...known.host.paths, conf: join(server.root, "conf") } },
      };
      const control = controlOf(placement);
      const before = await control.facts();
      expect(before.process).toMatchObject({ home: server.distribution, configFile: server.configFile, jvmFlags: [] });
      expect(before.configFile).toBe(server.configFile);
      expect(before.current).toBeNull();
      expect(before.installed).toEqual([]);
      expect(before.problems).toEqual([]);
      expect(await control.logTail(5)).not.toBe("");

      expect(codeOf(await failureOf(control.switchRelease(release("3.9.6"), next())))).toBe("NO_RELEASE");
      await control.installRelease(await archiveOf(files.get("3.9.6") ?? "", "3.9.6"), next());
      await control.stop("TERM", next());
      // `current` leads nowhere yet: what ran is started again, by a rollback for instance.
      await control.start(next());
      await waitUntilServing(server, 30_000);
      expect((await control.facts()).process?.home).toBe(server.distribution);
      expect((await control.facts()).current).toBe(server.distribution);
      await control.stop("TERM", next());
      // Nothing runs now: its configuration is still known.
      await control.writeConfig(`${await control.readConfig()}maxClientCnxns=75\n`, next());
      expect(await readFile(server.configFile, "utf8")).toContain("maxClientCnxns=75");
      await control.switchRelease(release("3.9.6"), next());
      await control.start(next());
      await waitUntilServing(server, 30_000);
      expect((await observeServer(server.address, server.clientPort))?.release).toMatch(/^3\.9\.6/);
      const after = await control.facts();
      expect(after.process).toMatchObject({
        home: join(server.root, "releases/apache-zookeeper-3.9.6-bin"),
        configFile: server.configFile,
        jvmFlags: [],
        awaitingStart: [],
      });

      await control.stop("KILL", next());
      await control.switchHome(before.process?.home ?? "", next());
      await control.start(next());
      await waitUntilServing(server, 30_000);
      expect((await control.facts()).process?.home).toBe(server.distribution);
    });

    it("keeps the configuration of a server that reads it through the link that is switched", async () => {
      const root = await mkdtemp(join(dir, "through-"));
      const home = join(root, "apache-zookeeper-3.8.0-bin");
      await run("tar", ["-xzf", files.get("3.8.0") ?? "", "-C", root]);
      await symlink(home, join(root, "current"));
      const server: SandboxServer = {
        id: 1,
        host: "zk1",
        address: "127.0.94.1",
        clientPort: 24_821,
        root,
        distribution: home,
        conf: join(root, "current/conf"),
        configFile: join(root, "current/conf/zoo.cfg"),
        data: join(root, "data"),
        logs: join(root, "logs"),
      };
      await writeFile(
        server.configFile,
        `tickTime=2000\ndataDir=${server.data}\nclientPort=${server.clientPort}\nclientPortAddress=${server.address}\nadmin.enableServer=false\n`,
      );
      await run(join(root, "current/bin/zkServer.sh"), ["start"], {
        env: { PATH: process.env.PATH ?? "", SERVER_JVMFLAGS: "-Xmx160m" },
      });
      const control = controlOf(placementOf(server, { client: 2181, quorum: 2888, election: 3888, admin: 8080 }));
      try {
        await waitUntilServing(server, 30_000);
        expect((await control.facts()).process).toMatchObject({ home, configFile: join(home, "conf/zoo.cfg") });
        await control.installRelease(await archiveOf(files.get("3.9.6") ?? "", "3.9.6"), next());
        await control.stop("TERM", next());
        await control.switchRelease(release("3.9.6"), next());
        expect(await control.readConfig()).toContain(`clientPort=${server.clientPort}`);
        await control.start(next());
        await waitUntilServing(server, 30_000);
        expect((await observeServer(server.address, server.clientPort))?.release).toMatch(/^3\.9\.6/);
      } finally {
        await control.stop("KILL", next());
      }
    });

    it("keeps 3.4's flags from start to start", async () => {
      ensemble = await startEnsemble({ name: "old", dir: join(dir, "old"), release: "3.4.13", size: 1 });
      const [server] = ensemble.servers;
      if (server === undefined) throw new Error("no server");
      const control = controlOf(placementOf(server, ensemble.ports));
      const facts = await control.facts();
      expect(facts.process?.home).toBe(server.distribution);
      expect(facts.dynamicText).toBeNull();
      const [pid = 0] = await serverProcesses(server);
      const argv = await commandLine(pid);
      await control.stop("KILL", next());
      const started = await control.start(next());
      await waitUntilServing(server, 30_000);
      const again = await commandLine(started.pid);
      expect(again.filter((flag) => flag.startsWith("-Xmx")).at(-1)).toBe(
        argv.filter((flag) => flag.startsWith("-Xmx")).at(-1),
      );
      expect(again.at(-2)).toBe(argv.at(-2));
    });

    it("tells two servers of one host apart", async () => {
      ensemble = await startEnsemble({ name: "pair", dir: join(dir, "pair"), release: "3.8.0", size: 2 });
      const [one, two] = ensemble.servers;
      if (one === undefined || two === undefined) throw new Error("no servers");
      const [pid] = await serverProcesses(two);
      // A stale pid file that names the other server.
      await writeFile(join(one.data, "zookeeper_server.pid"), `${pid}`);
      const stopped = await controlOf(placementOf(one, ensemble.ports)).stop("KILL", next());
      expect(stopped?.pid).not.toBe(pid);
      expect(await serverProcesses(one)).toEqual([]);
      expect(await serverProcesses(two)).toEqual([pid]);
      expect((await controlOf(placementOf(one, ensemble.ports)).facts()).problems).toEqual([]);
    });

    it("takes over servers that share one distribution, one configuration folder and one root, with relative paths", async () => {
      const base = await mkdtemp(join(dir, "shared-"));
      await run("tar", ["-xzf", files.get("3.8.0") ?? "", "-C", base]);
      const home = join(base, "apache-zookeeper-3.8.0-bin");
      const servers = [1, 2].map((id) => ({
        id,
        host: `zk${id}`,
        address: `127.0.93.${id}`,
        clientPort: 24_810 + id,
        root: base,
        distribution: home,
        conf: join(home, "conf"),
        configFile: join(home, "conf", `zoo${id}.cfg`),
        data: join(base, `d${id}`),
        logs: join(base, "logs"),
      }));
      const controls = servers.map((server) =>
        controlOf(placementOf(server, { client: server.clientPort, quorum: 2888, election: 3888, admin: 8080 })),
      );
      const [one, two] = controls;
      if (one === undefined || two === undefined) throw new Error("no controls");
      for (const { id, address, clientPort, configFile, data } of servers) {
        await mkdir(data);
        await writeFile(
          configFile,
          `tickTime=2000\ndataDir=./d${id}\nclientPort=${clientPort}\nclientPortAddress=${address}\nadmin.enableServer=false\n`,
        );
        await run(join(home, "bin/zkServer.sh"), ["start", `zoo${id}.cfg`], {
          cwd: base,
          env: { PATH: process.env.PATH ?? "", SERVER_JVMFLAGS: `-Xmx160m -Dwhich.one=${id}` },
        });
      }
      try {
        for (const server of servers) await waitUntilServing(server, 30_000);
        const pids = await Promise.all(controls.map(async (each) => (await each.facts()).process));
        expect(pids.map((each) => each?.configFile)).toEqual(servers.map((each) => each.configFile));
        expect(pids.map((each) => each?.jvmFlags)).toEqual([1, 2].map((id) => ["-Xmx160m", `-Dwhich.one=${id}`]));

        await one.switchHome(home, next());
        expect(await one.stop("KILL", next())).toEqual({ pid: pids[0]?.pid });
        expect(await two.isRunning()).toBe(true);
        expect(await two.stop("KILL", next())).toEqual({ pid: pids[1]?.pid });
        for (const [at, each] of controls.entries()) {
          const { pid } = await each.start(next());
          const argv = await commandLine(pid);
          expect(argv.at(-2)).toBe(servers[at]?.configFile);
          expect(argv).toContain(`-Dwhich.one=${at + 1}`);
        }
        for (const server of servers) await waitUntilServing(server, 30_000);
      } finally {
        for (const each of controls) await each.stop("KILL", next());
      }
    });

    it("says of a host with nothing on it what is missing", async () => {
      const empty = join(dir, "empty");
      ensemble = await startEnsemble({ name: "alone", dir: join(dir, "alone"), release: "3.8.0", size: 1 });
      const [server] = ensemble.servers;
      if (server === undefined) throw new Error("no server");
      const known = placementOf(server, ensemble.ports);
      const paths = {
        root: empty,
        releases: join(empty, "releases"),
        current: join(empty, "current"),
        conf: join(empty, "conf"),
        data: join(empty, "data"),
        dataLog: null,
        logs: join(empty, "logs"),
      };
      const control = controlOf({ ...known, host: { ...known.host, address: "127.0.0.1", paths } });
      const facts = await control.facts();
      expect(facts).toMatchObject({ process: null, configText: null, myid: null, current: null, installed: [] });
      expect(facts.problems.join("\n")).toMatch(/data folder .* does not exist[\s\S]*no configuration/);
      expect(codeOf(await failureOf(control.readConfig()))).toBe("NO_CONFIG");
      expect(codeOf(await failureOf(control.start(next())))).toBe("NO_RELEASE");
      expect(codeOf(await failureOf(control.backUp(join(dir, "backups", "none.tar.gz"))))).toBe("NO_DATA");
      expect(await control.logTail(10)).toBe("");
      expect(await control.stop("TERM", next())).toBeNull();
    });
  });

  describe("installing a release", () => {
    let root: string;
    let control: ServerControl;
    let archive: ReleaseArchive;
    const target = () => join(root, "releases/apache-zookeeper-3.9.6-bin");

    const placementAt = (at: string): Placement =>
      placementOf(
        {
          id: 1,
          host: "zk1",
          address: "127.0.0.1",
          clientPort: 2181,
          root: at,
          distribution: "",
          conf: join(at, "conf"),
          configFile: join(at, "conf/zoo.cfg"),
          data: join(at, "data"),
          logs: join(at, "logs"),
        },
        { client: 2181, quorum: 2888, election: 3888, admin: 8080 },
      );

    beforeEach(async () => {
      root = await mkdtemp(join(dir, "install-"));
      control = controlOf(placementAt(root));
      archive = await archiveOf(files.get("3.9.6") ?? "", "3.9.6");
    });

    /** An archive made for the occasion, said to be 3.9.6. */
    const packed = async (make: (folder: string) => Promise<readonly string[]>): Promise<ReleaseArchive> => {
      const folder = await mkdtemp(join(dir, "pack-"));
      const args = await make(folder);
      const file = join(folder, "made.tar.gz");
      await run("tar", ["-czPf", file, "-C", folder, ...args]);
      return archiveOf(file, "3.9.6");
    };

    it("unpacks it once, and finds it intact the next time", async () => {
      expect(await control.installRelease(archive, next())).toBe("installed");
      expect(await readdir(target())).toContain("bin");
      expect(await control.installRelease(archive, next())).toBe("already there");
      expect((await readdir(join(root, "releases"))).filter((name) => !name.startsWith(".zkshift"))).toEqual([
        "apache-zookeeper-3.9.6-bin",
      ]);
      expect((await control.facts()).installed).toEqual(["3.9.6"]);
    });

    it("accepts 3.4's archive, whose folder has another name", async () => {
      expect(await control.installRelease(await archiveOf(files.get("3.4.13") ?? "", "3.4.13"), next())).toBe(
        "installed",
      );
      expect(await readdir(join(root, "releases/apache-zookeeper-3.4.13-bin"))).toContain("bin");
    });

    it("goes on after an install that died half-way", async () => {
      await mkdir(join(root, "releases/.unpacking-3.9.6/apache-zookeeper-3.9.6-bin/lib"), { recursive: true });
      await writeFile(join(root, `releases/.incoming-3.9.6-${archive.sha512.slice(0, 12)}`), "half");
      expect(await control.installRelease(archive, next())).toBe("installed");
      expect((await readdir(join(root, "releases"))).filter((name) => name.startsWith(".unpacking"))).toEqual([]);
    });

    it("repairs a damaged one that nothing runs from", async () => {
      await control.installRelease(archive, next());
      await writeFile(join(target(), "lib/zookeeper-3.9.6.jar"), "damaged");
      await rm(join(target(), "bin/zkServer.sh"));
      expect(await control.installRelease(archive, next())).toBe("installed");
      expect((await stat(join(target(), "lib/zookeeper-3.9.6.jar"))).size).toBeGreaterThan(100_000);
      expect(await control.installRelease(archive, next())).toBe("already there");
    });

    it("leaves what people change in its conf folder alone", async () => {
      await control.installRelease(archive, next());
      await writeFile(join(target(), "conf/zoo.cfg"), "dataDir=/x\n");
      expect(await control.installRelease(archive, next())).toBe("already there");
      expect(await readFile(join(target(), "conf/zoo.cfg"), "utf8")).toBe("dataDir=/x\n");
    });

    it("accepts a folder laid out by others when its jars are the same, and refuses it when not", async () => {
      await mkdir(target(), { recursive: true });
      await run("tar", ["-xzf", archive.file, "-C", target(), "--strip-components=1"]);
      expect(await control.installRelease(archive, next())).toBe("already there");
      await writeFile(join(target(), "lib/extra.jar"), "extra");
      const error = await failureOf(control.installRelease(archive, next()));
      expect([error.kind, error.code]).toEqual(["refused", "OTHER_BUILD"]);
      expect(await readdir(join(target(), "lib"))).toContain("extra.jar");
    });

    it("refuses another build of a release that is there", async () => {
      await control.installRelease(archive, next());
      const rebuilt = await packed(async (folder) => {
        await cp(target(), join(folder, "zk"), { recursive: true });
        await rm(join(folder, "zk/.zkshift-release"));
        await writeFile(join(folder, "zk/lib/patched.jar"), "patched");
        return ["zk"];
      });
      expect(codeOf(await failureOf(control.installRelease(rebuilt, next())))).toBe("OTHER_BUILD");
    });

    it("installs once when two servers share a releases folder", async () => {
      const placement = placementAt(await mkdtemp(join(dir, "sharing-")));
      const sharing = controlOf({
        ...placement,
        host: { ...placement.host, paths: { ...placement.host.paths, releases: join(root, "releases") } },
      });
      const done = await Promise.all([
        control.installRelease(archive, next()),
        sharing.installRelease(archive, next()),
      ]);
      expect([...done].sort()).toEqual(["already there", "installed"]);
    });

    it("throws away a copy that was damaged on its way", async () => {
      const damaging = controlOf(placementAt(root), (inner) => ({
        ...inner,
        upload: async (_file, remote) => {
          const bad = join(dir, "bad-copy");
          await writeFile(bad, "not what was sent");
          await inner.upload(bad, remote);
        },
      }));
      const error = await failureOf(damaging.installRelease(archive, next()));
      expect([error.kind, error.code]).toEqual(["transient", "WRONG_SUM"]);
      expect((await readdir(join(root, "releases"))).filter((name) => name.startsWith(".incoming"))).toEqual([]);
      expect(await control.installRelease(archive, next())).toBe("installed");
    });

    it.each<[string, string, (folder: string) => Promise<readonly string[]>]>([
      [
        "a member above its folder",
        "UNSAFE_ARCHIVE",
        async (folder) => {
          await mkdir(join(folder, "zk/bin"), { recursive: true });
          await writeFile(join(folder, "escaped"), "x");
          return ["zk", "zk/../escaped"];
        },
      ],
      [
        "an absolute member",
        "UNSAFE_ARCHIVE",
        async (folder) => {
          await mkdir(join(folder, "zk"), { recursive: true });
          await writeFile(join(folder, "absolute"), "x");
          return ["zk", join(folder, "absolute")];
        },
      ],
      [
        "a link out of its folder",
        "UNSAFE_ARCHIVE",
        async (folder) => {
          await mkdir(join(folder, "zk"), { recursive: true });
          await symlink("../../../etc", join(folder, "zk/lib"));
          return ["zk"];
        },
      ],
      [
        "a link to an absolute place",
        "UNSAFE_ARCHIVE",
        async (folder) => {
          await mkdir(join(folder, "zk/bin"), { recursive: true });
          await symlink("/etc/passwd", join(folder, "zk/bin/zkServer.sh"));
          return ["zk"];
        },
      ],
      [
        "a link whose name hides where it leads",
        "UNSAFE_ARCHIVE",
        async (folder) => {
          await mkdir(join(folder, "zk/bin"), { recursive: true });
          await symlink("../..", join(folder, "zk/bin/a -> b"));
          return ["zk"];
        },
      ],
      [
        "a second name of a file",
        "UNSAFE_ARCHIVE",
        async (folder) => {
          await mkdir(join(folder, "zk/bin"), { recursive: true });
          await writeFile(join(folder, "zk/bin/one"), "x");
          await link(join(folder, "zk/bin/one"), join(folder, "zk/bin/two"));
          return ["zk"];
        },
      ],
      [
        "a pipe",
        "UNSAFE_ARCHIVE",
        async (folder) => {
          await mkdir(join(folder, "zk/bin"), { recursive: true });
          await run("mkfifo", [join(folder, "zk/bin/pipe")]);
          return ["zk"];
        },
      ],
      [
        "something else than ZooKeeper",
        "WRONG_ARCHIVE",
        async (folder) => {
          await mkdir(join(folder, "zk/bin"), { recursive: true });
          await writeFile(join(folder, "zk/bin/other.sh"), "x");
          return ["zk"];
        },
      ],
      [
        "two folders",
        "WRONG_ARCHIVE",
        async (folder) => {
          await mkdir(join(folder, "a"), { recursive: true });
          await mkdir(join(folder, "b"), { recursive: true });
          return ["a", "b"];
        },
      ],
    ])("refuses an archive with %s, before anything lands", async (_what, code, make) => {
      const error = await failureOf(control.installRelease(await packed(make), next()));
      expect([error.kind, error.code]).toEqual(["refused", code]);
      expect((await readdir(join(root, "releases"))).filter((name) => !/^\.(incoming|zkshift)/.test(name))).toEqual([]);
      expect(await readdir(root)).not.toContain("escaped");
    });
  });

  describe("the transport", () => {
    it("gives exit code and output, and passes arguments unread", async () => {
      const transport = makeTransport("box");
      const odd = "a 'b' \"c\" $HOME `x` \\ * ä\n";
      const result = await transport.exec(["sh", "-c", 'printf "%s|" "$@"; cat; echo err >&2; exit 7', "x", odd, ""], {
        stdin: "from stdin",
        timeoutMs: 10_000,
      });
      expect(result).toEqual({ code: 7, stdout: `${odd}||from stdin`, stderr: "err\n" });
    });

    it("ends what takes too long, with what it started", async () => {
      const marker = join(dir, "late");
      const error = await failureOf(
        makeTransport("box").exec(["sh", "-c", '(sleep 2; : >"$1") & wait', "x", marker], { timeoutMs: 300 }),
      );
      expect([error.kind, error.code]).toEqual(["unknown-outcome", "TIMEOUT"]);
      await sleep(2500);
      await expect(stat(marker)).rejects.toThrow();
    });

    it("says so when a program is missing", async () => {
      const error = await failureOf(makeTransport("box").exec(["no-such-program"], { timeoutMs: 1000 }));
      expect([error.kind, error.code]).toEqual(["transient", "ENOENT"]);
    });

    it("copies files there and back", async () => {
      const transport = makeTransport("box");
      const [from, there, back] = ["from", "deep/there", "back"].map((name) => join(dir, "copies", name));
      if (from === undefined || there === undefined || back === undefined) throw new Error("no names");
      await mkdir(join(dir, "copies"));
      await writeFile(from, Buffer.from([0, 1, 2, 255]));
      await transport.upload(from, there);
      await transport.download(there, back);
      expect([...(await readFile(back))]).toEqual([0, 1, 2, 255]);
      expect((await failureOf(transport.upload(join(dir, "absent"), there))).kind).toBe("transient");
    });
  });
});
