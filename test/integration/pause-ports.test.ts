// Writes paused by closed client ports, on hosts reached by ssh, while a client with an address of its own writes, or tries to.
import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { SandboxServer } from "../../sandbox/ensemble/server.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { runCommand, tryCommand } from "../../sandbox/run-command.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { makeLocalTransport } from "../../src/hosts/local.ts";
import type { Transport } from "../../src/hosts/transport.ts";
import type { UpgradeGoal } from "../../src/model/goal.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { begin, goOn, moveGoal } from "../support/move-site.ts";
import { placementOf } from "../support/placement-of.ts";
import { inflict } from "../support/ssh-faults.ts";
import { allowNft, forbidNft, gateTables } from "../support/ssh-gates.ts";
import { HOST_USER, openSshHosts } from "../support/ssh-hosts.ts";
import { openSshSite, type SshSite } from "../support/ssh-site.ts";

const isRoot = process.getuid?.() === 0;

const goal: UpgradeGoal = {
  kind: "upgrade",
  ensemble: ensembleName("orders"),
  release: release("3.9.6"),
  pause: "ports",
  gates: "once",
  overrides: [],
};

describe.runIf(isRoot && CAMPAIGN)("an upgrade with client ports closed", () => {
  let site: SshSite | null = null;
  afterEach(async () => {
    await site?.close();
    site = null;
    await forbidNft();
  });

  it("keeps every client out, and nothing is written meanwhile", { timeout: 300_000 }, async () => {
    site = await openSshSite({ release: "3.8.0", releases: ["3.9.6"], hosts: 4, writerOn: "host4" });
    const { worker, writer, hosts } = site;

    // Refused before anybody is asked, and before anything is changed.
    const refused = await worker.propose(goal, runId("orders-p0000"));
    expect(refused.kind).toBe("blocked");
    if (refused.kind !== "blocked") throw new Error("it was planned");
    expect(refused.findings.map(({ rule }) => rule)).toEqual(Array(3).fill("pause-ports-cannot"));
    expect(refused.findings[0]?.what).toContain(`${HOST_USER} may not run /usr/sbin/nft as root`);
    expect(refused.findings[0]?.todo).toContain("NOPASSWD: /usr/sbin/nft");
    expect(await gateTables(site.hosts)).toEqual([]);

    await allowNft();
    const run = await begin({ worker }, goal, "p0001");
    const warned = (await worker.state(run)).plan.findings.map(({ rule, what }) => `${rule}: ${what}`);
    expect(warned.join("\n")).toMatch(/pause-ports-sessions: .*1 of the 1 sessions .*the shortest 10 s/);
    const state = await goOn({ worker }, run);
    expect(state.outcome, JSON.stringify(state.hold, null, 2)).toBe("succeeded");
    const evidence = state.steps.flatMap((step) => (step.evidence === null ? [] : [step.evidence.step]));
    const paused = evidence.find((one) => one.kind === "pause-writes");
    const resumed = evidence.find((one) => one.kind === "resume-writes");
    if (paused?.kind !== "pause-writes" || resumed?.kind !== "resume-writes") throw new Error("there was no pause");
    expect(paused.refusedBy).toEqual([1, 2, 3]);
    expect(resumed.restored).toBe(3);
    expect(resumed.proof).toMatchObject({ written: 0, deleted: 0, paths: [] });
    expect(await gateTables(site.hosts)).toEqual([]);
    const { acknowledged, longestGapMs } = writer.stats();
    console.log(JSON.stringify({ pausedMs: resumed.pausedMs, ...writer.stats() }), JSON.stringify(paused));
    expect(longestGapMs).toBeGreaterThan(resumed.pausedMs / 2);
    await sleep(3_000);
    expect(writer.stats().acknowledged).toBeGreaterThan(acknowledged);
    await writer.stop();
    for (const { address } of hosts.slice(0, 3)) {
      expect((await observeServer(address, 2181))?.release).toBe("3.9.6");
      const found = await writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  });

  it("opens by itself where the worker dies, is closed again by the next one, and what was written is told", {
    timeout: 400_000,
  }, async () => {
    await allowNft();
    site = await openSshSite({ release: "3.8.0", releases: ["3.9.6"], hosts: 4, writerOn: "host4" });
    const { worker, writer, moments } = site;
    const dies = (kind: "write-config" | "wait-until-synced", nth: number): AbortController => {
      const death = new AbortController();
      moments.push({ what: "started", kind, nth, act: async () => death.abort() });
      return death;
    };

    const run = await begin({ worker }, goal, "p0002");
    // One that comes at once finds the ports closed, and keeps them so.
    await worker.advance(run, dies("write-config", 0).signal);
    const before = writer.stats().acknowledged;
    await sleep(8_000);
    expect(writer.stats().acknowledged).toBe(before);
    // The next one comes from another address, which has to be let through first.
    const net = (site.hosts[0]?.address ?? "").split(".")[2] ?? "";
    await runCommand("ip", ["addr", "add", `10.203.${net}.2/24`, "dev", `zkb${net}`]);
    await runCommand("ip", ["route", "replace", `10.203.${net}.0/24`, "dev", `zkb${net}`, "src", `10.203.${net}.2`]);
    const death = dies("write-config", 1);
    await worker.advance(run, death.signal);
    expect(death.signal.aborted).toBe(true);
    expect(writer.stats().acknowledged).toBe(before);
    // Then none comes.
    const since = Date.now();
    await expect.poll(() => writer.stats().acknowledged, { timeout: 60_000, interval: 50 }).toBeGreaterThan(before);
    const openedMs = Date.now() - since;
    console.log(`opened by itself ${openedMs} ms after the worker's death`);
    expect(openedMs).toBeLessThan(45_000);

    const state = await goOn({ worker }, run);
    expect(state.outcome, JSON.stringify(state.hold, null, 2)).toBe("succeeded");
    const resumed = state.steps.flatMap(({ evidence }) =>
      evidence?.step.kind === "resume-writes" ? [evidence.step] : [],
    );
    expect(resumed[0]?.restored).toBe(3);
    expect(resumed[0]?.proof?.written).toBeGreaterThan(0);
    expect(await gateTables(site.hosts)).toEqual([]);
  });

  it("opens when the run is held, also on a host that cannot be reached, and Retry closes again", {
    timeout: 400_000,
  }, async () => {
    await allowNft();
    site = await openSshSite({ release: "3.8.0", releases: ["3.9.6"], hosts: 4, writerOn: "host4" });
    const { worker, writer, moments, hosts } = site;
    const host = hosts[0];
    if (host === undefined) throw new Error("no host");
    let over: Promise<void> = Promise.resolve();
    moments.push({
      what: "started",
      kind: "write-config",
      act: async () => {
        over = inflict("firewall", host, 90_000);
      },
    });
    const run = await begin({ worker }, goal, "p0003");
    const held = await goOn({ worker }, run);
    expect(held.phase, JSON.stringify(held.outcome)).toBe("held");
    expect(held.steps[held.plan.steps.findIndex(({ kind }) => kind === "pause-writes")]?.state).toBe("undone");
    const { acknowledged } = writer.stats();
    await expect.poll(() => writer.stats().acknowledged, { timeout: 30_000 }).toBeGreaterThan(acknowledged);
    await over;
    await worker.click(run, { type: "resumed" });
    const state = await goOn({ worker }, run);
    expect(state.outcome, JSON.stringify(state.hold, null, 2)).toBe("succeeded");
    const resumed = state.steps.flatMap(({ evidence }) =>
      evidence?.step.kind === "resume-writes" ? [evidence.step] : [],
    );
    expect(resumed[0]?.proof).toMatchObject({ written: 0, deleted: 0 });
  });

  it("closes the ports of those that come as well, and a move ends with all of them open", {
    timeout: 400_000,
  }, async () => {
    await allowNft();
    site = await openSshSite({ release: "3.9.6", hosts: 7, writerOn: "host7" });
    const open = site;
    const { worker, writer, hosts, moments } = open;
    const before: number[] = [];
    moments.push(
      { what: "done", kind: "pause-writes", act: async () => void before.push(writer.stats().acknowledged) },
      { what: "started", kind: "resume-writes", act: async () => void before.push(writer.stats().acknowledged) },
    );
    const run = await begin({ worker }, moveGoal(["host4", "host5", "host6"], { pause: "ports" }), "p0004");
    const state = await goOn({ worker }, run);
    expect(state.outcome, JSON.stringify(state.hold, null, 2)).toBe("succeeded");
    const evidence = state.steps.flatMap((step) => (step.evidence === null ? [] : [step.evidence.step]));
    expect(before).toHaveLength(2);
    expect(before[1]).toBe(before[0]);
    const resumed = evidence.find((one) => one.kind === "resume-writes");
    expect(resumed).toMatchObject({ proof: { written: 0, deleted: 0, paths: [] } });
    expect(await gateTables(open.hosts)).toEqual([]);
    const { acknowledged } = writer.stats();
    await expect.poll(() => writer.stats().acknowledged, { timeout: 30_000 }).toBeGreaterThan(acknowledged);
    await writer.stop();
    for (const { address } of hosts.slice(3, 6)) {
      const found = await writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  });
});

// One host and no ZooKeeper: what the firewall does to who is connected, who comes, and zkshift, and when it ends.
describe.runIf(isRoot)("a gate before a client port", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  });

  /** Two hosts; the first listens on `ports` at `address`, and echoes. */
  const openPair = async (address: string, ports: readonly number[]) => {
    const dir = await mkdtemp(join(tmpdir(), "zkshift-gate-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    await chmod(dir, 0o755);
    const { hosts, close } = await openSshHosts(dir, 2);
    closers.push(close);
    const [host, other] = hosts;
    if (host === undefined || other === undefined) throw new Error("no hosts");
    const listen = `for (const port of ${JSON.stringify(ports)}) require("net").createServer((s) => s.on("error", () => {}).on("data", (d) => s.write(d))).listen(port, "${address}")`;
    const server = spawn("sh", ["-c", 'exec ip netns exec "$@"', "in", host.netns, process.execPath, "-e", listen]);
    closers.push(() => server.kill("SIGKILL"));
    const inside: Transport = {
      ...makeLocalTransport("zk1"),
      exec: (argv, options) => makeLocalTransport("zk1").exec(["ip", "netns", "exec", host.netns, ...argv], options),
    };
    /** The gate of a server on the first host that is told to clients as `told`. */
    const gateOf = (id: number, told: string, port: number) =>
      makeHosts({ transport: () => inside }).server(
        placementOf(
          {
            id,
            host: "zk1",
            address: told,
            root: dir,
            conf: dir,
            data: join(dir, "data"),
            logs: dir,
          } as SandboxServer,
          { client: port, quorum: 2888, election: 3888, admin: 8080 },
        ),
      ).portGate;
    /** From the other host, in one round trip: whether a connection comes about. */
    const reaches = async (to: string, port: number): Promise<boolean> =>
      (
        await tryCommand("ip", [
          ...["netns", "exec", other.netns, "timeout", "2"],
          ...["bash", "-c", `: <>/dev/tcp/${to}/${port}`],
        ])
      ).code === 0;
    return { host, other, gateOf, reaches };
  };

  it("lets zkshift through and nobody else, stays while it is renewed, and opens by itself", {
    timeout: 60_000,
  }, async () => {
    const { host, other, gateOf, reaches: reach } = await openPair("0.0.0.0", [2181]);
    const portGate = gateOf(1, host.address, 2181);
    const client = { host: host.address, port: 2181 };
    const reaches = () => reach(host.address, 2181);
    await expect.poll(reaches, { timeout: 10_000 }).toBe(true);
    const looked = await portGate.look({ ports: [2181], client });
    expect(looked).toMatchObject({ isOwnMachine: false, problem: null });
    const run = runId("orders-ggggg");
    const asked = { run, ...looked, lifeMs: 30_000 };

    // Who is connected is cut off, with a reset and not in silence.
    const cut = spawn("sh", [
      "-c",
      'exec ip netns exec "$@"',
      "in",
      other.netns,
      "bash",
      "-c",
      `exec 3<>/dev/tcp/${host.address}/2181; while echo x >&3 2>/dev/null && read -r -t 2 x <&3; do sleep 0.1; done`,
    ]);
    const ended = new Promise<number>((resolve) => cut.once("exit", () => resolve(Date.now())));
    await sleep(500);
    const closedAt = Date.now();
    await portGate.close(asked, 1n);
    expect((await ended) - closedAt).toBeLessThan(2_500);
    expect(await reaches()).toBe(false);
    // A machine that is very busy may take longer over one try than a try may take.
    await expect.poll(() => portGate.tryFrom([client]), { timeout: 15_000 }).toEqual(["refused"]);
    expect((await portGate.look({ ports: [2181], client })).problem).toBeNull();
    // A renewal sets the life anew: of what was left of 30 s nothing counts any more.
    expect(await portGate.renew({ run, through: looked.through, lifeMs: 5_000 }, 1n)).toBe(true);
    const lastAt = Date.now();
    expect(await reaches()).toBe(false);
    await expect.poll(reaches, { timeout: 15_000, interval: 50 }).toBe(true);
    const lifeMs = Date.now() - lastAt;
    console.log(`opened by itself ${lifeMs} ms after it was renewed for 5000 ms`);
    expect(lifeMs).toBeGreaterThan(3_000);
    expect(await portGate.renew({ run, through: looked.through, lifeMs: 5_000 }, 1n)).toBe(false);
    expect(await reaches()).toBe(true);

    await portGate.close(asked, 2n);
    expect(await reaches()).toBe(false);
    expect(await portGate.open(run, 2n)).toBe(true);
    expect(await reaches()).toBe(true);
    expect(await portGate.open(run, 2n)).toBe(false);
    // A worker that was replaced may close nothing any more.
    await expect(portGate.close(asked, 1n)).rejects.toThrow("newer worker");
  });

  it("over IPv6 too, its TLS port with it, and no port of another server on that host", {
    timeout: 60_000,
  }, async () => {
    // 2181 and 2281 are the server's own, for clients without and with TLS; 2182 is another ensemble's.
    const { host, other, gateOf, reaches } = await openPair("::", [2181, 2281, 2182]);
    const [told, net] = ["fd00:cb::11", host.address.split(".")[2]];
    await runCommand("ip", ["-n", host.netns, "addr", "add", `${told}/64`, "dev", "eth0", "nodad"]);
    await runCommand("ip", ["-n", other.netns, "addr", "add", "fd00:cb::12/64", "dev", "eth0", "nodad"]);
    await runCommand("ip", ["addr", "add", "fd00:cb::1/64", "dev", `zkb${net}`, "nodad"]);
    const [client, gate] = [{ host: told, port: 2181 }, gateOf(1, told, 2181)];
    await expect.poll(() => reaches(told, 2181), { timeout: 10_000 }).toBe(true);
    const looked = await gate.look({ ports: [2181, 2281], client });
    expect(looked).toMatchObject({ isOwnMachine: false, problem: null, through: ["fd00:cb::1"] });
    // As of a ZooKeeper that listens at every address.
    const places = [2181, 2281].map((port) => ({ address: null, port }));
    await gate.close({ run: runId("orders-vvvvv"), ...looked, places, lifeMs: 30_000 }, 1n);
    for (const to of [told, host.address]) {
      expect([to, await reaches(to, 2181), await reaches(to, 2281), await reaches(to, 2182)]).toEqual([
        to,
        false,
        false,
        true,
      ]);
    }
    // zkshift itself still gets in.
    expect((await gate.look({ ports: [2181], client })).problem).toBeNull();

    // The other ensemble's own gate beside it: each opens by itself.
    const second = gateOf(2, told, 2182);
    const beside = await second.look({ ports: [2182], client: { host: told, port: 2182 } });
    await second.close({ run: runId("users-vvvvv"), ...beside, lifeMs: 30_000 }, 1n);
    expect([await reaches(told, 2181), await reaches(told, 2182)]).toEqual([false, false]);
    expect(await gate.open(runId("orders-vvvvv"), 1n)).toBe(true);
    expect([await reaches(told, 2181), await reaches(told, 2281), await reaches(told, 2182)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await second.open(runId("users-vvvvv"), 1n)).toBe(true);
    expect(await reaches(told, 2182)).toBe(true);
  });
});
