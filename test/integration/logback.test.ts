// A team's log4j.properties on its way past 3.8: real servers, of which the newer ones log by logback as Apache's do.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { startEnsemble } from "../../sandbox/ensemble.ts";
import { ensurePrerequisites } from "../../sandbox/prerequisites.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { distributionName, releaseFolder } from "../../sandbox/releases/naming.ts";
import { packRelease } from "../../sandbox/releases/pack.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { move, moveGoal, openMoveSite } from "../support/move-site.ts";
import { waitFor } from "../support/run-on-stage.ts";
import { makeTestWorker } from "../support/worker.ts";

const LOG4J = `
log4j.rootLogger=INFO, ROLLINGFILE, SYSLOG
log4j.logger.org.apache.zookeeper.server.quorum.FastLeaderElection=WARN
log4j.appender.ROLLINGFILE=org.apache.log4j.RollingFileAppender
log4j.appender.ROLLINGFILE.Threshold=INFO
log4j.appender.ROLLINGFILE.File=\${zookeeper.log.dir}/team.log
log4j.appender.ROLLINGFILE.MaxFileSize=10MB
log4j.appender.ROLLINGFILE.MaxBackupIndex=7
log4j.appender.ROLLINGFILE.layout=org.apache.log4j.PatternLayout
log4j.appender.ROLLINGFILE.layout.ConversionPattern=TEAM %d{ISO8601} %-5p (%C{1}) - %m%n
log4j.appender.SYSLOG=org.apache.log4j.net.SyslogAppender
log4j.appender.SYSLOG.SyslogHost=127.0.0.1
log4j.appender.SYSLOG.layout=org.apache.log4j.SimpleLayout
`;

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
});

/** The sandbox's release with logback in its library in place of log4j: what Apache ships from 3.8 on. */
const withLogback = async (version: string, dir: string): Promise<string> => {
  const tarball = (await ensureReleases([version], () => undefined)).files.get(version) ?? "";
  const [staging, folder] = [join(dir, "staging"), join(dir, "releases", releaseFolder(version))];
  await mkdir(staging, { recursive: true });
  await mkdir(folder, { recursive: true });
  await runCommand("tar", ["-xzf", tarball, "-C", staging]);
  const lib = join(staging, distributionName(version), "lib");
  await rm(join(lib, "slf4j-log4j12.jar"));
  await rm(join(lib, "log4j-1.2.jar"));
  for (const jar of ["logback-classic.jar", "logback-core.jar"]) {
    await runCommand("cp", ["-L", join("/usr/share/java", jar), lib]);
  }
  await packRelease(version, staging, folder);
  return pathToFileURL(join(dir, "releases")).href;
};

it.runIf(CAMPAIGN)(
  "new servers of a move log as the old ones did, in their own folders, and roll over",
  { timeout: 400_000 },
  async () => {
    await ensurePrerequisites(["logback"], () => undefined);
    const dir = await mkdtemp(join(tmpdir(), "zkshift-logback-move-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    const site = await openMoveSite({
      ensemble: { release: "3.4.13", size: 3, spares: 3 },
      releasesUrl: await withLogback("3.9.6", dir),
    });
    closers.push(() => site.close());
    const { ensemble, at } = site;
    for (const { id, conf } of ensemble.servers) {
      await writeFile(join(conf, "log4j.properties"), LOG4J.replace("10MB", "1KB"));
      await ensemble.restart(id);
    }
    await ensemble.waitUntilSynced();
    const state = await move(
      site,
      moveGoal(["zk4", "zk5", "zk6"], { release: release("3.9.6"), overrides: ["path-hop"] }),
      "logsx",
    );
    expect([state.hold?.failure.what, state.outcome]).toEqual([undefined, "succeeded"]);
    const told = state.steps.flatMap(({ evidence }) =>
      evidence?.step.kind === "prepare-server" ? [[evidence.step.host, evidence.step.diff] as const] : [],
    );
    for (const host of ["zk4", "zk5", "zk6"]) {
      const { logs } = at(host);
      expect(told.find(([name]) => name === host)?.[1]).toEqual(
        expect.arrayContaining(["+ logback.xml: root INFO", `+ logback.xml: ROLLINGFILE ${logs}/team.log, 1KB × 7`]),
      );
      const text = await readFile(join(logs, "team.log"), "utf8");
      expect(text).toMatch(/^TEAM [\d-]+ [\d:,]+ INFO {2}\(/m);
      expect(text).not.toMatch(/INFO {2}\(FastLeaderElection\)/);
      await waitFor(
        `${host}'s log to roll over`,
        () => readFile(join(logs, "team.log.1"), "utf8").catch(() => null),
        150_000,
      );
    }
  },
);

it.runIf(CAMPAIGN)(
  "the log goes on in the same file at the same level, and a rollback takes the file away",
  { timeout: 240_000 },
  async () => {
    await ensurePrerequisites(["logback"], () => undefined);
    const dir = await mkdtemp(join(tmpdir(), "zkshift-logback-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    const releasesUrl = await withLogback("3.8.0", dir);
    const ensemble = await startEnsemble({ name: "orders", dir: join(dir, "hosts"), release: "3.4.13", size: 3 });
    closers.push(() => ensemble.stop());
    for (const { id, conf } of ensemble.servers) {
      await writeFile(join(conf, "log4j.properties"), LOG4J);
      await ensemble.restart(id);
    }
    // One server's team has been there before.
    const own = '<configuration><root level="WARN"/></configuration>\n';
    const [kept, ...others] = ensemble.servers;
    if (kept === undefined) throw new Error("no server");
    await writeFile(join(kept.conf, "logback.xml"), own);
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    closers.push(() => redis.disconnect());
    const worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml: ensemble.inventoryYaml(),
      releasesUrl,
      environment: ensemble.environment,
    });
    const goal = {
      kind: "upgrade",
      ensemble: ensembleName("orders"),
      release: release("3.8.0"),
      gates: "leader",
      overrides: ["path-hop"],
    } as const;
    const lookedAt = async () =>
      Promise.all(
        ensemble.servers.map(async ({ conf, logs }) => ({
          logback: await readFile(join(conf, "logback.xml"), "utf8").catch(() => null),
          log: await readFile(join(logs, "team.log"), "utf8").catch(() => ""),
        })),
      );
    const before = await lookedAt();
    for (const { log } of before)
      expect(log).toMatch(/^TEAM .* INFO {2}\(Environment\) - .*zookeeper\.version=3\.4\.13/m);

    await ensemble.waitUntilSynced();
    const back = runId("orders-backa");
    expect(await worker.propose(goal, back)).toEqual({ kind: "proposed", run: back });
    // An overridden rule costs one approval more.
    for (let needed = 2; needed > 0; needed--) await worker.approve(back, "plan");
    await worker.advance(back);
    const atGate = await worker.state(back);
    expect([atGate.hold, atGate.phase]).toEqual([null, "waiting"]);
    await worker.click(back, { type: "rollback-asked" });
    await worker.advance(back);
    expect((await worker.state(back)).outcome).toBe("rolled-back");
    expect((await lookedAt()).map(({ logback }) => logback)).toEqual(before.map(({ logback }) => logback));

    const run = runId("orders-forth");
    expect(await worker.propose(goal, run)).toEqual({ kind: "proposed", run });
    // An overridden rule costs one approval more.
    for (let needed = 2; needed > 0; needed--) await worker.approve(run, "plan");
    await worker.advance(run);
    const { gate } = await worker.state(run);
    await worker.approve(run, gate?.gate ?? "plan");
    await worker.advance(run);
    const state = await worker.state(run);
    expect([state.hold?.failure.what, state.outcome]).toEqual([undefined, "succeeded"]);
    const told = state.steps.flatMap(({ evidence }) =>
      evidence?.step.kind === "write-config" ? [[Number(evidence.step.server), evidence.step.diff] as const] : [],
    );
    for (const { id, logs } of others) {
      expect(told.find(([server]) => server === id)?.[1]).toEqual(
        expect.arrayContaining([
          "+ logback.xml: root INFO",
          `+ logback.xml: ROLLINGFILE ${logs}/team.log, 10MB × 7`,
          "! not carried over from log4j.properties: appender SYSLOG (org.apache.log4j.net.SyslogAppender)",
        ]),
      );
    }
    const after = await lookedAt();
    expect(after[0]?.logback).toBe(own);
    expect(after[0]?.log).not.toContain("zookeeper.version=3.8.0");
    for (const { log } of after.slice(1)) {
      expect(log).toMatch(/^TEAM [\d-]+ [\d:,]+ INFO {2}\(Environment\) - .*zookeeper\.version=3\.8\.0/m);
      expect(log).not.toMatch(/ DEBUG |INFO {2}\(FastLeaderElection\)/);
      for (const line of log.split("\n").filter((one) => / - /.test(one) && !one.includes("ZookeeperBanner")))
        expect(line).not.toMatch(/%|\\/);
    }
  },
);
