// What goes wrong on purpose while a server is replaced: each time the run holds and says why, nothing is lost, and Retry or
// Roll back does what it says. One ensemble all through: each move goes on from where the one before ended. The slowest six
// only take part in `npm run campaign`, and are counted as skipped without it.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serverProcesses, signalServer } from "../../sandbox/ensemble/server.ts";
import { OpsError } from "../../src/errors.ts";
import { formatMember } from "../../src/model/dynamic-config.ts";
import { hostName, type RunId, runId } from "../../src/model/ids.ts";
import type { RunState } from "../../src/run/state.ts";
import { cutOff, mayCutOff } from "../support/cut-off.ts";
import { inCampaign } from "../support/in-campaign.ts";
import {
  begin,
  disturbed,
  goOn,
  type Moment,
  type MoveSite,
  move,
  moveGoal,
  openMoveSite,
} from "../support/move-site.ts";

describe("while a server is replaced", () => {
  const moments: Moment[] = [];
  let loseAnswers = 0;
  let site: MoveSite;
  /** Where the moving server is now, and where it may go. */
  let here = "zk1";
  let there = "zk4";
  let runs = 0;

  beforeAll(async () => {
    site = await openMoveSite({
      ensemble: { release: "3.8.0", size: 3, spares: 1 },
      policy: { extra: { syncTimeout: "12s" } },
      change: (deps) => {
        const zookeeper = {
          ...deps.zookeeper,
          connect: async (options: Parameters<typeof deps.zookeeper.connect>[0]) => {
            const session = await deps.zookeeper.connect(options);
            const reconfig: typeof session.reconfig = async (change) => {
              const membership = await session.reconfig(change);
              if (loseAnswers === 0) return membership;
              loseAnswers -= 1;
              throw new OpsError("unknown-outcome", { what: "The answer was lost." }, { code: "CONNECTION_LOSS" });
            };
            return { ...session, reconfig };
          },
        };
        return disturbed(moments)({ ...deps, zookeeper });
      },
    });
  });
  afterAll(() => site?.close());
  afterEach(() => expect(moments.splice(0).map(({ kind }) => kind)).toEqual([]));

  const goal = () => moveGoal([there, "zk2", "zk3"]);
  const nextId = (): string => `f${String(runs++).padStart(4, "0")}`;
  const dataDir = (): string => site.at(there).data;
  const members = async (): Promise<readonly string[]> =>
    (await site.look()).servers.map(({ host, seen }) => `${host} ${seen.status}`);
  const moved = (): void => {
    [here, there] = [there, here];
  };
  const expectHeld = (state: RunState, what: RegExp): void => {
    expect(state.phase, JSON.stringify(state.hold)).toBe("held");
    expect(`${state.hold?.failure.what} ${state.hold?.failure.detail ?? ""}`).toMatch(what);
    expect(state.hold?.service.serving.length).toBeGreaterThanOrEqual(2);
  };
  const retry = async (run: RunId): Promise<RunState> => {
    await site.worker.click(run, { type: "resumed" });
    return goOn(site, run);
  };
  const rollBack = async (run: RunId): Promise<RunState> => {
    await site.worker.click(run, { type: "rollback-asked" });
    return goOn(site, run);
  };
  const expectMoved = async (state: RunState): Promise<void> => {
    expect(state.outcome, JSON.stringify(state.hold)).toBe("succeeded");
    expect(await members()).toEqual(["zk2 serving", "zk3 serving", `${there} serving`]);
    moved();
  };

  inCampaign("a data folder that has filled since the plan is not touched; emptied, the run goes on", async () => {
    const stray = join(dataDir(), "somebody.txt");
    moments.push({
      what: "started",
      kind: "prepare-server",
      act: async () => {
        await mkdir(dataDir(), { recursive: true });
        await writeFile(stray, "somebody's");
      },
    });
    const run = await begin(site, goal(), nextId());
    expectHeld(await goOn(site, run), /is not empty/);
    expect(await readFile(stray, "utf8")).toBe("somebody's");
    await rm(stray);
    await expectMoved(await retry(run));
  });

  inCampaign("a new server that dies while it fetches its data is started again by Retry", async () => {
    const joiner = there;
    moments.push({
      what: "started",
      kind: "wait-until-joined",
      act: () => signalServer(site.at(joiner), "SIGKILL"),
    });
    const run = await begin(site, goal(), nextId());
    expectHeld(await goOn(site, run), /ended by itself after its start/);
    await expectMoved(await retry(run));
  });

  inCampaign("a new server that is down never becomes a member, and everything is taken back", async () => {
    const joiner = there;
    const stopped = new AbortController();
    moments.push({
      what: "done",
      kind: "wait-until-joined",
      act: async () => {
        await signalServer(site.at(joiner), "SIGKILL");
        setTimeout(() => stopped.abort(), 3_000);
      },
    });
    const run = await begin(site, goal(), nextId());
    expect((await site.worker.advance(run, stopped.signal)).kind).toBe("busy");
    expect((await site.look()).membership.members).toHaveLength(3);
    const state = await rollBack(run);
    expect(state.outcome, JSON.stringify(state.hold)).toBe("rolled-back");
    expect((await members()).toSorted()).toEqual([`${here} serving`, "zk2 serving", "zk3 serving"].toSorted());
    expect(await serverProcesses(site.at(joiner))).toEqual([]);
  });

  inCampaign("a wrong myid is found in the server's log; corrected, the run goes on", async () => {
    let right = "";
    const file = join(dataDir(), "myid");
    moments.push({
      what: "started",
      kind: "start-server",
      act: async () => {
        right = await readFile(file, "utf8");
        await writeFile(file, "99\n");
      },
    });
    const run = await begin(site, goal(), nextId());
    expectHeld(await goOn(site, run), /99 not in the peer list/);
    await writeFile(file, right);
    await expectMoved(await retry(run));
  });

  inCampaign("a port that was taken since the plan is named with its holder; freed, the run goes on", async () => {
    let holder: Server | null = null;
    const { address, clientPort } = site.at(there);
    moments.push({
      what: "started",
      kind: "start-server",
      act: () =>
        new Promise((resolve) => {
          holder = createServer((socket) => socket.destroy()).listen(clientPort, address, resolve);
        }),
    });
    const run = await begin(site, goal(), nextId());
    expectHeld(await goOn(site, run), new RegExp(`client port ${clientPort} is taken by`));
    await new Promise((resolve) => (holder as Server | null)?.close(resolve));
    await expectMoved(await retry(run));
  });

  // Where nobody may cut the way to a server, it is frozen instead: to the run that looks the same.
  const how = mayCutOff() ? "that is cut off from the others" : "that is frozen (only root may cut it off)";
  inCampaign(`a new server ${how} is waited for as long as it may take, then the run holds`, async () => {
    const joiner = there;
    let mend = (): Promise<void> => signalServer(site.at(joiner), "SIGCONT");
    moments.push({
      what: mayCutOff() ? "done" : "started",
      kind: mayCutOff() ? "prepare-server" : "wait-until-joined",
      act: async () => {
        if (!mayCutOff()) return signalServer(site.at(joiner), "SIGSTOP");
        const others = [here, "zk2", "zk3"].map((host) => site.at(host).address);
        const { quorum, election } = site.ensemble.ports;
        ({ mend } = await cutOff(others, [quorum, election]));
      },
    });
    const run = await begin(site, goal(), nextId());
    expectHeld(await goOn(site, run), /did not end within 12 s; it still waits for/);
    await mend();
    // A server that found nobody asks again after 0.2, 0.4, 0.8 s and so on, up to a minute: one Retry may be too early.
    let state = await retry(run);
    for (let again = 0; again < 3 && state.phase === "held"; again++) state = await retry(run);
    await expectMoved(state);
  });

  inCampaign("somebody else's reconfiguration makes the plan stale; taken back, the old members serve", async () => {
    moments.push({
      what: "done",
      kind: "wait-until-joined",
      act: async () => {
        const { servers } = await site.look();
        const modeOf = (mode: string) => servers.find(({ seen }) => seen.status === "serving" && seen.mode === mode);
        const [leader, follower] = [modeOf("leader"), modeOf("follower")];
        if (leader === undefined || follower === undefined) throw new Error("nobody leads, or nobody follows");
        const session = await site.worker.deps.zookeeper.connect({
          // Whoever changes its role drops its clients.
          servers: [leader.client],
          auth: site.ensemble.superAuth,
        });
        for (const role of ["observer", "participant"] as const) {
          const now = await session.getMembership();
          await session.reconfig({
            joining: [formatMember({ ...follower.member, role })],
            fromVersion: now?.version ?? "",
          });
        }
        await session.close();
      },
    });
    const run = await begin(site, goal(), nextId());
    const held = await goOn(site, run);
    expectHeld(held, /changed by someone else: its version is/);
    expect(held.hold?.why).toBe("stale");
    const state = await rollBack(run);
    expect(state.outcome, JSON.stringify(state.hold)).toBe("rolled-back");
    expect((await members()).toSorted()).toEqual([`${here} serving`, "zk2 serving", "zk3 serving"].toSorted());
  });

  it("a lost answer to a reconfiguration is looked up, not repeated", async () => {
    loseAnswers = 2;
    const state = await move(site, goal(), nextId());
    expect(loseAnswers).toBe(0);
    await expectMoved(state);
    const { evidence } = state.steps[state.plan.steps.findIndex(({ kind }) => kind === "add-member")] ?? {};
    expect(evidence?.step).toMatchObject({ kind: "add-member" });
  });

  inCampaign("an old server that does not end on SIGTERM is killed", async () => {
    const leaver = here;
    moments.push({ what: "started", kind: "retire-server", act: () => signalServer(site.at(leaver), "SIGSTOP") });
    await expectMoved(await move(site, goal(), nextId()));
    expect(await serverProcesses(site.at(leaver))).toEqual([]);
  });

  it("nothing that a client had an answer for is missing anywhere, its session lives, and no id came twice", async () => {
    const { writer, worker, look } = site;
    await writer.stop();
    expect(await writer.sessionAlive()).toBe(true);
    const seen = await look();
    for (const { client, host } of seen.servers) {
      const found = await writer.verifyOn(`${client.host}:${client.port}`);
      expect([host, found.missing, found.different, found.ephemeralIsThere]).toEqual([host, [], [], true]);
    }
    const ids: number[] = [];
    for (let i = 0; i < runs; i++) {
      const { plan } = await worker.state(runId(`orders-f${String(i).padStart(4, "0")}`));
      ids.push(...plan.steps.flatMap((step) => (step.kind === "prepare-server" ? [Number(step.server)] : [])));
    }
    // What was taken back before it was ever a member leaves no trace, and its id is free.
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(seen.servers.map(({ host }) => host)).toContain(hostName(here));
  });
});
