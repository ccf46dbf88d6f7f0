// A new server's folders where they lie in each other, hold what others left, or may not be written.
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { makeLocalTransport } from "../../src/hosts/local.ts";
import type { Transport } from "../../src/hosts/transport.ts";
import type { Placement } from "../../src/model/inventory.ts";
import type { ServerControl } from "../../src/ports.ts";
import { failureOf } from "../support/failure-of.ts";
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
} from "../support/new-server-host.ts";

const run = promisify(execFile);

const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const error = await failureOf(promise);
  return `${error.code} ${error.failure.what}`;
};

let token = 100n;
const next = (): bigint => ++token;

const drivers: readonly [string, (host: string) => Transport][] = [["local", makeLocalTransport]];

describe.each(drivers)("the %s driver", (_, makeTransport) => {
  let dir: string;
  let root: string;

  const controlOf = (at: Placement, before: readonly string[] = []): ServerControl =>
    makeHosts({
      transport: (host) => {
        const inner = makeTransport(host.name);
        return { ...inner, exec: (argv, options) => inner.exec([...before, ...argv], options) };
      },
    }).server(at);
  const withLog = (dataLog: string) => {
    const placement = newPlacement(root, { dataLog: join(root, dataLog) });
    return { control: controlOf(placement), server: newServer(placement), placement };
  };
  /** What is there but for zkshift's own notes. */
  const others = async () =>
    Object.fromEntries(Object.entries(await treeOf(root)).filter(([name]) => !name.startsWith(".zkshift")));

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-new-folders-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  beforeEach(async () => {
    root = await mkdtemp(join(dir, "host-"));
    await layOutRelease(root, "3.9.6");
  });

  describe("a transaction log below the data folder", () => {
    it("may be there, empty: there is room, it is used, and it stays", async () => {
      const { control, server } = withLog("data/disks/log");
      await mkdir(join(root, "data/disks/log"), { recursive: true });
      const before = await others();
      expect(await control.room()).toMatchObject({ holds: null, problems: [] });
      await control.prepare(server, next());
      await mkdir(join(root, "data/version-2"));
      await mkdir(join(root, "data/disks/log/version-2"));
      await control.unprepare(RUN, next());
      expect(await others()).toEqual(before);
    });

    it("that holds somebody's is refused before anything is made", async () => {
      const { control, server } = withLog("data/log");
      await mkdir(join(root, "data/log/version-2"), { recursive: true });
      const before = await others();
      expect((await control.room()).holds).toEqual({ myid: null, retired: null });
      expect(await refusal(control.prepare(server, next()))).toMatch(
        /^DATA_NOT_EMPTY .*\/data\/log is not empty \(it holds version-2\), and is not a retired server's/,
      );
      expect(await others()).toEqual(before);
      expect(await readdir(join(root, ".zkshift/server.7"))).toEqual([]);
    });

    it("is laid out and taken away whole, wherever either was killed", async () => {
      const { control, server, placement } = withLog("data/disks/log");
      await mkdir(join(root, "data/disks"), { recursive: true });
      const before = await others();
      for (let line = 0, more = true; more; line += CAMPAIGN ? 3 : 9) {
        const kill = (from: string, work: (at: ServerControl) => Promise<unknown>) => {
          const at = { from, line, met: false };
          const killed = makeHosts({ transport: (host) => killingAt(makeTransport(host.name), at) }).server(placement);
          return work(killed).then(
            () => at.met,
            () => at.met,
          );
        };
        const inPrepare = await kill("trap ", (at) => at.prepare(server, next()));
        await control.prepare(server, next());
        expect((await readdir(join(root, "data"))).sort(), `line ${line}`).toEqual(["disks", "myid"]);
        await mkdir(join(root, "data/disks/log/version-2"));
        const inUnprepare = await kill("inner=", (at) => at.unprepare(RUN, next()));
        await control.unprepare(RUN, next());
        expect(await others(), `line ${line}`).toEqual(before);
        more = inPrepare || inUnprepare;
      }
    }, 300_000);

    it("goes aside with a retired server's data, and comes back with them", async () => {
      await layOutRetired(root);
      await run("mv", [join(root, "log"), join(root, "data/log")]);
      await writeFile(join(root, ".zkshift/server.1/retired"), `orders-aaaaa\n${root}/data\n${root}/data/log\n`);
      const { control, server } = withLog("data/log");
      const before = await treeOf(root);
      const aside = `${root}/data.server.1-${RUN}`;
      for (const _time of [1, 2]) {
        expect(await control.prepare({ ...server, setAside: true }, next())).toEqual({ setAside: aside });
      }
      expect(await readFile(`${aside}/log/version-2/log.1`, "utf8")).toBe("old log");
      expect(await readdir(join(root, "data/log"))).toEqual([]);
      await control.unprepare(RUN, next());
      expect(await treeOf(root)).toEqual(before);
    });
  });

  it("a retired server's data do not hide that the transaction log's folder holds somebody's", async () => {
    await layOutRetired(root);
    await writeFile(join(root, ".zkshift/server.1/retired"), `orders-aaaaa\n${root}/data\n${root}/elsewhere\n`);
    const { control, server } = withLog("log");
    expect((await control.room()).holds).toEqual({ myid: null, retired: null });
    expect(await refusal(control.prepare({ ...server, setAside: true }, next()))).toMatch(
      /^DATA_NOT_EMPTY .*\/log is not/,
    );
  });

  it.each([
    ["conf", { conf: "data/conf" }, "configuration folder ROOT/data/conf lies inside the data folder ROOT/data"],
    ["logs", { logs: "log/logs" }, "log folder ROOT/log/logs lies inside the transaction log's folder ROOT/log"],
    ["current", { current: "data/now" }, "link ROOT/data/now lies inside the data folder ROOT/data"],
    [
      "data",
      { dataLog: "x", data: "x/data" },
      "data folder ROOT/x/data lies inside the transaction log's folder ROOT/x",
    ],
    ["releases", { data: "releases" }, "folder of releases ROOT/releases lies inside the data folder ROOT/releases"],
  ])(
    "the %s folder lies inside one that would be moved or emptied: no room, nothing made",
    async (_name, paths, said) => {
      const here = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, join(root, path)]));
      const placement = newPlacement(root, here);
      const control = controlOf(placement);
      const sentence = `the ${said.replaceAll("ROOT", root)}; a new server needs them apart.`;
      expect((await control.room()).problems).toContain(sentence);
      expect(await refusal(control.prepare(newServer(placement), next()))).toBe(`FOLDERS_MIXED zk7: ${sentence}`);
      expect(await readdir(root)).toEqual(["releases"]);
    },
  );

  describe("under a root that was another ensemble's", () => {
    const layOutOther = async () => {
      await layOutRetired(root);
      await run("mv", [join(root, ".zkshift/server.1"), join(root, ".zkshift/server.7")]);
      await chmod(join(root, ".zkshift/server.7"), 0o700);
      await writeFile(join(root, "data/myid"), "7\n");
      await writeFile(join(root, ".zkshift/server.7/ensemble"), "trades\n");
      await mkdir(join(root, ".zkshift/server.7/launch"), { mode: 0o700 });
      await writeFile(join(root, ".zkshift/server.7/launch/cmdline"), "java\0-Dtheirs=1\0", { mode: 0o600 });
    };

    it("a retired server of the same id gives way, and comes back", async () => {
      await layOutOther();
      const { control, server, placement } = withLog("log");
      const before = await treeOf(root);
      const claims = () => makeHosts().claims(placement.host);
      const aside = `${root}/data.server.7-${RUN}`;
      for (const _time of [1, 2]) {
        expect(await control.prepare({ ...server, setAside: true }, next())).toEqual({ setAside: aside });
        expect(await claims()).toEqual([{ ensemble: "orders", id: 7, retired: false }]);
      }
      expect(await readdir(join(root, ".zkshift/server.7"))).not.toContain("launch");
      await control.unprepare(RUN, next());
      expect(await treeOf(root)).toEqual(before);
    });

    it("one that is in service keeps its id there", async () => {
      await layOutOther();
      await rm(join(root, ".zkshift/server.7/retired"));
      const before = await treeOf(root);
      const placement = newPlacement(root, { data: join(root, "d"), dataLog: null, conf: join(root, "c") });
      expect(await refusal(controlOf(placement).prepare(newServer(placement), next()))).toBe(
        `CLAIMED zk7: server.7 of trades is in service under ${root}, where zkshift keeps one server of an id.`,
      );
      expect(await treeOf(root)).toEqual(before);
    });
  });

  it.each([
    ["key = value", "zoo.cfg", `ssl.keyStore.password = ${SECRET}\n`],
    ["key: value", "zoo.cfg", `ssl.trustStore.password: ${SECRET}\n`],
    ["key value", "zoo.cfg", `ssl.keyStore.passwordPath /x\nmy.secret ${SECRET}\n`],
    ["an element", "logback.xml", `<password>${SECRET}</password>\n`],
    [
      "an option in quotes",
      "zookeeper-env.sh",
      `X="-Dzookeeper.DigestAuthenticationProvider.superDigest=super:${SECRET}"\n`,
    ],
    ["credentials of an address", "log4j.properties", `log4j.appender.A.url=https://me:${SECRET}@logs.example/\n`],
  ] as const)("a secret written as %s is its owner's alone to read", async (_how, name, text) => {
    const placement = newPlacement(root);
    const server = newServer(placement, { files: name === "zoo.cfg" ? [] : [{ name, text }], flags: [] });
    const plain = server.configText.replace(/^ssl.*\n/m, "");
    await controlOf(placement).prepare({ ...server, configText: name === "zoo.cfg" ? plain + text : plain }, next());
    expect(((await stat(join(root, "conf", name))).mode & 0o777).toString(8)).toBe("600");
    const other = name === "zoo.cfg" ? "zoo.cfg.dynamic" : "zoo.cfg";
    expect(((await stat(join(root, "conf", other))).mode & 0o777).toString(8)).toBe("644");
  });

  describe.runIf(process.getuid?.() === 0)("as a user who may not do all", () => {
    const nobody = ["setpriv", "--reuid=65534", "--clear-groups"];
    const letNobodyIn = async () => {
      await chmod(dir, 0o755);
      await run("chown", ["65534", root]);
      await chmod(root, 0o755);
      await run("chown", ["65534", join(root, "releases")]);
    };

    it("room names zkshift's own folder when it is another user's", async () => {
      const placement = newPlacement(root);
      await letNobodyIn();
      await mkdir(join(root, ".zkshift"), { mode: 0o700 });
      const control = controlOf(placement, nobody);
      expect((await control.room()).problems).toEqual([
        `zkshift's own folder ${root}/.zkshift cannot be written by nobody.`,
      ]);
      expect(await refusal(control.prepare(newServer(placement), next()))).toMatch(/^STATE_UNWRITABLE /);
    });

    it("room names retired data that cannot be set aside, and preparing refuses them", async () => {
      await letNobodyIn();
      await layOutRetired(root);
      await mkdir(join(root, "disk"));
      await run("mv", [join(root, "data"), join(root, "disk/data")]);
      await writeFile(join(root, ".zkshift/server.1/retired"), `orders-aaaaa\n${root}/disk/data\n${root}/log\n`);
      await run("chown", ["-R", "65534", root]);
      await run("chown", ["0", join(root, "disk")]);
      const placement = newPlacement(root, { data: join(root, "disk/data") });
      const control = controlOf(placement, nobody);
      const before = await treeOf(root);
      const room = await control.room();
      expect(room.holds?.retired).toEqual({ ensemble: "orders", id: 1, retired: true });
      const why = `${root}/disk/data cannot be renamed: it is a disk of its own, or ${root}/disk cannot be written by nobody.`;
      expect(room.problems).toEqual([`what retired server.1 left there cannot be set aside: ${why}`]);
      expect(await refusal(control.prepare(newServer(placement, { setAside: true }), next()))).toBe(
        `NOT_SET_ASIDE zk7: ${why}`,
      );
      const { ".zkshift/server.7": _own, ...after } = await treeOf(root);
      expect(after).toEqual(before);
    });
  });
});
