// A host for one new server, made of plain folders: nothing runs there, and its one release is a stand-in.
import { spawn } from "node:child_process";
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Transport } from "../../src/hosts/transport.ts";
import { ensembleName, hostName, runId, serverId } from "../../src/model/ids.ts";
import type { Placement } from "../../src/model/inventory.ts";
import { release } from "../../src/model/release.ts";
import type { ServerControl } from "../../src/ports.ts";

type Prepared = Parameters<ServerControl["prepare"]>[0];

export const RUN = runId("orders-abcde");
export const SECRET = "sesame-4711";

/** server.7 of orders, all of its things below `root`; `paths` where they are not. */
export const newPlacement = (root: string, paths: Partial<Placement["host"]["paths"]> = {}): Placement => ({
  ensemble: ensembleName("orders"),
  id: serverId(7),
  host: {
    name: hostName("zk7"),
    driver: "local",
    address: "127.0.94.7",
    user: null,
    service: "zkServer",
    ports: { client: 24_831, quorum: 24_832, election: 24_833, admin: 24_834 },
    ownPorts: {},
    ssh: null,
    paths: {
      root,
      releases: join(root, "releases"),
      current: join(root, "current"),
      conf: join(root, "conf"),
      data: join(root, "data"),
      dataLog: join(root, "log"),
      logs: join(root, "logs"),
      ...paths,
    },
  },
});

/** What `prepare` is given for it, secrets in every place where there may be one. */
export const newServer = ({ host: { paths } }: Placement, change: Partial<Prepared> = {}): Prepared => ({
  run: RUN,
  release: release("3.9.6"),
  configText: `tickTime=2000\ndataDir=${paths.data}\n${
    paths.dataLog === null ? "" : `dataLogDir=${paths.dataLog}\n`
  }dynamicConfigFile=${paths.conf}/zoo.cfg.dynamic\n# ä "quoted" $HOME \`x\`\nssl.keyStore.password=${SECRET}-cfg\n`,
  dynamicText: "server.1=127.0.94.1:2888:3888:participant;2181\nserver.7=127.0.94.7:2888:3888:observer;2181\n",
  files: [
    { name: "java.env", text: `export JVMFLAGS="-Dmy.password=${SECRET}-env"` },
    { name: "log4j.properties", text: "# the template's\n" },
  ],
  flags: ["-Djute.maxbuffer=2097152", `-Dother.secret=${SECRET}-'flag'`],
  setAside: false,
  ...change,
});

/** The release's folder, with what `prepare` looks for. */
export const layOutRelease = async (root: string, of: string): Promise<string> => {
  const home = join(root, "releases", `apache-zookeeper-${of}-bin`);
  await mkdir(join(home, "bin"), { recursive: true });
  await mkdir(join(home, "conf"));
  await writeFile(join(home, "bin/zkServer.sh"), "#!/bin/sh\n");
  await writeFile(join(home, "conf/logback.xml"), "<!-- the release's -->\n");
  return home;
};

/** What a retired server.1 left: data, log, configuration, and a link to its release. */
export const layOutRetired = async (root: string): Promise<void> => {
  const home = await layOutRelease(root, "3.8.0");
  await symlink(home, join(root, "current"));
  for (const folder of ["data/version-2", "log/version-2", "conf", ".zkshift/server.1"]) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await chmod(join(root, ".zkshift"), 0o700);
  const files: readonly [string, string, number?][] = [
    ["data/myid", "1\n"],
    ["data/version-2/snapshot.1", "old data"],
    ["log/version-2/log.1", "old log"],
    ["conf/zoo.cfg", `dataDir=${root}/data\ndataLogDir=${root}/log\n`],
    ["conf/zoo.cfg.dynamic.100000000", "server.1=old\n"],
    ["conf/java.env", `JVMFLAGS=-Dold.password=${SECRET}-old\n`, 0o600],
    ["conf/zookeeper-env.sh", "OLD=1\n"],
    ["conf/jaas.conf", "not zkshift's\n"],
    [".zkshift/server.1/ensemble", "orders\n"],
    [".zkshift/server.1/retired", `orders-aaaaa\n${root}/data\n${root}/log\n`],
  ];
  for (const [name, text, mode = 0o644] of files) await writeFile(join(root, name), text, { mode });
};

/** Everything below a folder: modes, texts and links; the fence's own two files left out. */
export const treeOf = async (root: string): Promise<Readonly<Record<string, string>>> => {
  const tree: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    if (/^\.zkshift\/fence/.test(name)) continue;
    if (entry.isSymbolicLink()) tree[name] = `-> ${await readlink(path)}`;
    else {
      const mode = ((await stat(path)).mode & 0o777).toString(8);
      tree[name] = entry.isDirectory() ? `folder ${mode}` : `${mode} ${await readFile(path, "utf8")}`;
    }
  }
  return tree;
};

/** Where a script is killed: right before the line of that number, counted from the one that begins with `from`. */
export type Kill = { readonly from: string; readonly line: number; met: boolean };

/** `met` is false when the script has not so many lines. */
export const killingAt = (inner: Transport, kill: Kill): Transport => ({
  ...inner,
  exec: (argv, options) => {
    const lines = (argv[2] ?? "").split("\n");
    const first = lines.findIndex((line) => line.startsWith(kill.from));
    if (first < 0) throw new Error(`no line begins with ${kill.from}`);
    const places = lines.flatMap((line, at) =>
      at >= first && line.trim() !== "" && !/(\|\||&&|\||\\)$/.test(lines[at - 1] ?? "") ? [at] : [],
    );
    const at = places[kill.line];
    kill.met = at !== undefined;
    return inner.exec(at === undefined ? argv : argv.with(2, lines.toSpliced(at, 0, "kill -9 $$").join("\n")), options);
  },
});

/** A process that looks like a server's with this configuration, as long as `work` takes. */
export const whileSeeming = async (
  folder: string,
  configFile: string,
  work: (pid: number) => Promise<void>,
): Promise<void> => {
  const java = join(folder, "java");
  await writeFile(java, "#!/bin/sh\nread line\n", { mode: 0o755 });
  const fake = spawn(java, ["org.apache.zookeeper.server.quorum.QuorumPeerMain", configFile], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise((resolve) => fake.once("exit", resolve));
  try {
    for (let tries = 0; tries < 100; tries++) {
      if ((await readFile(`/proc/${fake.pid}/comm`, "utf8").catch(() => "")) === "java\n") break;
      await sleep(20);
    }
    await work(fake.pid ?? 0);
  } finally {
    fake.stdin.end();
    await ended;
  }
};
