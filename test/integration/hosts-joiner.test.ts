// A new server on a host of its own, from the template of a server that runs to the end of its process: real servers.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntilServing } from "../../sandbox/ensemble/server.ts";
import { type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { codeOf } from "../../src/errors.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { makeLocalTransport } from "../../src/hosts/local.ts";
import type { Transport } from "../../src/hosts/transport.ts";
import { runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { applyChanges } from "../../src/model/zoo-cfg.ts";
import type { ServerControl, ServerTemplate } from "../../src/ports.ts";
import { placementOf } from "../support/placement-of.ts";

const run = promisify(execFile);
const RUN = runId("orders-abcde");
const FLAGS = ["-Djute.maxbuffer=2097152", "-Dmy.password=sesame"];

const drivers: readonly [string, (host: string) => Transport][] = [["local", makeLocalTransport]];

describe.each(drivers)("the %s driver", (_, makeTransport) => {
  let dir: string;
  let ensemble: SandboxEnsemble;
  let old: ServerControl;
  let joiner: ServerControl;
  let template: ServerTemplate;
  let token = 100n;
  const next = (): bigint => ++token;

  const there = () => {
    const [server] = ensemble.servers;
    const [spare] = ensemble.spares;
    if (server === undefined || spare === undefined) throw new Error("no servers");
    return { server, spare };
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-joiner-"));
    ensemble = await startEnsemble({ name: "joined", dir, release: "3.8.0", size: 1, spares: 1 });
    const { server, spare } = there();
    const hosts = makeHosts({ transport: (host) => makeTransport(host.name) });
    old = hosts.server(placementOf(server, ensemble.ports));
    joiner = hosts.server(placementOf(spare, ensemble.ports));
    // Flags that only the process knows of, as whoever started it by hand gave them.
    await old.stop("TERM", next());
    await run(join(server.distribution, "bin/zkServer.sh"), ["start"], {
      env: {
        PATH: process.env.PATH ?? "",
        ZOOCFGDIR: server.conf,
        ZOO_LOG_DIR: server.logs,
        JVMFLAGS: FLAGS.join(" "),
      },
    });
    await waitUntilServing(server, 60_000);
  });
  afterAll(async () => {
    await joiner?.stop("KILL", next());
    await ensemble?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it("gives as template what the server has in files, and the flags that only its process has", async () => {
    const { server } = there();
    template = await old.template();
    expect(template.configText).toBe(await readFile(server.configFile, "utf8"));
    for (const { name, text } of template.files) expect(text).toBe(await readFile(join(server.conf, name), "utf8"));
    expect(template.files.map(({ name }) => name)).toContain("java.env");
    expect(template.flags).toEqual(FLAGS);
  });

  it("gives the same template of the server while it is stopped", async () => {
    const { server } = there();
    await old.stop("TERM", next());
    expect(await old.template()).toEqual(template);
    await old.start(next());
    await waitUntilServing(server, 60_000);
    expect(await old.template()).toEqual(template);
  });

  it("has room on a host whose address is its own, beside a server with the same ports", async () => {
    const room = await joiner.room({ peers: [there().server.address] });
    expect(room).toMatchObject({ holds: null, claims: [], installed: [], problems: [] });
  });

  it("joins on a newer release as it was laid out, with the template's flags, and is seen like any other", async () => {
    const { server, spare } = there();
    const file = (await ensureReleases(["3.9.6"], () => undefined)).files.get("3.9.6") ?? "";
    const content = await readFile(file);
    const sha512 = createHash("sha512").update(content).digest("hex");
    await joiner.installRelease({ release: release("3.9.6"), file, sha512, bytes: content.length }, next());
    const members = (await old.facts()).dynamicText?.replace(/^version=.*\n/m, "") ?? "";
    const own = `server.${spare.id}=${spare.address}:${ensemble.ports.quorum}:${ensemble.ports.election}:observer;${spare.address}:${ensemble.ports.client}\n`;
    const configText = applyChanges(template.configText, [
      { key: "dataDir", to: spare.data },
      { key: "dynamicConfigFile", to: join(spare.conf, "zoo.cfg.dynamic") },
      { key: "admin.serverAddress", to: spare.address },
    ]);
    const dynamicText = `${members.trimEnd()}\n${own}`;
    await joiner.prepare(
      {
        ...template,
        run: RUN,
        release: release("3.9.6"),
        configText,
        dynamicText,
        setAside: false,
      },
      next(),
    );
    const { pid } = await joiner.start(next());
    await waitUntilServing(spare, 60_000);
    // No member yet: it follows without a vote, whatever its own file calls it.
    expect((await observeServer(spare.address, spare.clientPort))?.release).toMatch(/^3\.9\.6/);
    expect(await observeServer(spare.address, spare.clientPort)).toMatchObject({ mode: "follower" });
    const argv = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
    for (const flag of FLAGS) expect(argv).toContain(flag);
    const facts = await joiner.facts({ peers: [server.address] });
    expect(facts).toMatchObject({ myid: `${spare.id}`, problems: [], process: { pid, jvmFlags: [] } });
    expect(JSON.stringify(facts)).not.toContain("sesame");
    // It took over the leader's members, which it is none of: without its own it ends with "My id 2 not in the peer list".
    await joiner.stop("TERM", next());
    expect((await joiner.facts()).dynamicText).not.toContain(`server.${spare.id}=`);
    await joiner.writeMembers(dynamicText, next());
    expect((await joiner.facts()).dynamicText).toBe(dynamicText);
    const again = await readFile(`/proc/${(await joiner.start(next())).pid}/cmdline`, "utf8");
    expect(again.split("\0")).toEqual(argv);
    await waitUntilServing(spare, 60_000);
  });

  it("is left alone while it runs, and leaves only its release and its log", async () => {
    const { spare } = there();
    expect(await joiner.unprepare(RUN, next()).catch(codeOf)).toBe("RUNS");
    await joiner.stop("KILL", next());
    await joiner.unprepare(RUN, next());
    expect((await readdir(spare.root)).sort()).toEqual([".zkshift", "logs", "releases"]);
    expect((await joiner.room()).claims).toEqual([]);
    expect((await joiner.room()).problems).toEqual([]);
  });
});
