// The plan of a restore, the rules about it, and the check that looks at it with other eyes.
import { describe, expect, it, test } from "vitest";
import type { BackupManifest } from "../../../src/model/backup.ts";
import type { Observation } from "../../../src/model/ensemble.ts";
import { EXTENDED_TYPES_FLAG } from "../../../src/model/extended-types.ts";
import type { RestoreGoal } from "../../../src/model/goal.ts";
import { ensembleName, hostName, serverId } from "../../../src/model/ids.ts";
import type { Finding, Plan, Step } from "../../../src/model/plan.ts";
import { checkRestore } from "../../../src/plan/check-restore.ts";
import { RULES } from "../../../src/plan/rules.ts";
import { stalenessOfRestore } from "../../../src/plan/staleness-of-restore.ts";
import { NOT_PROVED, planSampleRestore, sampleManifest } from "../../support/sample-backup.ts";
import { type SampleServer, sampleObservation, sampleStandalone, zooCfg } from "../../support/sample-ensemble.ts";

type Case = Parameters<typeof planSampleRestore>[0];

const planOf = (given: Case = {}): { readonly plan: Plan; readonly seen: Observation } => {
  const { planned, seen } = planSampleRestore(given);
  if (planned.kind !== "plan") throw new Error(JSON.stringify(planned, null, 2));
  return { plan: planned.plan, seen };
};
const findingsOf = (given: Case): readonly Finding[] => {
  const { planned } = planSampleRestore(given);
  return planned.kind === "plan" ? planned.plan.findings : planned.kind === "blocked" ? planned.findings : [];
};

const DOWN = { status: "not-serving", reason: "refused" } as const;
const three = (change: Partial<SampleServer>): Observation =>
  sampleObservation([1, 2, 3].map((id) => ({ id, ...change })));
/** Servers that know no reconfig, whose zoo.cfg lists them. */
const STATIC = three({ facts: { configText: zooCfg().replace("reconfigEnabled=true", "reconfigEnabled=false") } });
const OF_OTHERS: Partial<BackupManifest> = {
  ensemble: "payments",
  members: ["server.7=10.9.0.7:2888:3888", "server.8=10.9.0.8:2888:3888"],
};
const PAYMENTS: Partial<RestoreGoal> = { of: ensembleName("payments") };

describe("a plan of a restore", () => {
  it("prepares, asks, exchanges and proves, for every server, whether it serves or not", () => {
    for (const seen of [sampleObservation(), three({ seen: DOWN, facts: { process: null } })]) {
      const { plan, seen: with_ } = planOf({ seen });
      expect(checkRestore(plan, with_)).toEqual([]);
      expect(plan.release).toBe("3.8.0");
      expect(plan.steps.map(({ kind }) => kind)).toEqual([
        "preflight",
        "stage-backup",
        "ask-approval",
        "restore-data",
        "verify-restore",
      ]);
    }
  });

  it("is bound to the files of the backup by its hash", () => {
    const other = { files: [{ name: "data.tar.gz", bytes: 48_213, sha256: "00".repeat(32) }] };
    const [a, b] = [planSampleRestore().planned, planSampleRestore({ manifest: other }).planned];
    expect(a.kind === "plan" && b.kind === "plan" && a.hash !== b.hash).toBe(true);
  });

  it("takes the quorum of the ensemble, and one more for an override", () => {
    const approvers = { users: ["U1", "U2", "U3"], groups: [], quorum: 2, selfApproval: false, expiresMs: 1 };
    expect(planOf({ spec: { approvers } }).plan.approvals).toBe(2);
    const goal = { overrides: ["backup-of-newer-release"] };
    expect(planOf({ spec: { approvers }, manifest: { release: "3.9.6" }, goal }).plan.approvals).toBe(3);
  });

  it("is looked at by the check with other eyes", () => {
    const { plan, seen } = planOf();
    const wrong = (steps: readonly Step[]) => checkRestore({ ...plan, steps }, seen).join(" ");
    expect(wrong(plan.steps.filter(({ kind }) => kind !== "ask-approval"))).toMatch(/The steps are/);
    expect(wrong(plan.steps.toReversed())).toMatch(/The steps are/);
    expect(
      wrong(
        plan.steps.map((step) => (step.kind === "restore-data" ? { ...step, members: step.members.slice(1) } : step)),
      ),
    ).toMatch(/restore-data is about other servers/);
    expect(wrong(plan.steps.map((step) => (step.kind === "stage-backup" ? { ...step, files: [] } : step)))).toMatch(
      /does not lay the backup's own files/,
    );
    expect(
      wrong(
        plan.steps.map((step) => (step.kind === "verify-restore" ? { ...step, backup: "20200101T000000Z" } : step)),
      ),
    ).toMatch(/another backup/);
  });

  it("is stale when the members are others, not when servers come or go", () => {
    const { plan } = planOf();
    expect(stalenessOfRestore(plan, three({ seen: DOWN }))).toEqual([]);
    expect(stalenessOfRestore(plan, sampleObservation([{ id: 1 }, { id: 2 }]))).toEqual([
      "server.3 is no longer in the configuration.",
    ]);
    const moved = sampleObservation([{ id: 1, member: { address: "10.0.0.9" } }, { id: 2 }, { id: 3 }, { id: 4 }]);
    expect(stalenessOfRestore(plan, moved).join(" ")).toMatch(/server\.1 is another member now.*server\.4 is new/);
  });
});

/** Servers without a process, whose dynamic files say this: the first one's, and that of the others. */
const neverStarted = (first: string, others: string): Observation =>
  sampleObservation(
    [1, 2, 3].map((id) => ({
      id,
      seen: DOWN,
      facts: { process: null, myid: null, dynamicText: id === 1 ? first : others },
    })),
    { source: "static", version: null },
  );

/** A proved backup of which this was counted. */
const holding = (counted: { readonly ttl?: number; readonly largestBytes?: number }): Partial<BackupManifest> => {
  const { proof } = sampleManifest();
  return proof.proved ? { proof: { ...proof, ...counted } } : {};
};

/** For each rule a case in which it speaks up, and one close by in which it is silent. */
const CASES: Readonly<Record<string, { readonly fails: Case; readonly says: RegExp; readonly passes: Case }>> = {
  "release-not-told": {
    fails: { seen: three({ seen: DOWN, facts: { process: null, current: "/opt/zookeeper/now" } }) },
    says: /Which release server\.1 \(zk1\) runs is not known/,
    passes: { seen: three({ seen: DOWN, facts: { process: null } }) },
  },
  "restore-leaves-one-out": {
    fails: {
      seen: {
        ...sampleObservation(),
        strays: [{ id: serverId(9), host: hostName("zk9"), client: { host: "10.0.0.9", port: 2181 } }],
      },
    },
    says: /server\.9 on zk9 serves its clients and is no member/,
    passes: {},
  },
  // A fresh ensemble that was never started: nobody but its files tells who its members are.
  "member-lists-differ": {
    fails: { seen: neverStarted("server.1=a:1:2\nserver.2=b:1:2\n", "server.1=a:1:2\nserver.3=c:1:2\n") },
    says: /server\.2 \(zk2\) lists the servers 1, 3, but server\.1 \(zk1\) lists 1, 2/,
    passes: { seen: neverStarted("server.1=a:1:2\nserver.2=b:1:2\n", "server.2=b:1:2\nserver.1=a:1:2\n") },
  },
  "myid-of-another": {
    fails: { seen: three({ facts: { myid: "7" } }) },
    says: /server\.1 \(zk1\) has "7" in its myid/,
    passes: { seen: three({ facts: { myid: null } }) },
  },
  "backup-unreadable-by-3.4": {
    fails: { manifest: { release: "3.5.9" }, seen: three({ release: "3.4.13" }) },
    says: /written by 3\.5\.9, and the servers run 3\.4\.13/,
    passes: { manifest: { release: "3.4.14" }, seen: three({ release: "3.4.13" }) },
  },
  "backup-of-newer-release": {
    fails: { manifest: { release: "3.9.6" } },
    says: /written by 3\.9\.6, and the servers run 3\.8\.0/,
    passes: { manifest: { release: "3.8.4" } },
  },
  "backup-without-snapshot": {
    fails: { manifest: { snapshot: "none" } },
    says: /3\.8\.0 does not start from logs alone/,
    passes: { manifest: { snapshot: "none", release: "3.4.13" }, seen: three({ release: "3.4.13" }) },
  },
  "restore-ttl-znodes": {
    fails: {
      manifest: holding({ ttl: 3 }),
      // Wins over the flag of the JVM.
      seen: three({ facts: { configText: zooCfg(["extendedTypesEnabled=false"]), nextFlags: [EXTENDED_TYPES_FLAG] } }),
    },
    says: /server\.1, server\.2 and server\.3: would be started without zookeeper\.extendedTypesEnabled\. The backup holds 3 znodes with a time/,
    passes: { manifest: holding({ ttl: 3 }), seen: three({ facts: { nextFlags: [EXTENDED_TYPES_FLAG] } }) },
  },
  "restore-large-znodes": {
    fails: { manifest: holding({ largestBytes: 2_000_000 }), seen: three({ facts: { nextFlags: ["-Xmx1g"] } }) },
    says: /largest znode of the backup has 2000000 bytes, more than its jute\.maxbuffer/,
    passes: {
      manifest: holding({ largestBytes: 2_000_000 }),
      seen: three({ facts: { nextFlags: ["-Djute.maxbuffer=10", "-Djute.maxbuffer=0x400000"] } }),
    },
  },
  "restore-disk-space": {
    fails: { seen: three({ facts: { freeBytes: 60_000_000 } }) },
    says: /zk1 has 58 MB free; 81 MB are needed/,
    passes: { seen: three({ facts: { freeBytes: 100_000_000 } }) },
  },
  "super-needed-for-members": {
    fails: { goal: PAYMENTS, manifest: OF_OTHERS, seen: STATIC, options: { superKnown: false } },
    says: /list of members of the ensemble it was taken from/,
    passes: { goal: PAYMENTS, manifest: OF_OTHERS, options: { superKnown: false } },
  },
  "restore-of-another-ensemble": {
    fails: { goal: PAYMENTS, manifest: OF_OTHERS },
    says: /is of payments \(2 members\), not of orders/,
    passes: {},
  },
  "backup-not-proved": { fails: { manifest: NOT_PROVED }, says: /not proved yet/, passes: {} },
  "restore-mixed-releases": {
    fails: { seen: sampleObservation([{ id: 1, release: "3.9.6" }, { id: 2 }, { id: 3 }]) },
    says: /run 3\.8\.0 and 3\.9\.6/,
    passes: {},
  },
  "standalone-zxid": { fails: { seen: sampleStandalone() }, says: /turned away until they are restarted/, passes: {} },
};

describe.each(Object.entries(CASES))("%s", (id, { fails, says, passes }) => {
  const of = (given: Case) => findingsOf(given).filter(({ rule }) => rule === id);
  test("speaks up", () => {
    const [found] = of(fails);
    expect(found?.what).toMatch(says);
    expect(found?.what).toMatch(/[.]$/);
    expect(found?.todo).toMatch(/[.]$/);
  });
  test("is silent", () => expect(of(passes)).toEqual([]));
});

test("every rule of a restore has its cases, and every case its rule", () => {
  expect(Object.keys(CASES).sort()).toEqual(
    RULES.filter(({ id, only }) => only?.join() === "restore" || id === "member-lists-differ")
      .map(({ id }) => id)
      .sort(),
  );
});

test("where no release is known, that alone is said", () => {
  const seen = three({ seen: DOWN, facts: { process: null, current: null } });
  expect([...new Set(findingsOf({ manifest: { release: "3.9.6" }, seen }).map(({ rule }) => rule))]).toEqual([
    "release-not-told",
  ]);
});

test("what must be in order for an upgrade is no obstacle, but hosts must be readable and fit for a server", () => {
  const down = three({ seen: DOWN, facts: { process: null } });
  expect(findingsOf({ seen: down })).toEqual([]);
  const looking = three({ seen: { status: "not-serving", reason: "looking" } });
  expect(findingsOf({ seen: looking })).toEqual([]);
  const blocked = (seen: Observation): readonly string[] => {
    const { planned } = planSampleRestore({ seen });
    return planned.kind === "blocked" ? planned.findings.map(({ rule }) => rule) : [];
  };
  expect(blocked(sampleObservation([{ id: 1 }, { id: 2 }, { id: 3, onHost: { unreadable: "no answer" } }]))).toEqual([
    "host-unreadable",
  ]);
  expect(blocked(sampleObservation([{ id: 1, facts: { problems: ["port 2181 is taken."] } }, { id: 2 }]))).toEqual([
    "host-problem",
  ]);
  expect(blocked(sampleObservation([{ id: 1, facts: { configText: null } }, { id: 2 }]))).toContain("data-dir");
  expect(blocked(sampleObservation([{ id: 1, facts: { process: null } }, { id: 2 }]))).toEqual(["process-not-found"]);
});
