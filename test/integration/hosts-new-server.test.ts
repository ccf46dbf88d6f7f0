// What every host driver must do for a server that is not there yet, and for one that goes for good.
import { execFile } from "node:child_process";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { OpsError } from "../../src/errors.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { makeLocalTransport } from "../../src/hosts/local.ts";
import type { Transport } from "../../src/hosts/transport.ts";
import { runId } from "../../src/model/ids.ts";
import type { Placement } from "../../src/model/inventory.ts";
import { release } from "../../src/model/release.ts";
import type { ServerControl } from "../../src/ports.ts";
import { failureOf, refusal } from "../support/failure-of.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import {
  killingAt,
  layOutRelease,
  layOutRetired,
  newPlacement,
  newServer,
  RUN,
  SECRET,
  treeOf,
  whileSeeming,
} from "../support/new-server-host.ts";

const run = promisify(execFile);

let token = 100n;
const next = (): bigint => ++token;

/** Killed at every line of a script in `npm run campaign`, else at every sixth one, from one of the first six on. */
const EVERY = CAMPAIGN ? 1 : 6;
const firstLine = (): number => Math.floor(Math.random() * EVERY);

const drivers: readonly [string, (host: string) => Transport][] = [["local", makeLocalTransport]];

describe.each(drivers)("the %s driver", (_, makeTransport) => {
  let dir: string;
  let root: string;
  let placement: Placement;
  let control: ServerControl;

  const controlOf = (at: Placement, wrap: (inner: Transport) => Transport = (inner) => inner): ServerControl =>
    makeHosts({ transport: (host) => wrap(makeTransport(host.name)) }).server(at);
  const text = (name: string) => readFile(join(root, name), "utf8");
  const modeOf = async (name: string) => ((await stat(join(root, name))).mode & 0o777).toString(8);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-new-server-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  beforeEach(async () => {
    root = await mkdtemp(join(dir, "host-"));
    placement = newPlacement(root);
    control = controlOf(placement);
    await layOutRelease(root, "3.9.6");
  });

  describe("preparing", () => {
    it("lays everything out, and no more", async () => {
      expect(await control.prepare(newServer(placement), next())).toEqual({ setAside: null });
      expect(await text("data/myid")).toBe("7\n");
      expect(await text("conf/zoo.cfg")).toBe(newServer(placement).configText);
      expect(await text("conf/zoo.cfg.dynamic")).toBe(newServer(placement).dynamicText);
      expect(await text("conf/log4j.properties")).toBe("# the template's\n");
      expect(await text("conf/logback.xml")).toBe("<!-- the release's -->\n");
      expect((await readdir(join(root, "conf"))).sort()).toEqual(
        ["java.env", "log4j.properties", "logback.xml", "zoo.cfg", "zoo.cfg.dynamic"].sort(),
      );
      expect(await readlink(join(root, "current"))).toBe(join(root, "releases/apache-zookeeper-3.9.6-bin"));
      expect(await readdir(join(root, "log"))).toEqual([]);
      expect(await readdir(join(root, "logs"))).toEqual([]);
      expect(await makeHosts().claims(placement.host)).toEqual([{ ensemble: "orders", id: 7, retired: false }]);
      expect(await readdir(join(root, ".zkshift/server.7"))).not.toContain("incoming");
    });

    it("gives flags and files as the template had them, secrets readable by their owner only", async () => {
      await control.prepare(newServer(placement), next());
      expect(await modeOf("conf/java.env")).toBe("600");
      expect(await modeOf("conf/zoo.cfg")).toBe("600");
      expect(await modeOf("conf/zoo.cfg.dynamic")).toBe("644");
      const { stdout } = await run(
        "bash",
        ["-c", '. "$0"; printf "%s|%s" "$SERVER_JVMFLAGS" "$JVMFLAGS"', join(root, "conf/java.env")],
        { env: { SERVER_JVMFLAGS: "-Da=b" } },
      );
      expect(stdout).toBe(`-Da=b -Djute.maxbuffer=2097152 -Dother.secret=${SECRET}-'flag'|-Dmy.password=${SECRET}-env`);
      // Asked as a template, it gives the same again.
      const template = await control.template();
      expect(template.configText).toBe(newServer(placement).configText);
      expect(template.files.map(({ name }) => name)).toEqual(["java.env", "log4j.properties", "logback.xml"]);
      expect(template.flags).toEqual([]);
    });

    it("shows no secret to whoever lists processes, and in no error", async () => {
      const seen: string[] = [];
      const listening = (cut: number) =>
        controlOf(placement, (inner) => ({
          ...inner,
          exec: (argv, options) => {
            seen.push(argv.join(" "));
            return inner.exec(
              argv,
              options.stdin === undefined ? options : { ...options, stdin: options.stdin.slice(0, cut) },
            );
          },
        }));
      const cut = await failureOf(listening(30).prepare(newServer(placement), next()));
      expect([cut.kind, cut.code]).toEqual(["transient", "CUT_SHORT"]);
      await writeFile(join(root, "conf"), "a file in the way");
      const failed = await failureOf(listening(100_000).prepare(newServer(placement), next()));
      expect([failed.kind, failed.code]).toEqual(["step-failed", "LAY_OUT_FAILED"]);
      const broken = await failureOf(
        control.prepare(newServer(placement, { flags: [`-Dmy.token=${SECRET} x`] }), next()),
      );
      expect([broken.kind, broken.code]).toEqual(["refused", "FLAGS_CANNOT_BE_CARRIED"]);
      expect(seen).toHaveLength(2);
      expect(seen.join()).not.toContain(SECRET);
      for (const error of [cut, failed, broken])
        expect(JSON.stringify([error, error.message, error.failure])).not.toContain(SECRET);
      const own = join(root, ".zkshift/server.7");
      expect(await readdir(own)).not.toContain("incoming");
      expect((await stat(own)).mode & 0o077).toBe(0);
    });

    it("can be repeated, with other texts too, until the server has run", async () => {
      await control.prepare(newServer(placement), next());
      const once = await treeOf(root);
      await control.prepare(newServer(placement), next());
      expect(await treeOf(root)).toEqual(once);
      await control.prepare(newServer(placement, { dynamicText: null, files: [], flags: [] }), next());
      expect((await readdir(join(root, "conf"))).sort()).toEqual(["logback.xml", "zoo.cfg"]);
      await mkdir(join(root, "data/version-2"));
      const error = await failureOf(control.prepare(newServer(placement), next()));
      expect(error.code).toBe("DATA_NOT_EMPTY");
      expect(error.failure.what).toMatch(/version-2.*has run since/);
    });

    it("refuses a data folder with anything in it, and leaves nothing behind", async () => {
      await mkdir(join(root, "data/version-2"), { recursive: true });
      const before = await treeOf(root);
      for (const setAside of [false, true]) {
        const error = await failureOf(control.prepare(newServer(placement, { setAside }), next()));
        expect([error.kind, error.code]).toEqual(["refused", "DATA_NOT_EMPTY"]);
        expect(error.failure.what).toContain(`${root}/data is not empty (it holds version-2)`);
      }
      const { ".zkshift": _state, ".zkshift/server.7": _own, ...after } = await treeOf(root);
      expect(after).toEqual(before);
      expect(await makeHosts().claims(placement.host)).toEqual([]);
      await rm(join(root, "data/version-2"), { recursive: true });
      await control.prepare(newServer(placement), next());
    });

    it("refuses what lies in the folder of the transaction log too", async () => {
      await mkdir(join(root, "log/version-2"), { recursive: true });
      expect(await refusal(control.prepare(newServer(placement), next()))).toBe("refused DATA_NOT_EMPTY");
      expect(await readdir(root)).not.toContain("data");
    });

    it("uses empty folders that are there, also a disk's own with lost+found, and leaves them there", async () => {
      await mkdir(join(root, "data/lost+found"), { recursive: true });
      await mkdir(join(root, "conf"));
      await writeFile(join(root, "conf/jaas.conf"), "x");
      const before = await treeOf(root);
      await control.prepare(newServer(placement), next());
      expect((await readdir(join(root, "data"))).sort()).toEqual(["lost+found", "myid"]);
      await control.unprepare(RUN, next());
      const { ".zkshift": _state, ...after } = await treeOf(root);
      expect(after).toEqual(before);
    });

    it("keeps a transaction log inside the data folder apart from data", async () => {
      const inside = newPlacement(root, { dataLog: join(root, "data/log") });
      const at = controlOf(inside);
      await at.prepare(newServer(inside), next());
      await at.prepare(newServer(inside), next());
      expect((await readdir(join(root, "data"))).sort()).toEqual(["log", "myid"]);
      await mkdir(join(root, "data/log/version-2"));
      expect(await refusal(at.prepare(newServer(inside), next()))).toBe("refused DATA_NOT_EMPTY");
      await at.unprepare(RUN, next());
      expect(await readdir(root)).toEqual([".zkshift", "releases"]);
    });

    it("refuses a release that is not installed, a folder as link, a configuration inside a release, a foreign zoo.cfg", async () => {
      expect(await refusal(control.prepare(newServer(placement, { release: release("3.9.5") }), next()))).toBe(
        "refused NO_RELEASE",
      );
      const through = newPlacement(root, { conf: join(root, "current/conf") });
      expect(await refusal(controlOf(through).prepare(newServer(through), next()))).toBe("refused CONF_IN_RELEASE");
      const elsewhere = newServer(newPlacement(join(root, "else")));
      expect((await failureOf(control.prepare(elsewhere, next()))).kind).toBe("bug");
      await mkdir(join(root, "current"));
      expect(await refusal(control.prepare(newServer(placement), next()))).toBe("refused CURRENT_IS_A_FOLDER");
      expect((await readdir(root)).sort()).toEqual([".zkshift", "current", "releases"]);
    });

    it("moves a retired server's data aside when told to, and only then", async () => {
      await layOutRetired(root);
      const error = await failureOf(control.prepare(newServer(placement), next()));
      expect([error.code, error.failure.what]).toEqual([
        "DATA_NOT_EMPTY",
        `zk7: ${root}/data holds what retired server.1 left there.`,
      ]);
      const aside = `${root}/data.server.1-${RUN}`;
      expect(await control.prepare(newServer(placement, { setAside: true }), next())).toEqual({ setAside: aside });
      expect(await control.prepare(newServer(placement, { setAside: true }), next())).toEqual({ setAside: aside });
      expect(await readFile(`${aside}/version-2/snapshot.1`, "utf8")).toBe("old data");
      expect(await text(`log.server.1-${RUN}/version-2/log.1`)).toBe("old log");
      expect(await readdir(join(root, "data"))).toEqual(["myid"]);
      expect(await readdir(join(root, "log"))).toEqual([]);
      expect((await readdir(join(root, "conf"))).sort()).toEqual(
        ["jaas.conf", "java.env", "log4j.properties", "logback.xml", "zoo.cfg", "zoo.cfg.dynamic"].sort(),
      );
      expect(await text("conf/java.env")).not.toContain("-old");
    });

    it("does not take for a retired server's what only lies beside its mark", async () => {
      await layOutRetired(root);
      await writeFile(join(root, "data/myid"), "2\n");
      expect(await refusal(control.prepare(newServer(placement, { setAside: true }), next()))).toBe(
        "refused DATA_NOT_EMPTY",
      );
      await writeFile(join(root, "data/myid"), "1\n");
      await writeFile(join(root, ".zkshift/server.1/retired"), "orders-aaaaa\n/elsewhere\n/elsewhere\n");
      expect(await refusal(control.prepare(newServer(placement, { setAside: true }), next()))).toBe(
        "refused DATA_NOT_EMPTY",
      );
      await rm(join(root, ".zkshift/server.1/retired"));
      expect(await refusal(control.prepare(newServer(placement, { setAside: true }), next()))).toBe(
        "refused DATA_NOT_EMPTY",
      );
      expect(await readdir(root)).not.toContain(`data.server.1-${RUN}`);
    });

    it("moves the folder itself where the data folder is a link", async () => {
      await layOutRetired(root);
      await rename(join(root, "data"), join(root, "disk"));
      await symlink(join(root, "disk"), join(root, "data"));
      const before = await treeOf(root);
      const { setAside } = await control.prepare(newServer(placement, { setAside: true }), next());
      expect(setAside).toBe(`${root}/disk.server.1-${RUN}`);
      expect(await readdir(join(root, "disk"))).toEqual(["myid"]);
      await control.unprepare(RUN, next());
      expect(await treeOf(root)).toEqual(before);
    });

    /** True when the script was killed there, null when it has not so many lines. */
    const killedAt = async (line: number, from: string, work: (at: ServerControl) => Promise<unknown>) => {
      const kill = { from, line, met: false };
      const outcome = await work(controlOf(placement, (inner) => killingAt(inner, kill))).catch(
        (error: unknown) => error,
      );
      if (outcome instanceof OpsError) expect(outcome.code, `line ${line}`).toBe("EXIT_137");
      return kill.met ? outcome instanceof OpsError : null;
    };

    it("goes on from wherever it was killed, again and again", async () => {
      await layOutRetired(root);
      const server = newServer(placement, { setAside: true });
      const before = await treeOf(root);
      let kills = 0;
      for (let line = firstLine(); ; line += EVERY) {
        const killed = await killedAt(line, "trap ", (at) => at.prepare(server, next()));
        if (killed === null) break;
        if (killed) kills++;
      }
      expect(kills).toBeGreaterThan(35 / EVERY - 2);
      expect(await control.prepare(server, next())).toEqual({ setAside: `${root}/data.server.1-${RUN}` });
      expect(await text("conf/zoo.cfg")).toBe(server.configText);
      expect(await text("data/myid")).toBe("7\n");
      const laid = await treeOf(root);
      expect(Object.keys(laid).filter((name) => /zkshift-new|incoming|\.new$/.test(name))).toEqual([]);

      // The way back too: each time one line further.
      kills = 0;
      for (let line = firstLine(); ; line += EVERY) {
        const killed = await killedAt(line, "for part", (at) => at.unprepare(RUN, next()));
        if (killed === null) break;
        if (killed) kills++;
      }
      expect(kills).toBeGreaterThan(25 / EVERY - 2);
      await control.unprepare(RUN, next());
      expect(await treeOf(root)).toEqual(before);
    }, 300_000);

    it("is taken away from wherever it was killed", async () => {
      await layOutRetired(root);
      const server = newServer(placement, { setAside: true });
      const before = await treeOf(root);
      for (let line = 0; ; line += CAMPAIGN ? 4 : 12) {
        const killed = await killedAt(line, "trap ", (at) => at.prepare(server, next()));
        await control.unprepare(RUN, next());
        expect(await treeOf(root), `killed at line ${line}`).toEqual(before);
        if (killed === null) break;
      }
    }, 300_000);
  });

  describe("taking away", () => {
    it("leaves the host as it was, whatever the server did meanwhile", async () => {
      await layOutRetired(root);
      const before = await treeOf(root);
      await control.prepare(newServer(placement, { setAside: true }), next());
      // As a server that ran: it renames its dynamic file, writes data, and `start` and `stop` leave their notes.
      await mkdir(join(root, "data/version-2"));
      await writeFile(join(root, "data/version-2/snapshot.0"), "x");
      await rename(join(root, "conf/zoo.cfg.dynamic"), join(root, "conf/zoo.cfg.dynamic.200000000"));
      await writeFile(join(root, "conf/zoo.cfg.bak"), "x");
      await mkdir(join(root, ".zkshift/server.7/launch"));
      await writeFile(join(root, ".zkshift/server.7/config-file"), "x");
      await control.unprepare(RUN, next());
      expect(await treeOf(root)).toEqual(before);
      await control.unprepare(RUN, next());
      expect(await treeOf(root)).toEqual(before);
    });

    it("keeps logs of a server that did not come up", async () => {
      await control.prepare(newServer(placement), next());
      await writeFile(join(root, "logs/zookeeper.log"), "why");
      await control.unprepare(RUN, next());
      expect((await readdir(root)).sort()).toEqual([".zkshift", "logs", "releases"]);
      await control.prepare(newServer(placement), next());
    });

    it("touches nothing that another run made, or that is another server's by now", async () => {
      await control.prepare(newServer(placement), next());
      const before = await treeOf(root);
      await control.unprepare(runId("orders-zzzzz"), next());
      expect(await treeOf(root)).toEqual(before);
      await writeFile(join(root, "data/myid"), "9\n");
      const error = await failureOf(control.unprepare(RUN, next()));
      expect([error.kind, error.code]).toEqual(["refused", "DATA_NOT_EMPTY"]);
      expect(await text("data/myid")).toBe("9\n");
    });
  });

  describe("a server that runs there", () => {
    it("is not prepared over, taken away, or given other members", async () => {
      await control.prepare(newServer(placement), next());
      const before = await treeOf(root);
      await whileSeeming(await mkdtemp(join(dir, "java-")), join(root, "conf/zoo.cfg"), async (pid) => {
        expect(await control.isRunning()).toBe(true);
        const refused = [
          () => control.prepare(newServer(placement), next()),
          () => control.unprepare(RUN, next()),
          () => control.writeMembers("server.1=x\n", next()),
        ];
        for (const each of refused) {
          const error = await failureOf(each());
          expect([error.kind, error.code]).toEqual(["refused", "RUNS"]);
          expect(error.failure.what).toContain(`pid ${pid}`);
        }
        expect((await control.room()).problems).toEqual([
          `a server runs there already (pid ${pid}, with ${root}/conf/zoo.cfg).`,
        ]);
      });
      expect(await treeOf(root)).toEqual(before);
    });
  });

  describe("the marks", () => {
    const claims = () => makeHosts({ transport: (host) => makeTransport(host.name) }).claims(placement.host);

    it("tell a retired server, and that it is in service again", async () => {
      expect(await claims()).toEqual([]);
      await control.markRetired(RUN, next());
      await control.markRetired(RUN, next());
      expect(await claims()).toEqual([{ ensemble: "orders", id: 7, retired: true }]);
      await control.markRetired(null, next());
      await control.markRetired(null, next());
      expect(await claims()).toEqual([{ ensemble: "orders", id: 7, retired: false }]);
    });

    it("tell where the retired server's data are, as its configuration says", async () => {
      await mkdir(join(root, "conf"));
      await writeFile(join(root, "conf/zoo.cfg"), `dataDir=${root}/real\ndataLogDir=${root}/real-log\n`);
      await mkdir(join(root, "real"));
      await writeFile(join(root, "real/myid"), "7\n");
      await control.markRetired(RUN, next());
      expect(await text(".zkshift/server.7/retired")).toBe(`${RUN}\n${root}/real\n${root}/real-log\n`);
      const there = controlOf(newPlacement(root, { data: join(root, "real") }));
      expect((await there.room()).holds).toEqual({ myid: "7", retired: { ensemble: "orders", id: 7, retired: true } });
    });

    it("of all servers under one root are told, damaged ones left out", async () => {
      await layOutRetired(root);
      await control.prepare(newServer(placement, { setAside: true }), next());
      await mkdir(join(root, ".zkshift/server.x"));
      await writeFile(join(root, ".zkshift/server.x/ensemble"), "orders\n");
      await mkdir(join(root, ".zkshift/server.12"));
      await writeFile(join(root, ".zkshift/server.12/ensemble"), "");
      expect(await claims()).toEqual([
        { ensemble: "orders", id: 1, retired: true },
        { ensemble: "orders", id: 7, retired: false },
      ]);
    });
  });

  describe("the members of a stopped server", () => {
    it("are replaced, and zoo.cfg points at them; what a broken-off reconfiguration left goes", async () => {
      await control.prepare(newServer(placement), next());
      const conf = join(root, "conf");
      const versioned = newServer(placement).configText.replace("zoo.cfg.dynamic", "zoo.cfg.dynamic.100000000");
      await writeFile(join(conf, "zoo.cfg"), versioned);
      await writeFile(join(conf, "zoo.cfg.dynamic.next"), "server.1=half\n");
      await control.writeMembers("server.1=new\nserver.7=new\n", next());
      await control.writeMembers("server.1=new\nserver.7=new\n", next());
      expect(await text("conf/zoo.cfg")).toBe(newServer(placement).configText);
      expect(await text("conf/zoo.cfg.dynamic")).toBe("server.1=new\nserver.7=new\n");
      expect(await readdir(conf)).not.toContain("zoo.cfg.dynamic.next");
      expect(await modeOf("conf/zoo.cfg")).toBe("600");
    });

    it("are dropped when they arrive cut short, and have no place without a configuration", async () => {
      expect(await refusal(control.writeMembers("server.1=x\n", next()))).toBe("refused NO_CONFIG");
      await control.prepare(newServer(placement), next());
      const before = await treeOf(root);
      const cutting = controlOf(placement, (inner) => ({
        ...inner,
        exec: (argv, options) => inner.exec(argv, { ...options, stdin: options.stdin?.slice(0, 4) ?? "" }),
      }));
      expect(await refusal(cutting.writeMembers("server.1=x\n", next()))).toBe("transient CUT_SHORT");
      expect(await treeOf(root)).toEqual(before);
    });
  });

  describe("room", () => {
    it("is told of an empty host", async () => {
      const room = await control.room({ peers: ["127.0.0.1", "localhost", "no-such-name.invalid"] });
      expect(room).toMatchObject({ installed: ["3.9.6"], holds: null, claims: [] });
      expect(room.freeBytes).toBeGreaterThan(1e6);
      expect(room.javaMajor).toBeGreaterThanOrEqual(8);
      expect(Math.abs(room.clockOffsetMs)).toBeLessThan(5000);
      expect(room.problems).toEqual(["the name no-such-name.invalid does not resolve on this host."]);
      expect(await readdir(root)).toEqual(["releases"]);
    });

    it("is told of what a retired server left, which is no problem by itself", async () => {
      await layOutRetired(root);
      const before = await treeOf(root);
      const retired = { ensemble: "orders", id: 1, retired: true };
      expect(await control.room()).toMatchObject({ holds: { myid: "1", retired }, claims: [retired], problems: [] });
      expect(await treeOf(root)).toEqual(before);
      await rm(join(root, "data"), { recursive: true });
      expect((await control.room()).holds).toEqual({ myid: null, retired });
      await rm(join(root, ".zkshift"), { recursive: true });
      expect((await control.room()).holds).toEqual({ myid: null, retired: null });
    });

    it("names the port that is taken, and not one of another address", async () => {
      const thief: Server = createServer();
      const listen = (address: string) =>
        new Promise<void>((resolve) => thief.listen(placement.host.ports.election, address, resolve));
      const close = () => new Promise((resolve) => thief.close(resolve));
      await listen(placement.host.address);
      expect((await control.room()).problems.join()).toMatch(
        new RegExp(`^its election port 24833 is taken by pid ${process.pid} \\(.+, user .+\\)\\.$`),
      );
      await close();
      await listen("127.0.94.8");
      expect((await control.room()).problems).toEqual([]);
      await close();
    });

    it("names folders that cannot serve", async () => {
      await mkdir(join(root, "current"));
      await writeFile(join(root, "data"), "a file");
      expect((await control.room()).problems).toEqual([
        `the data folder ${root}/data is no folder.`,
        `${root}/current is a folder; zkshift needs a link there.`,
      ]);
      const inside = newPlacement(root, { conf: join(root, "releases/apache-zookeeper-3.9.6-bin/conf") });
      expect((await controlOf(inside).room()).problems.join("\n")).toMatch(
        /configuration folder .* lies inside a release/,
      );
    });

    it.runIf(process.getuid?.() === 0)("names what only another user may write", async () => {
      await mkdir(join(root, "data"));
      await run("chown", ["65534", join(root, "data")]);
      expect((await control.room()).problems).toEqual([
        `the data folder ${root}/data belongs to user nobody, zkshift acts as root.`,
      ]);
      expect(await refusal(control.prepare(newServer(placement), next()))).toBe("refused USER_DIFFERS");
      const asNobody = controlOf(placement, (inner) => ({
        ...inner,
        exec: (argv, options) => inner.exec(["setpriv", "--reuid=65534", "--clear-groups", ...argv], options),
      }));
      await run("chown", ["0", join(root, "data")]);
      await chmod(dir, 0o755);
      await chmod(root, 0o755);
      expect((await asNobody.room()).problems).toEqual([
        `the data folder ${root}/data cannot be written by nobody.`,
        `the folder of the transaction log ${root}/log cannot be written by nobody.`,
        `${root} cannot be written by nobody.`,
        `zkshift's own folder ${root}/.zkshift cannot be written by nobody.`,
        `${root}/releases cannot be written by nobody.`,
        `the configuration folder ${root}/conf cannot be written by nobody.`,
        `the log folder ${root}/logs cannot be written by nobody.`,
      ]);
      expect((await failureOf(asNobody.prepare(newServer(placement), next()))).code).toBe("STATE_UNWRITABLE");
    });
  });

  it("has no template where there is no server", async () => {
    expect(await refusal(control.template())).toBe("refused NO_CONFIG");
  });

  it("refuses every effect with an older token, before it has any effect", async () => {
    await layOutRetired(root);
    await control.prepare(newServer(placement, { setAside: true }), next());
    const newest = next();
    await control.markRetired(null, newest);
    const before = await treeOf(root);
    const old = newest - 1n;
    for (const effect of [
      () => control.prepare(newServer(placement, { flags: [] }), old),
      () => control.unprepare(RUN, old),
      () => control.writeMembers("server.1=x\n", old),
      () => control.markRetired(RUN, old),
    ]) {
      expect(await refusal(effect())).toBe("refused FENCED");
    }
    expect(await treeOf(root)).toEqual(before);
    await control.unprepare(RUN, newest);
  });
});
