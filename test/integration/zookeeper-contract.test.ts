// What every implementation of the ZooKeeper and Session ports must do, against real servers of the oldest, the middle
// and the newest release, with servers frozen and connections cut.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { OpsError } from "../../src/errors.ts";
import { fencedAcl } from "../../src/model/acl-fence.ts";
import { formatMember } from "../../src/model/dynamic-config.ts";
import type { Address } from "../../src/model/ensemble.ts";
import { serverId } from "../../src/model/ids.ts";
import type { Session } from "../../src/ports.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

const zookeeper = makeZooKeeper({ lookTimeoutMs: 3000 });
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const open = async (options: Parameters<typeof zookeeper.connect>[0]): Promise<Session> => {
  const session = await zookeeper.connect({ timeoutMs: 30_000, requestTimeoutMs: 10_000, ...options });
  closers.push(() => session.close());
  return session;
};

const proxyTo = async (server: Address): Promise<TcpProxy> => {
  const proxy = await startTcpProxy(server);
  closers.push(() => proxy.stop());
  return proxy;
};

/** Kind and code of the OpsError that a promise rejects with; anything else fails the test. */
const failure = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OpsError) return `${error.kind} ${error.code}`;
    throw error;
  }
  return "no failure";
};

const until = async <T>(what: string, look: () => Promise<T | null | false>, timeoutMs = 60_000): Promise<T> => {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(100)) {
    const found = await look();
    if (found !== null && found !== false) return found;
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}`);
};

/** Cuts the session's connection; resolves at the moment when the session knows. */
const cutAndNotice = (proxy: TcpProxy, session: Session): Promise<void> =>
  new Promise((resolve) => {
    session.onState((state) => {
      if (state === "disconnected") resolve();
    });
    proxy.cut();
  });

const text = (value: string): Buffer => Buffer.from(value);
let unique = 0;
const freshPath = (): string => `/contract-${process.pid}-${unique++}`;

/** An ensemble for the tests of one block, with its servers as the ports want them. */
const useEnsemble = (options: Omit<Parameters<typeof startEnsemble>[0], "name" | "dir">) => {
  const used: { dir: string; ensemble: SandboxEnsemble | null } = { dir: "", ensemble: null };
  beforeAll(async () => {
    used.dir = await mkdtemp(join(tmpdir(), "zkshift-contract-"));
    used.ensemble = await startEnsemble({ name: "contract", dir: used.dir, ...options });
  });
  afterAll(async () => {
    await used.ensemble?.stop();
    await rm(used.dir, { recursive: true, force: true });
  });
  const ensemble = (): SandboxEnsemble => {
    if (used.ensemble === null) throw new Error("the ensemble is not up");
    return used.ensemble;
  };
  const address = (id: number): Address => {
    const server = ensemble().servers.find((each) => each.id === id);
    if (server === undefined) throw new Error(`no server.${id}`);
    return { host: server.address, port: server.clientPort };
  };
  const all = (): readonly Address[] => ensemble().servers.map(({ id }) => address(id));
  const admin = (id: number): Address => ({ host: address(id).host, port: ensemble().ports.admin });
  const leader = (): Promise<number> => until("a leader", () => ensemble().leader());
  const followers = async (): Promise<readonly number[]> => {
    const leading = await leader();
    return ensemble()
      .servers.map(({ id }) => id)
      .filter((id) => id !== leading);
  };
  const aFollower = async (): Promise<number> => (await followers())[0] ?? 0;
  return { ensemble, address, all, admin, leader, followers, aFollower };
};

// What 3.8.0 does differently from both others is seen by the runs; the suite on it is for `npm run campaign`.
const RELEASES = CAMPAIGN ? ["3.4.13", "3.8.0", "3.9.6"] : ["3.4.13", "3.9.6"];

describe.each(RELEASES)("ZooKeeper %s", (release) => {
  const dynamic = release !== "3.4.13";
  const { ensemble, address, all, admin, leader, followers, aFollower } = useEnsemble({ release, size: 3 });

  describe("seeing", () => {
    test("a serving server shows its release, mode, zxid and, on the leader, its synced followers", async () => {
      const leading = await leader();
      const seen = await zookeeper.see(address(leading), null);
      expect(seen).toMatchObject({ status: "serving", mode: "leader", release });
      if (seen.status !== "serving") return expect.unreachable();
      expect(seen.zxid >> 32n).toBeGreaterThanOrEqual(1n);
      expect(seen.connections).toBeGreaterThanOrEqual(1);
      expect(seen.monitor).toMatchObject({ syncedFollowers: 2, learners: 2, digestMismatches: dynamic ? 0 : null });
      expect(seen.monitor?.znodes).toBeGreaterThanOrEqual(4);
    });

    test("a follower is a follower, and does not say how many are synced", async () => {
      const seen = await zookeeper.see(address(await aFollower()), null);
      expect(seen).toMatchObject({ status: "serving", mode: "follower", monitor: { syncedFollowers: null } });
    });

    test("where nothing listens the server is refused, where nothing answers it is unreachable", async () => {
      const closed = { host: address(1).host, port: 1 };
      expect(await zookeeper.see(closed, null)).toEqual({ status: "not-serving", reason: "refused" });
      const proxy = await proxyTo(address(1));
      proxy.freeze();
      const silent = makeZooKeeper({ lookTimeoutMs: 300 });
      expect(await silent.see(proxy.address, null)).toMatchObject({ status: "unreachable" });
      expect((await zookeeper.see({ host: "no-such-host.invalid", port: 2181 }, null)).status).toBe("unreachable");
    });

    test("something else than ZooKeeper is unreachable, not serving", async () => {
      const election = { host: address(1).host, port: ensemble().ports.election };
      expect((await makeZooKeeper({ lookTimeoutMs: 500 }).see(election, null)).status).toBe("unreachable");
    });

    test("a four-letter word is answered as it is", async () => {
      expect(await zookeeper.fourLetterWord(address(1), "ruok")).toBe("imok");
    });
  });

  describe("connections", () => {
    test("every session is told with its address and since when, by word and by AdminServer alike", async () => {
      const before = Date.now();
      const one = await open({ servers: [address(1)] });
      const two = await open({ servers: [address(1)] });
      await Promise.all([one.exists("/"), two.exists("/")]);
      const told = await zookeeper.connections(address(1), null);
      const of = (session: Session) => told?.find((each) => each.session === session.id());
      for (const session of [one, two]) {
        expect(of(session)?.address).toMatch(/^127\.\d+\.\d+\.\d+:\d+$/);
        expect(Math.abs((of(session)?.since ?? 0) - before)).toBeLessThan(10_000);
      }
      const sorted = (connections: typeof told) =>
        connections?.toSorted((a, b) => a.session.localeCompare(b.session)) ?? null;
      const byAdminServer = () => zookeeper.connections({ host: address(1).host, port: 1 }, admin(1));
      // The AdminServer's first answer may take longer than one look waits.
      const web = dynamic ? await until("the AdminServer's answer", byAdminServer) : await byAdminServer();
      expect(sorted(web)).toEqual(dynamic ? sorted(told) : null);
    });

    test("who has gone is told no more, and of a server that is not there nobody knows", async () => {
      const session = await open({ servers: [address(1)] });
      const isThere = async () =>
        (await zookeeper.connections(address(1), null))?.some((each) => each.session === session.id());
      expect(await isThere()).toBe(true);
      await session.close();
      await until("it is gone", async () => (await isThere()) === false);
      expect(await zookeeper.connections({ host: address(1).host, port: 1 }, null)).toBeNull();
    });
  });

  describe("requests", () => {
    test("what was written is read, and versions count", async () => {
      const session = await open({ servers: all() });
      const path = freshPath();
      expect(await session.create(path, text("one"))).toBe(path);
      const first = await session.getData(path);
      expect(first.data.toString()).toBe("one");
      expect(first.stat).toMatchObject({ version: 0, dataLength: 3, numChildren: 0, ephemeralOwner: 0n });
      expect(first.stat.czxid).toBe(first.stat.mzxid);
      const changed = await session.setData(path, text("three"));
      expect(changed).toMatchObject({ version: 1, dataLength: 5 });
      expect(changed.mzxid).toBeGreaterThan(changed.czxid);
      await session.create(`${path}/ä b`, text(""));
      expect(await session.getChildren(path)).toEqual(["ä b"]);
      expect((await session.getData(`${path}/ä b`)).data).toHaveLength(0);
      expect((await session.exists(path))?.numChildren).toBe(1);
      expect(await session.getAcl(path)).toEqual(["cdrwa:world:anyone"]);
      await session.remove(`${path}/ä b`);
      await session.remove(path, 1);
      expect(await session.exists(path)).toBeNull();
    });

    test("an ACL is read as it is stored and replaced under the guard of its version", async () => {
      const session = await open({ servers: all(), auth: "team:secret" });
      const path = freshPath();
      await session.create(path, text(""));
      const id = `team:${createHash("sha1").update("team:secret").digest("base64")}`;
      const acl = [
        { perms: 31, scheme: "digest", id },
        { perms: 1, scheme: "world", id: "anyone" },
        { perms: 3, scheme: "ip", id: "127.0.0.1" },
      ];
      expect(await session.setAcl(path, acl, 0)).toMatchObject({ aversion: 1, version: 0 });
      expect((await session.getAclEntries(path)).acl).toEqual(acl);
      expect(await failure(session.setAcl(path, acl, 0))).toBe("refused BAD_VERSION");
      expect((await session.setAcl(path, acl)).aversion).toBe(2);
      expect(await failure(session.setAcl(`${path}/nothing`, acl))).toBe("refused NO_NODE");

      // What carries an ACL in itself is stored by every release, and keeps even its owner from writing.
      const fenced = fencedAcl(acl);
      if (fenced === null) return expect.unreachable();
      await session.setAcl(path, fenced, 2);
      expect(await failure(session.setData(path, text("more")))).toBe("refused NO_AUTH");
      expect(await failure(session.create(`${path}/child`, text("")))).toBe("refused NO_AUTH");
      expect((await session.getData(path)).data).toHaveLength(0);
      expect(await failure(session.setAcl(path, acl, 3))).toBe("refused NO_AUTH");
    });

    test("what the server refuses is refused with upstream's name", async () => {
      const session = await open({ servers: all() });
      const path = freshPath();
      await session.create(`${path}`, text(""));
      await session.create(`${path}/child`, text(""));
      expect(await failure(session.getData(`${path}/nothing`))).toBe("refused NO_NODE");
      expect(await failure(session.getAcl(`${path}/nothing`))).toBe("refused NO_NODE");
      expect(await failure(session.create(path, text("")))).toBe("refused NODE_EXISTS");
      expect(await failure(session.remove(path))).toBe("refused NOT_EMPTY");
      expect(await failure(session.setData("/zookeeper/nothing", text("")))).toBe("refused NO_NODE");
      expect(await failure(session.create("/bad//path", text("")))).toBe("input BAD_ARGUMENTS");
      expect(await failure(session.create(path, Buffer.alloc(2_000_000)))).toBe("input BAD_ARGUMENTS");
      expect(session.state()).toBe("connected");
    });

    test("version 0 is a guard like any other", async () => {
      const session = await open({ servers: all() });
      const path = freshPath();
      await session.create(path, text("a"));
      await session.setData(path, text("b"), 0);
      expect(await failure(session.setData(path, text("c"), 0))).toBe("refused BAD_VERSION");
      expect(await failure(session.remove(path, 0))).toBe("refused BAD_VERSION");
      expect((await session.getData(path)).data.toString()).toBe("b");
    });

    test("an ephemeral belongs to its session and goes with it", async () => {
      const session = await open({ servers: all() });
      const other = await open({ servers: all() });
      const path = freshPath();
      await session.create(path, text(""), { ephemeral: true });
      await other.sync(path);
      expect(`0x${(await other.exists(path))?.ephemeralOwner.toString(16)}`).toBe(session.id());
      await session.close();
      expect(session.state()).toBe("closed");
      await other.sync(path);
      expect(await other.exists(path)).toBeNull();
      expect(await failure(session.exists(path))).toBe("transient SESSION_CLOSED");
    });

    test("after sync a follower knows what another server has acknowledged", async () => {
      const [one = 0, two = 0] = await followers();
      const writer = await open({ servers: [address(one)] });
      const reader = await open({ servers: [address(two)] });
      const path = freshPath();
      await writer.create(path, text("0"));
      for (let value = 1; value <= 50; value++) {
        await writer.setData(path, text(String(value)));
        await reader.sync(path);
        expect((await reader.getData(path)).data.toString()).toBe(String(value));
      }
    });

    test("a thousand requests at once are all answered, each with its own answer", async () => {
      const session = await open({ servers: all() });
      const path = freshPath();
      await session.create(path, text(""));
      const numbers = Array.from({ length: 1000 }, (_, number) => number);
      await Promise.all(numbers.map((number) => session.create(`${path}/${number}`, text(`data ${number}`))));
      const read = await Promise.all(numbers.map((number) => session.getData(`${path}/${number}`)));
      expect(read.map(({ data }) => data.toString())).toEqual(numbers.map((number) => `data ${number}`));
      expect(await session.getChildren(path)).toHaveLength(1000);
    });

    test("large data comes back whole", async () => {
      const session = await open({ servers: all() });
      const path = freshPath();
      const large = Buffer.alloc(900_000, "abcdefg");
      await session.create(path, large);
      expect((await session.getData(path)).data.equals(large)).toBe(true);
    });
  });

  describe("connections that fail", () => {
    test("a cut connection is replaced, and the session with its ephemeral lives on", async () => {
      const proxy = await proxyTo(address(1));
      const session = await open({ servers: [proxy.address] });
      const id = session.id();
      const path = freshPath();
      await session.create(path, text(""), { ephemeral: true });
      for (let round = 0; round < 5; round++) {
        await cutAndNotice(proxy, session);
        // Asked while there is no connection: waits for the next.
        expect((await session.exists(path))?.ephemeralOwner).toBe(BigInt(id));
      }
      expect(session.id()).toBe(id);
    });

    test.each([1, 3, 10, 30])("a connection cut %i bytes into an answer leaves the session alive", async (bytes) => {
      const proxy = await proxyTo(address(1));
      const session = await open({ servers: [proxy.address] });
      const id = session.id();
      const path = freshPath();
      await session.create(path, text("x".repeat(5000)));
      const cut = proxy.cutInsideNextAnswer(bytes);
      expect(await failure(session.getData(path))).toBe("transient CONNECTION_LOSS");
      await cut;
      expect((await session.getData(path)).data).toHaveLength(5000);
      expect(session.id()).toBe(id);
      const cutWrite = proxy.cutInsideNextAnswer(bytes);
      expect(await failure(session.setData(path, text("y")))).toBe("unknown-outcome CONNECTION_LOSS");
      await cutWrite;
      expect((await session.getData(path)).data.toString()).toBe("y");
    });

    test("a frozen server costs one deadline, then another server is used", async () => {
      const follower = await aFollower();
      const session = await open({ servers: [address(follower)], requestTimeoutMs: 1000 });
      const path = freshPath();
      await session.create(path, text(""));
      const id = session.id();
      await ensemble().kill(follower, "SIGSTOP");
      try {
        const started = Date.now();
        const failures = await Promise.all([failure(session.getData(path)), failure(session.setData(path, text("a")))]);
        expect(failures[0]).toMatch(/^transient (OPERATION_TIMEOUT|CONNECTION_LOSS)$/);
        expect(failures[1]).toMatch(/^unknown-outcome (OPERATION_TIMEOUT|CONNECTION_LOSS)$/);
        expect(Date.now() - started).toBeLessThan(3000);
        // No other server was given: nothing is sent, and it says so.
        expect(await failure(session.setData(path, text("b")))).toBe("transient CONNECTION_LOSS");
        const elsewhere = await open({ servers: all(), requestTimeoutMs: 8000 });
        expect(await elsewhere.exists(path)).not.toBeNull();
        expect(await zookeeper.see(address(follower), null)).toMatchObject({ status: "unreachable" });
      } finally {
        await ensemble().kill(follower, "SIGCONT");
      }
      await until("the same session is back", async () => (await failure(session.exists(path))) === "no failure");
      expect(session.id()).toBe(id);
      await ensemble().waitUntilSynced();
    });

    test("a connection that falls silent while nothing is asked is noticed and replaced", async () => {
      const proxies = [await proxyTo(address(1)), await proxyTo(address(2))];
      const session = await open({ servers: proxies.map((proxy) => proxy.address), sessionTimeoutMs: 6000 });
      const id = session.id();
      const states: string[] = [];
      session.onState((state) => states.push(state));
      proxies.find((proxy) => proxy.connections() > 0)?.freeze();
      await until("another connection", async () => states.includes("connected"), 15_000);
      expect(states).toEqual(["disconnected", "connected"]);
      expect(session.id()).toBe(id);
    });

    test("a session away for longer than its time-out is expired, and says so ever after", async () => {
      const proxy = await proxyTo(address(1));
      const session = await open({ servers: [proxy.address], sessionTimeoutMs: 4000, requestTimeoutMs: 1000 });
      const witness = await open({ servers: all() });
      const path = freshPath();
      await session.create(path, text(""), { ephemeral: true });
      const states: string[] = [];
      session.onState((state) => states.push(state));
      proxy.freeze();
      await until("the server has ended the session", async () => (await witness.exists(path)) === null);
      proxy.thaw();
      await until("the session knows", async () => session.state() === "expired");
      expect(await failure(session.exists("/"))).toBe("transient SESSION_EXPIRED");
      expect(await failure(session.setData("/", text("")))).toBe("transient SESSION_EXPIRED");
      expect(states.at(-1)).toBe("expired");
      await session.close();
      expect(proxy.connections()).toBe(0);
    });

    test("closing ends at once with a frozen server, with a silent network and without any connection", async () => {
      const proxy = await proxyTo(address(1));
      const frozen = await open({ servers: [proxy.address] });
      const pending = await open({ servers: [proxy.address] });
      proxy.freeze();
      const asked = failure(pending.getData("/"));
      const started = Date.now();
      await Promise.all([frozen.close(), pending.close()]);
      expect(await asked).toBe("transient CONNECTION_LOSS");
      expect(Date.now() - started).toBeLessThan(4000);
      proxy.thaw();
      const cut = await open({ servers: [proxy.address] });
      await proxy.stop();
      await until("the connection is gone", async () => cut.state() === "disconnected");
      await cut.close();
      await cut.close();
      expect(cut.state()).toBe("closed");
    });

    test("a session with nobody fails in time, and leaves nothing behind", async () => {
      const closed = { host: address(1).host, port: 1 };
      const started = Date.now();
      expect(await failure(zookeeper.connect({ servers: [closed], timeoutMs: 500 }))).toBe("transient CONNECTION_LOSS");
      const proxy = await proxyTo(address(1));
      proxy.freeze();
      expect(await failure(zookeeper.connect({ servers: [proxy.address], timeoutMs: 500 }))).toBe(
        "transient CONNECTION_LOSS",
      );
      expect(Date.now() - started).toBeLessThan(5000);
      proxy.thaw();
      await until("the proxy's connection is closed", async () => proxy.connections() === 0);
      expect(await failure(zookeeper.connect({ servers: [] }))).toBe("input BAD_ARGUMENTS");
    });

    test("a process that has closed its session ends by itself", async () => {
      const program = new URL("../support/exits-by-itself.ts", import.meta.url).pathname;
      const { host, port } = address(1);
      const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program, host, String(port)], {
        timeout: 30_000,
      });
      expect(stdout.trim()).toBe("closed");
    });

    test("a new leader is elected under a session, which goes on, and no acknowledged write is lost", async () => {
      const session = await open({ servers: all(), requestTimeoutMs: 20_000 });
      const id = session.id();
      const path = freshPath();
      await session.create(path, text(""));
      const leading = await leader();
      const acknowledged: number[] = [];
      await ensemble().kill(leading);
      for (let number = 0; number < 40; number++) {
        const outcome = await failure(session.create(`${path}/${number}`, text("")));
        expect(["no failure", "unknown-outcome CONNECTION_LOSS"]).toContain(outcome);
        if (outcome === "no failure") acknowledged.push(number);
      }
      expect(acknowledged.length).toBeGreaterThan(30);
      expect(session.id()).toBe(id);
      await ensemble().restart(leading);
      await ensemble().waitUntilSynced();
      const there = new Set(await session.getChildren(path));
      expect(acknowledged.filter((number) => !there.has(String(number)))).toEqual([]);
    });
  });

  describe("digests", () => {
    test("a walk gives the same digest on every server and another one after a change", async () => {
      const [writer = 0] = await followers();
      const session = await open({ servers: [address(writer)] });
      const path = freshPath();
      await session.create(path, text("data"));
      const walk = async (ignore?: (path: string) => boolean) => {
        const walked = await Promise.all(
          all().map(async (server) => {
            const each = await open({ servers: [server] });
            await each.sync("/");
            return zookeeper.treeDigest(each, ignore === undefined ? {} : { ignore });
          }),
        );
        expect(new Set(walked.map(({ digest }) => digest)).size).toBe(1);
        return walked[0];
      };
      const before = await walk();
      const ignoring = await walk((each) => each === path);
      await session.create(`${path}/child`, text(""));
      const after = await walk();
      expect(after?.digest).not.toBe(before?.digest);
      expect(after?.znodes).toBe((before?.znodes ?? 0) + 1);
      expect(await walk((each) => each === path)).toEqual(ignoring);
      await session.setData(path, text("date"));
      expect((await walk())?.digest).not.toBe(after?.digest);
    });

    test("znodes that come and go during the walk do not fail it, and an abort ends it", async () => {
      const session = await open({ servers: all() });
      const path = freshPath();
      await session.create(path, text(""));
      let busy = true;
      const churn = (async () => {
        while (busy) {
          await session.create(`${path}/x`, text(""));
          await session.remove(`${path}/x`);
        }
      })();
      for (let round = 0; round < 20; round++) await zookeeper.treeDigest(session);
      busy = false;
      await churn;
      const stop = AbortSignal.abort(new Error("enough"));
      await expect(zookeeper.treeDigest(session, { signal: stop })).rejects.toThrow("enough");
    });

    test("servers of 3.6 and later remember digests that agree, older ones have none", async () => {
      if (!dynamic) {
        expect(await zookeeper.digests(address(1), admin(1))).toBeNull();
        expect(await zookeeper.digests(address(1), null)).toBeNull();
        return;
      }
      const session = await open({ servers: all() });
      const path = freshPath();
      await session.create(path, text(""));
      for (let round = 0; round < 3; round++) {
        await Promise.all(Array.from({ length: 128 }, (_, each) => session.setData(path, text(`${round} ${each}`))));
      }
      const common = await until("a digest that all have", async () => {
        const [first, ...others] = await Promise.all(all().map((server) => zookeeper.digests(server, null)));
        const zxids = [...(first?.keys() ?? [])].filter((zxid) => others.every((other) => other?.has(zxid)));
        const newest = zxids.at(-1);
        return newest === undefined ? null : [first, ...others].map((digests) => digests?.get(newest));
      });
      expect(new Set(common).size).toBe(1);
      // The AdminServer tells the same, to the last digit.
      const [word, web] = [
        await zookeeper.digests(address(1), null),
        await zookeeper.digests({ host: address(1).host, port: 1 }, admin(1)),
      ];
      expect([...(web ?? [])].slice(0, word?.size)).toEqual([...(word ?? [])]);
    });
  });

  describe("membership", () => {
    if (!dynamic)
      test("3.4 has no dynamic membership, and reconfig is unimplemented", async () => {
        const session = await open({ servers: all() });
        expect(await session.getMembership()).toBeNull();
        expect(await failure(session.reconfig({ leaving: [3], fromVersion: "0" }))).toBe("refused UNIMPLEMENTED");
      });

    if (dynamic)
      test("the membership is read, changed with the right version only, and changed back", async () => {
        // Through the leader: a server whose own role changes drops its clients, and the outcome would be unknown.
        const session = await open({ servers: [address(await leader())], auth: ensemble().superAuth });
        const before = await session.getMembership();
        expect(before?.source).toBe("dynamic");
        expect(before?.members.map(({ id, role }) => [id, role])).toEqual([1, 2, 3].map((id) => [id, "participant"]));
        const follower = await aFollower();
        const member = before?.members.find(({ id }) => id === follower);
        if (before === null || member === undefined || before.version === null) return expect.unreachable();
        const joining = [formatMember({ ...member, role: "observer" })];
        expect(await failure(session.reconfig({ joining, fromVersion: "7" }))).toBe("refused BAD_VERSION");
        const changed = await session.reconfig({ joining, fromVersion: before.version });
        expect(changed.members.find(({ id }) => id === follower)?.role).toBe("observer");
        expect(changed.version).not.toBe(before.version);
        const back = await session.reconfig({ joining: [formatMember(member)], fromVersion: changed.version ?? "" });
        expect(back.members).toEqual(before.members);
        expect(await session.getMembership()).toEqual(back);
        expect(await failure(session.reconfig({ leaving: [3], fromVersion: "xyz" }))).toBe("input BAD_ARGUMENTS");
        await ensemble().waitUntilSynced();
      });

    if (dynamic)
      test("who is not authenticated may not, who is may also on the next connection", async () => {
        const stranger = await open({ servers: all() });
        const membership = await stranger.getMembership();
        const member = membership?.members[0];
        if (member === undefined) return expect.unreachable();
        // A member as it is: changes nothing but the version. Servers look at the version first, so it must be the right one.
        const joining = [formatMember(member)];
        let fromVersion = membership?.version ?? "";
        expect(await failure(stranger.reconfig({ joining, fromVersion }))).toBe("refused NO_AUTH");
        const proxy = await proxyTo(address(1));
        const session = await open({ servers: [proxy.address], auth: ensemble().superAuth });
        for (let round = 0; round < 5; round++) {
          await cutAndNotice(proxy, session);
          const next = await session.reconfig({ joining, fromVersion });
          expect(next.version).not.toBe(fromVersion);
          fromVersion = next.version ?? "";
        }
      });

    if (dynamic)
      test("error codes that the library does not know are errors like others", async () => {
        const [alive = 0, dead = 0] = await followers();
        await ensemble().kill(dead);
        const session = await open({ servers: [address(await leader())], auth: ensemble().superAuth });
        const version = (await session.getMembership())?.version ?? "";
        // Leader and a dead server would be left: no quorum of them is synced (NewConfigNoQuorum, -13).
        expect(await failure(session.reconfig({ leaving: [alive], fromVersion: version }))).toBe(
          "refused NEW_CONFIG_NO_QUORUM",
        );
        expect(session.state()).toBe("connected");
        expect((await session.getMembership())?.version).toBe(version);
        await ensemble().restart(dead);
        await ensemble().waitUntilSynced();
      });
  });

  // Last: it stops servers for good.
  test("a server without quorum looks for one", async () => {
    const [one = 0, two = 0] = await followers();
    await ensemble().kill(one);
    await ensemble().kill(two);
    const left = await leader().catch(() => 0);
    const remaining = [1, 2, 3].find((id) => id !== one && id !== two) ?? left;
    await until("it looks", async () => {
      const seen = await zookeeper.see(address(remaining), admin(remaining));
      return seen.status === "not-serving" && seen.reason === "looking";
    });
    expect(await zookeeper.connections(address(remaining), null)).toBeNull();
  });
});

describe("a server that answers only srvr", () => {
  const { address, admin } = useEnsemble({ release: "3.9.6", size: 1, whitelist: null });

  test("other words are refused as not whitelisted", async () => {
    expect(await failure(zookeeper.fourLetterWord(address(1), "mntr"))).toBe("refused NOT_WHITELISTED");
  });

  test("its AdminServer tells the rest, and without it the rest is not known", async () => {
    const told = await zookeeper.see(address(1), admin(1));
    expect(told).toMatchObject({ status: "serving", release: "3.9.6", monitor: { syncedFollowers: 0, learners: 0 } });
    expect(await zookeeper.see(address(1), null)).toMatchObject({ status: "serving", monitor: null });
    expect(await zookeeper.digests(address(1), admin(1))).toEqual(new Map());
    expect(await zookeeper.digests(address(1), null)).toBeNull();
    const session = await open({ servers: [address(1)] });
    const connected = await zookeeper.connections(address(1), admin(1));
    expect(connected?.map((each) => each.session)).toContain(session.id());
    expect(await zookeeper.connections(address(1), null)).toBeNull();
  });

  test("the AdminServer of another server is not believed", async () => {
    const stranger = { ...admin(1), of: { id: serverId(9), clientPort: address(1).port } };
    expect(await zookeeper.connections(address(1), stranger)).toBeNull();
  });
});

describe("a server that does not even answer srvr", () => {
  const { admin } = useEnsemble({ release: "3.9.6", size: 1 });

  test("is seen through its AdminServer, and is unknown without", async () => {
    // Releases up to 3.9 always allow srvr, so a listener of our own stands in front; the AdminServer is real.
    const listener = createServer((socket) => {
      socket.once("data", (word) => socket.end(`${word} is not executed because it is not in the whitelist.`));
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    closers.push(async () => void listener.close());
    const bound = listener.address();
    if (bound === null || typeof bound === "string") return expect.unreachable();
    const server = { host: "127.0.0.1", port: bound.port };
    const seen = await zookeeper.see(server, admin(1));
    expect(seen).toMatchObject({ status: "serving", mode: "leader", release: "3.9.6", monitor: { learners: 0 } });
    if (seen.status === "serving") expect(seen.zxid >> 32n).toBe(1n);
    expect(await zookeeper.see(server, null)).toMatchObject({ status: "unreachable" });
  });
});
