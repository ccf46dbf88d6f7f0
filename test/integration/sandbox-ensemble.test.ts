import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { takenPorts } from "../../sandbox/ensemble/addresses.ts";
import { ensembleProcesses, type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { askServer, observeServer } from "../../sandbox/four-letter-words.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { startWriter } from "../../sandbox/writer.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";

let dir = "";
let ensemble: SandboxEnsemble | null = null;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "zkshift-ensemble-"));
});
afterEach(async () => {
  await ensemble?.stop();
  ensemble = null;
  await rm(dir, { recursive: true, force: true });
});

const addressesOf = ({ servers }: SandboxEnsemble) => servers.map(({ address }) => address);

describe.each(CAMPAIGN ? ["3.4.13", "3.8.0", "3.9.6"] : ["3.4.13", "3.9.6"])("three servers of %s", (release) => {
  it("elect a leader, take writes, survive the loss of the leader and stop without leftovers", async () => {
    ensemble = await startEnsemble({ name: "orders", dir, release, size: 3, spares: 1 });
    const seen = await Promise.all(ensemble.servers.map(({ address }) => observeServer(address, 2181)));
    expect(seen.map((each) => each?.release)).toEqual([release, release, release]);
    expect(seen.map((each) => each?.mode).sort()).toEqual(["follower", "follower", "leader"]);
    if (release !== "3.4.13") {
      const admin = await fetch(`http://${ensemble.servers[0]?.address}:8080/commands/ruok`);
      expect(admin.status).toBe(200);
    }

    const writer = await startWriter({ connectString: ensemble.connectString, path: "/sandbox/test", everyMs: 5 });
    await sleep(200);
    const leader = (await ensemble.leader()) ?? 0;
    await ensemble.kill(leader);
    await ensemble.restart(leader);
    await ensemble.waitUntilSynced();
    await sleep(200);
    await writer.stop();
    expect(writer.stats()).toMatchObject({ refused: 0, sessionsLost: 0 });
    for (const { address } of ensemble.servers) {
      expect(await writer.verifyOn(`${address}:2181`)).toEqual({
        checked: writer.stats().acknowledged,
        missing: [],
        different: [],
        ephemeralIsThere: true,
      });
    }
    expect(await writer.sessionAlive()).toBe(true);
    await writer.close();

    expect(await ensembleProcesses(ensemble)).toHaveLength(3);
    await ensemble.stop();
    expect(await ensembleProcesses(ensemble)).toEqual([]);
    expect(await takenPorts(addressesOf(ensemble), ensemble.ports)).toEqual([]);
  });
});

it("describes itself as an inventory, with the super user by name only", async () => {
  ensemble = await startEnsemble({ name: "orders-1", dir, release: "3.8.0", size: 1, spares: 1, super: "secret" });
  expect(ensemble.environment).toEqual({ ZK_ORDERS_1_SUPER: "super:secret" });
  const text = ensemble.inventoryYaml({ gates: "each" });
  expect(text).not.toContain("secret");
  const [server] = ensemble.servers;
  expect(parse(text)).toMatchObject({
    hosts: {
      zk1: { driver: "local", address: server?.address, root: server?.root, data: server?.data, service: "zkServer" },
      zk2: { address: ensemble.spares[0]?.address },
    },
    ensembles: {
      "orders-1": { servers: { 1: "zk1" }, channel: "#zookeeper", gates: "each", super: "env:ZK_ORDERS_1_SUPER" },
    },
  });
});

it("runs servers that somebody else might have made: bare java, other ports and paths, Apache's own defaults", async () => {
  ensemble = await startEnsemble({
    name: "foreign",
    dir,
    release: "3.8.0",
    size: 3,
    reconfig: false,
    whitelist: null,
    launch: "java",
    ports: { client: 12181, quorum: 12888, election: 13888, admin: 18080 },
    layout: (id, base) => ({
      distribution: join(base, "opt", `zookeeper-${id}`),
      conf: join(base, "etc", `${id}`),
      data: join(base, "var", `${id}`),
    }),
  });
  expect(await readFile(join(dir, "etc/2/zoo.cfg"), "utf8")).toContain(`dataDir=${join(dir, "var/2")}`);
  const [server] = ensemble.servers;
  expect(await askServer(server?.address ?? "", 12181, "mntr")).toContain("not in the whitelist");
  expect(ensemble.superAuth).toBeNull();
  await ensemble.kill(2, "SIGTERM");
  expect(await ensembleProcesses(ensemble)).toHaveLength(2);
  await ensemble.restart(2);
  expect(await ensembleProcesses(ensemble)).toHaveLength(3);
});

it("packs scripts that behave as Apache's", async () => {
  ensemble = await startEnsemble({ name: "scripts", dir, release: "3.9.6", size: 1, reconfig: false });
  const [server] = ensemble.servers;
  if (server === undefined) throw new Error("no server");
  const zkServer = (command: string) =>
    runCommand(join(server.root, "current/bin/zkServer.sh"), ["--config", server.conf, command], {
      env: { ZOO_LOG_DIR: server.logs },
    });
  expect(await zkServer("status")).toContain("Mode: standalone");
  expect(await zkServer("stop")).toContain("STOPPED");
  await expect(zkServer("status")).rejects.toThrow("failed");
  expect(await zkServer("start")).toContain("STARTED");
  const pid = Number(await readFile(join(server.data, "zookeeper_server.pid"), "utf8"));
  expect(await ensembleProcesses(ensemble)).toEqual([pid]);
});
