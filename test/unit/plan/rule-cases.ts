// For each rule a situation in which it speaks up, what it says there, and one close by in which it is silent.
import type { ClosingSeen, Observation } from "../../../src/model/ensemble.ts";
import { EXTENDED_TYPES_FLAG } from "../../../src/model/extended-types.ts";
import type { UpgradeGoal } from "../../../src/model/goal.ts";
import { serverId, zxid } from "../../../src/model/ids.ts";
import type { EnsembleSpec } from "../../../src/model/inventory.ts";
import { withWantedFlags } from "../../../src/model/java-env.ts";
import { release } from "../../../src/model/release.ts";
import {
  type SampleServer,
  sampleFacts,
  sampleObservation,
  sampleSpec,
  sampleStandalone,
  sampleWith,
  zooCfg,
} from "../../support/sample-ensemble.ts";

/** What is left out is as in the sample: 3.8.0 → 3.9.6, 3.9.6, 3.9.3 and 3.8.0 on offer. */
export type Case = {
  readonly seen?: Observation;
  readonly to?: string;
  readonly spec?: EnsembleSpec;
  readonly offered?: readonly string[];
  /** What else is asked for. */
  readonly asked?: Partial<UpgradeGoal>;
  readonly superKnown?: boolean;
};

export type RuleCase = {
  readonly fails: Case;
  /** Found in what the failing case says. */
  readonly says: RegExp;
  readonly advises?: RegExp;
  readonly passes: Case;
};

/** Three servers, server 3 leading, all with the same change. */
const all = (change: Omit<SampleServer, "id" | "mode">, membership: Partial<Observation["membership"]> = {}) =>
  sampleObservation(
    [
      { id: 1, ...change },
      { id: 2, ...change },
      { id: 3, ...change, mode: "leader", monitor: { syncedFollowers: 2, ...change.monitor } },
    ],
    membership,
  );
const cfg = (...lines: readonly string[]) => ({ facts: { configText: zooCfg(lines) } });
/** By zkshift's part of java.env. */
const WITH_TTL = { javaEnvText: withWantedFlags(null, [EXTENDED_TYPES_FLAG]), nextFlags: [EXTENDED_TYPES_FLAG] };
const STATIC = { source: "static", version: null } as const;
const staticCfg = (...ids: readonly number[]) => ({
  facts: { configText: zooCfg(ids.map((id) => `server.${id}=10.0.0.${id}:2888:3888`)) },
});

/** The sample as one looks at it that is to have its client ports closed. */
const closing = (change: Partial<ClosingSeen>): Observation => ({
  ...sampleObservation(),
  closing: { problems: [], through: ["10.0.0.9"], ownMachine: [], timeoutsMs: [], ...change },
});

export const RULE_CASES: Readonly<Record<string, RuleCase>> = {
  // ---------------------------------------------------------------- pause of writes
  "pause-needs-super": {
    fails: { asked: { pause: "acl" }, superKnown: false },
    says: /only super may/,
    advises: /without a pause/,
    passes: { superKnown: false },
  },
  "pause-ports-asks-once": {
    fails: { asked: { pause: "ports", gates: "leader" } },
    says: /nobody does while the run waits for approval/,
    advises: /gates once/,
    passes: { asked: { pause: "ports", gates: "once" } },
  },
  "pause-leaks": { fails: { asked: { pause: "acl" } }, says: /writes fail with NoAuth/, passes: {} },
  "pause-waits-for-people": {
    fails: { asked: { pause: "acl", gates: "leader" } },
    says: /Writes stay paused while the run waits/,
    advises: /gates once/,
    passes: { asked: { pause: "acl", gates: "once" } },
  },
  "pause-ports-cannot": {
    fails: {
      asked: { pause: "ports" },
      seen: closing({ problems: [{ server: null, what: "zk1: the program nft is missing.", todo: "Install it." }] }),
    },
    says: /nft is missing/,
    advises: /Install it/,
    passes: { asked: { pause: "ports" }, seen: closing({}) },
  },
  "pause-ports-own-machine": {
    fails: { asked: { pause: "ports" }, seen: closing({ ownMachine: [1, 2, 3].map(serverId) }) },
    says: /cannot be told from zkshift/,
    passes: { asked: { pause: "ports" }, seen: closing({ ownMachine: [serverId(1)] }) },
  },
  "pause-ports-sessions": {
    fails: { asked: { pause: "ports" }, seen: closing({ timeoutsMs: [6_000, 10_000, 40_000] }) },
    says: /about 14 s, and 2 of the 3 sessions .* \(the shortest 6 s\): they expire/,
    advises: /pause acl/,
    passes: { asked: { pause: "ports" }, seen: closing({ timeoutsMs: [40_000] }) },
  },
  // ---------------------------------------------------------------- service
  "not-all-serving": {
    fails: { seen: sampleWith({ id: 2, seen: { status: "unreachable", error: "connect ETIMEDOUT" } }) },
    says: /server\.2 \(zk2\) did not answer, so whether it serves is not known: connect ETIMEDOUT/,
    passes: {},
  },
  "standalone-in-ensemble": {
    fails: { seen: sampleWith({ id: 1, mode: "standalone" }) },
    says: /server\.1 \(zk1\) runs standalone, but the configuration has 3 servers/,
    passes: { seen: sampleStandalone() },
  },
  "no-leader": {
    fails: { seen: sampleWith({ id: 3, mode: "follower" }) },
    says: /No server says it is the leader/,
    passes: { seen: sampleStandalone() },
  },
  "followers-not-synced": {
    fails: { seen: sampleWith({ id: 3, mode: "leader", monitor: { syncedFollowers: 1 } }) },
    says: /server\.3, counts 1 of 2 followers as synced/,
    passes: { seen: sampleWith({ id: 3, mode: "leader", monitor: { syncedFollowers: 2 } }) },
  },
  "mode-not-as-configured": {
    fails: { seen: sampleWith({ id: 1, member: { role: "observer" } }) },
    says: /server\.1 \(zk1\) is configured as observer but serves as follower/,
    passes: { seen: sampleWith({ id: 1, mode: "observer" }) },
  },
  "no-quorum-margin": {
    fails: { seen: sampleObservation([{ id: 1 }, { id: 2, mode: "leader" }]) },
    says: /With 2 voters no quorum is left during each restart/,
    passes: {},
  },
  "standalone-stops": {
    fails: { seen: sampleStandalone() },
    says: /service stops while it restarts/,
    passes: {},
  },
  "few-voters": {
    fails: { seen: sampleObservation([{ id: 1 }, { id: 2, mode: "leader" }]) },
    says: /The ensemble has 2 voters/,
    passes: {},
  },
  "even-voters": {
    fails: { seen: sampleObservation([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4, mode: "leader" }]) },
    says: /4 voters survive the loss of 1, as 3 would/,
    passes: { seen: sampleObservation([{ id: 1 }, { id: 2 }, { id: 3, mode: "leader" }, { id: 4, mode: "observer" }]) },
  },
  "digest-mismatches": {
    fails: { seen: sampleWith({ id: 2, monitor: { digestMismatches: 3 } }) },
    says: /server\.2 \(zk2\) has counted 3 digest mismatches/,
    passes: { seen: sampleWith({ id: 2, monitor: { digestMismatches: null } }) },
  },

  // ---------------------------------------------------------------- identity
  "duplicate-ids": {
    fails: { seen: sampleObservation([{ id: 1 }, { id: 1, host: "zk9" }, { id: 3, mode: "leader" }]) },
    says: /server\.1 \(zk1\) and server\.1 \(zk9\) share the id 1/,
    passes: {},
  },
  "id-out-of-range": {
    fails: { seen: sampleObservation([{ id: 1 }, { id: 255 }, { id: 3, mode: "leader" }]) },
    says: /server\.255 \(zk255\) has an id outside 1–254/,
    passes: { seen: sampleObservation([{ id: 1 }, { id: 254 }, { id: 3, mode: "leader" }]) },
  },
  "myid-mismatch": {
    fails: { seen: sampleWith({ id: 2, facts: { myid: "1\n" } }) },
    says: /data directory of server\.2 \(zk2\) has "1" in its myid file/,
    passes: { seen: sampleWith({ id: 2, facts: { myid: " 2 \n" } }) },
  },
  "member-lists-differ": {
    fails: {
      seen: sampleObservation(
        [
          { id: 1, ...staticCfg(1, 2, 3) },
          { id: 2, ...staticCfg(1, 2) },
          { id: 3, ...staticCfg(1, 2, 3), mode: "leader" },
        ],
        STATIC,
      ),
    },
    says: /server\.2 \(zk2\) lists the servers 1, 2, but server\.1 \(zk1\) lists 1, 2, 3/,
    // Many write 0.0.0.0 into a server's own line.
    passes: {
      seen: sampleObservation(
        [
          { id: 1, ...staticCfg(1, 2, 3) },
          {
            id: 2,
            facts: {
              configText: zooCfg([
                "server.1=10.0.0.1:2888:3888",
                "server.2=0.0.0.0:2888:3888",
                "server.3=10.0.0.3:2888:3888",
              ]),
            },
          },
          { id: 3, ...staticCfg(1, 2, 3), mode: "leader" },
        ],
        STATIC,
      ),
    },
  },
  "hierarchical-quorum": {
    fails: { seen: sampleWith({ id: 1, ...cfg("group.1=1:2:3", "weight.1=1") }) },
    says: /server\.1 \(zk1\) is configured with groups or weights/,
    passes: {},
  },
  "host-unreadable": {
    fails: { seen: sampleWith({ id: 2, onHost: { unreadable: "ssh: connection refused" } }) },
    says: /Host zk2 of server\.2 \(zk2\) could not be read: ssh: connection refused/,
    passes: {},
  },
  "process-not-found": {
    fails: { seen: sampleWith({ id: 2, facts: { process: null } }) },
    says: /serves at 10\.0\.0\.2:2181, but no process on zk2 runs with \/opt\/zookeeper\/conf\/zoo\.cfg/,
    advises: /Set root, conf or data/,
    passes: {},
  },
  "other-config-file": {
    fails: {
      seen: sampleWith({
        id: 2,
        facts: {
          process: { pid: 1, home: null, configFile: "/etc/zookeeper/zoo.cfg", jvmFlags: [], awaitingStart: [] },
        },
      }),
    },
    says: /server\.2 \(zk2\) runs with \/etc\/zookeeper\/zoo\.cfg, but the inventory says \/opt/,
    passes: {},
  },

  // ---------------------------------------------------------------- releases
  "not-in-repository": {
    fails: { to: "3.9.7" },
    says: /has no 3\.9\.7; it offers 3\.9\.6, 3\.9\.3, 3\.8\.0/,
    advises: /Did you mean `\/zk upgrade orders 3\.9\.6`/,
    passes: { to: "3.9.6" },
  },
  "rolling-restart-data-loss": {
    fails: { to: "3.9.3" },
    says: /3\.9\.3 can lose data during rolling restarts/,
    passes: { to: "3.9.4" },
  },
  "leader-cannot-commit": {
    fails: { to: "3.6.1", offered: ["3.6.1"] },
    says: /3\.6\.1 can elect a leader that cannot commit/,
    advises: /Add 3\.5\.9 or 3\.6\.2 or later to your repository\./,
    passes: { to: "3.6.2" },
  },
  "client-readonly-break": {
    fails: { to: "3.9.2" },
    says: /3\.9\.2 breaks clients .* only with `override client-readonly-break`/,
    passes: { to: "3.9.3" },
  },
  "path-hop": {
    fails: { seen: all({ release: "3.4.14" }), offered: ["3.9.6", "3.8.6", "3.5.10", "3.5.8"] },
    says: /no official path from 3\.4\.14 to 3\.9\.6 in one hop/,
    advises: /Go 3\.4\.14 → 3\.5\.10 → 3\.6\.4 → 3\.8\.6 → 3\.9\.6/,
    passes: { seen: all({ release: "3.7.2" }) },
  },
  "invalid-server-id": {
    fails: { seen: all({ release: "3.4.5" }), to: "3.5.10" },
    says: /Servers of 3\.5\.10 refuse to talk to servers of 3\.4\.5/,
    passes: { seen: all({ release: "3.4.6" }), to: "3.5.10" },
  },
  "back-below-3.5": {
    fails: { seen: all({ release: "3.5.10" }), to: "3.4.14" },
    says: /3\.4\.14 cannot read the transactions that 3\.5\.10 may have written/,
    passes: { seen: all({ release: "3.6.4" }), to: "3.5.10" },
  },
  downgrade: {
    fails: { seen: all({ release: "3.9.6" }), to: "3.8.0" },
    says: /goes back from 3\.9\.6 to 3\.8\.0/,
    passes: {},
  },
  "multi-address-mixed": {
    fails: { seen: all({ release: "3.5.10", ...cfg("multiAddress.enabled=true") }), to: "3.6.4" },
    says: /^server\.1, server\.2 and server\.3: multiAddress\.enabled=true/,
    passes: { seen: all({ release: "3.6.4", ...cfg("multiAddress.enabled=true") }), to: "3.8.6" },
  },
  "election-algorithm": {
    fails: { seen: all({ release: "3.5.10", ...cfg("electionAlg=1") }), to: "3.6.4" },
    says: /electionAlg is 0, 1 or 2, which 3\.6\.4 no longer has/,
    passes: { seen: all({ release: "3.5.10", ...cfg("electionAlg=3") }), to: "3.6.4" },
  },
  "end-of-life": { fails: { to: "3.7.2" }, says: /ZooKeeper 3\.7 is no longer maintained/, passes: { to: "3.8.6" } },
  "known-vulnerability": {
    fails: { to: "3.9.4" },
    says: /3\.9\.4 has CVE-2026-24308 and CVE-2026-24281/,
    passes: { to: "3.9.5" },
  },

  // ---------------------------------------------------------------- configuration
  "settings-not-ours": {
    fails: { spec: sampleSpec({ settings: { dataDir: "/elsewhere", "server.4": "10.0.0.4:2888:3888" } }) },
    says: /settings of orders name dataDir and server\.4/,
    passes: { spec: sampleSpec({ settings: { tickTime: "2000" } }) },
  },
  "settings-left-out": {
    fails: {
      seen: sampleWith({ id: 1, release: "3.9.6" }),
      spec: sampleSpec({ settings: { maxClientCnxns: "60" } }),
    },
    says: /server\.1 \(zk1\) is not restarted, so it keeps its maxClientCnxns/,
    passes: { seen: sampleWith({ id: 1, release: "3.9.6" }), spec: sampleSpec({ settings: { tickTime: "2000" } }) },
  },
  "snapshot-missing": {
    fails: { seen: all({ release: "3.4.14", facts: { snapshots: 0 } }), to: "3.5.10" },
    says: /^server\.1, server\.2 and server\.3: no snapshot; snapshot\.trust\.empty is set for the restart and taken out/,
    passes: { seen: all({ release: "3.8.0", facts: { snapshots: 0 } }) },
  },
  "snapshot-missing-standalone": {
    fails: { seen: sampleStandalone({ release: "3.4.14", facts: { snapshots: 0, myid: null } }), to: "3.5.10" },
    says: /no other server could give it its data back/,
    passes: { seen: sampleStandalone({ release: "3.4.14", facts: { snapshots: 1, myid: null } }), to: "3.5.10" },
  },
  "four-letter-words": {
    fails: { seen: all({ release: "3.4.14" }), to: "3.5.10" },
    says: /4lw\.commands\.whitelist is set to the words that are answered now/,
    passes: { seen: all({ release: "3.4.14", ...cfg("4lw.commands.whitelist=*") }), to: "3.5.10" },
  },
  "admin-server-port": {
    fails: { seen: all({ release: "3.4.14", facts: { configText: "dataDir=/var/lib/zookeeper\n" } }), to: "3.5.10" },
    says: /server\.1, server\.2 and server\.3: gets an AdminServer on port 8080/,
    passes: {
      seen: all({ release: "3.4.14", facts: { configText: "dataDir=/var/lib/zookeeper\nadmin.enableServer=false\n" } }),
      to: "3.5.10",
    },
  },
  "snapshot-compression": {
    fails: { spec: sampleSpec({ settings: { "snapshot.compression.method": "gz" } }) },
    says: /settings switch snapshot\.compression\.method on along with the release/,
    passes: { seen: all(cfg("snapshot.compression.method=gz")) },
  },
  "quorum-tls-change": {
    fails: { spec: sampleSpec({ settings: { sslQuorum: "true", "ssl.quorum.keyStore.location": "/k.jks" } }) },
    says: /change ssl\.quorum\.keyStore\.location and sslQuorum along with/,
    passes: { seen: all(cfg("sslQuorum=true")), spec: sampleSpec({ settings: { sslQuorum: "true" } }) },
  },
  "quorum-tls-names": {
    fails: { seen: all({ ...cfg("sslQuorum=true"), member: { address: "zk.internal" } }) },
    says: /server\.1 \(zk1\) uses TLS between servers and is named zk\.internal/,
    passes: { seen: all(cfg("sslQuorum=true")) },
  },
  "sasl-digest-md5": {
    fails: {
      seen: all({
        facts: {
          javaEnvText: '# SASL\nexport SERVER_JVMFLAGS="-Djava.security.auth.login.config=/etc/jaas.conf -Xmx1g"\n',
        },
      }),
    },
    says: /SASL is configured; 3\.9\.6 is in FIPS mode/,
    passes: { seen: all(cfg("quorum.auth.enableSasl=true", "fips-mode=false")) },
  },
  "jute-maxbuffer-differs": {
    fails: {
      seen: sampleWith({
        id: 2,
        facts: {
          process: {
            pid: 1,
            home: null,
            configFile: "/opt/zookeeper/conf/zoo.cfg",
            jvmFlags: ["-Djute.maxbuffer=0x200000"],
            awaitingStart: [],
          },
        },
      }),
    },
    says: /jute\.maxbuffer differs: 1048575 on server\.1, 2097152 on server\.2 and 1048575 on server\.3/,
    passes: { seen: all({ facts: { javaEnvText: "SERVER_JVMFLAGS=-Djute.maxbuffer=4194304" } }) },
  },
  "ttl-znodes-lost": {
    fails: { seen: all({ facts: WITH_TTL }) },
    says: /server\.1, server\.2 and server\.3: runs with zookeeper\.extendedTypesEnabled, and the next start would be without/,
    advises: /Where none does, override/,
    passes: { seen: all({ facts: WITH_TTL }), spec: sampleSpec({ jvm: [EXTENDED_TYPES_FLAG] }) },
  },
  "ttl-znodes-differ": {
    fails: { seen: sampleWith({ id: 2, ...cfg("extendedTypesEnabled=true") }) },
    says: /is set on server\.2 and not on server\.1 and server\.3: a leader without it removes/,
    advises: /`\/zk configure`/,
    passes: { seen: all(cfg("extendedTypesEnabled=true")) },
  },
  "reconfig-enabled-differs": {
    fails: { seen: sampleWith({ id: 2, ...cfg("reconfigEnabled=false") }) },
    says: /reconfigEnabled differs: true on server\.1, false on server\.2/,
    passes: { seen: all(cfg("reconfigEnabled=false")) },
  },
  "reconfig-enabled-changes": {
    fails: { spec: sampleSpec({ settings: { reconfigEnabled: "false" } }) },
    says: /settings change reconfigEnabled along with/,
    passes: { spec: sampleSpec({ settings: { reconfigEnabled: "true" } }) },
  },

  // ---------------------------------------------------------------- hosts
  "java-too-old": {
    fails: { seen: sampleWith({ id: 1, facts: { javaMajor: 11 } }), to: "3.10.0" },
    says: /zk1 has Java 11; 3\.10\.0 needs 17 or later/,
    passes: { seen: sampleWith({ id: 1, facts: { javaMajor: 8 } }) },
  },
  "disk-space": {
    fails: { seen: sampleWith({ id: 1, facts: { dataBytes: 1e9, freeBytes: 3e9 } }) },
    says: /zk1 has 2862 MB free; 2962 MB are needed/,
    passes: { seen: sampleWith({ id: 1, facts: { dataBytes: 1e9, freeBytes: 3.2e9, freeForRelease: 2e8 } }) },
  },
  "host-problem": {
    fails: { seen: sampleWith({ id: 1, facts: { problems: ["zk7.internal does not resolve"] } }) },
    says: /server\.1 \(zk1\): zk7\.internal does not resolve/,
    passes: {},
  },
  "data-dir": {
    fails: { seen: sampleWith({ id: 1, facts: { configText: "dataDir=data\n" } }) },
    says: /The dataDir of server\.1 \(zk1\), data, is relative/,
    passes: {},
  },
  "admin-port-shared": {
    fails: {
      seen: sampleObservation([
        { id: 1, host: "box" },
        { id: 2, host: "box", facts: { configText: zooCfg().replace("zookeeper\n", "two\n") } },
        { id: 3, mode: "leader" },
      ]),
    },
    says: /server\.1 \(box\) and server\.2 \(box\) would both use port 8080 for their AdminServer/,
    passes: {
      seen: sampleObservation([
        { id: 1, host: "box", ...cfg("admin.serverAddress=127.0.0.1") },
        { id: 2, host: "box", ...cfg("admin.serverAddress=127.0.0.2") },
        { id: 3, mode: "leader" },
      ]),
    },
  },
  "clock-skew": {
    fails: { seen: sampleWith({ id: 1, facts: { clockOffsetMs: -7_250 } }) },
    says: /The clock of zk1 is 7\.3 s behind/,
    passes: { seen: sampleWith({ id: 1, facts: { clockOffsetMs: 4_900 } }) },
  },
  "logback-missing": {
    fails: { seen: all({ release: "3.7.2", facts: { logging: ["log4j.properties"] } }) },
    says: /its log4j\.properties is no longer read by 3\.9\.6/,
    passes: { seen: all({ release: "3.8.0", facts: { logging: ["log4j.properties"] } }) },
  },
};

/** More situations in which a rule must speak up: the other branches of the same rule. */
export const MORE_FAILING: readonly (readonly [rule: string, given: Case, says: RegExp])[] = [
  [
    "disk-space",
    { seen: sampleWith({ id: 1, facts: { freeForRelease: 1e7 } }) },
    /zk1 has 10 MB free where releases are unpacked; 100 MB are needed/,
  ],
  [
    "not-all-serving",
    { seen: sampleWith({ id: 1, seen: { status: "not-serving", reason: "looking" } }) },
    /looking for a leader/,
  ],
  [
    "not-all-serving",
    { seen: sampleWith({ id: 1, seen: { status: "not-serving", reason: "refused" } }) },
    /refuses connections/,
  ],
  ["no-leader", { seen: sampleWith({ id: 1, mode: "leader" }) }, /server\.1 \(zk1\) and server\.3 \(zk3\) all say/],
  [
    "followers-not-synced",
    {
      seen: sampleObservation([
        { id: 1, zxid: 0x5n },
        { id: 2 },
        { id: 3, mode: "leader", monitor: null, zxid: zxid(0x100000002n) },
      ]),
    },
    /server\.1 is at zxid 0x5, an epoch behind/,
  ],
  [
    "no-quorum-margin",
    {
      seen: sampleObservation([
        { id: 1, mode: "leader" },
        { id: 2, mode: "observer" },
      ]),
    },
    /1 voter no/,
  ],
  [
    "duplicate-ids",
    {
      seen: sampleObservation([
        { id: 1 },
        { id: 2, client: { host: "10.0.0.1", port: 2181 } },
        { id: 3, mode: "leader" },
      ]),
    },
    /both reached at 10\.0\.0\.1:2181/,
  ],
  ["myid-mismatch", { seen: sampleWith({ id: 2, facts: { myid: null } }) }, /has no myid file/],
  ["host-unreadable", { seen: sampleWith({ id: 2, onHost: null }) }, /Host zk2 of server\.2 \(zk2\) was not read/],
  ["hierarchical-quorum", { seen: sampleWith({ id: 1, facts: { dynamicText: "group.1=1:2\n" } }) }, /groups/],
  ["java-too-old", { seen: sampleWith({ id: 1, facts: { javaMajor: null } }) }, /No Java was found on zk1/],
  ["data-dir", { seen: sampleWith({ id: 1, facts: { configText: null } }) }, /has no \/opt\/zookeeper\/conf\/zoo\.cfg/],
  ["data-dir", { seen: sampleWith({ id: 1, facts: { configText: "tickTime=1\n" } }) }, /names no dataDir/],
  [
    "data-dir",
    {
      seen: sampleObservation([
        { id: 1, host: "box" },
        { id: 2, host: "box" },
        { id: 3, mode: "leader" },
      ]),
    },
    /server\.2 \(box\) and server\.1 \(box\) share the dataDir/,
  ],
  [
    "admin-port-shared",
    { seen: sampleWith({ id: 1, client: { host: "10.0.0.1", port: 8080 } }) },
    /port 8080 for clients and for its AdminServer/,
  ],
  ["not-in-repository", { offered: [] }, /offers nothing/],
  [
    "snapshot-compression",
    { seen: all(cfg("snapshot.compression.method=gz")), to: "3.5.10" },
    /is on, and 3\.5\.10 cannot read/,
  ],
  ["sasl-digest-md5", { seen: all(cfg("quorum.auth.enableSasl=true")) }, /SASL is configured/],
  [
    "sasl-digest-md5",
    { seen: all(cfg("authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider")) },
    /SASL is configured/,
  ],
  ["clock-skew", { seen: sampleWith({ id: 1, facts: { clockOffsetMs: 6_000 } }) }, /6\.0 s ahead/],
  // One server alone is named with its host.
  [
    "logback-missing",
    { seen: sampleWith({ id: 2, release: "3.7.2", facts: { logging: ["log4j.properties"] } }) },
    /^server\.2 \(zk2\): its log4j/,
  ],
  [
    "logback-missing",
    {
      seen: sampleWith({
        id: 2,
        release: "3.7.2",
        facts: {
          logging: ["log4j.properties"],
          log4j: { text: "log4j.rootLogger=INFO, X\nlog4j.appender.X=org.example.X", properties: {}, cwd: "/" },
        },
      }),
    },
    /^server\.2 \(zk2\): not carried over from its log4j\.properties: appender X \(org\.example\.X\)/,
  ],
  // 3.5 and later tell their members by /zookeeper/config also where zoo.cfg lists them.
  [
    "member-lists-differ",
    {
      seen: sampleObservation([
        { id: 1, ...staticCfg(1, 2, 3) },
        { id: 2, ...staticCfg(1, 2) },
        { id: 3, ...staticCfg(1, 2, 3), mode: "leader" },
      ]),
    },
    /server\.2 \(zk2\) lists the servers 1, 2/,
  ],
  ["leader-cannot-commit", { to: "3.5.8" }, /3\.5\.8 can elect/],
  ["downgrade", { seen: sampleWith({ id: 1, release: "3.9.7" }) }, /goes back from 3\.9\.7/],
];

/** More situations in which a rule must be silent. */
export const MORE_PASSING: readonly (readonly [rule: string, given: Case])[] = [
  // After an election in which nothing was written yet, followers still show the epoch before.
  [
    "followers-not-synced",
    { seen: sampleObservation([{ id: 1 }, { id: 2 }, { id: 3, mode: "leader", monitor: null, zxid: 0x200000000n }]) },
  ],
  // More learners than voters: a joiner counts as synced follower before it is a member.
  ["followers-not-synced", { seen: sampleWith({ id: 3, mode: "leader", monitor: { syncedFollowers: 3 } }) }],
  ["path-hop", { seen: all({ release: "3.6.4" }), to: "3.8.0" }],
  ["path-hop", { seen: all({ release: "3.9.6" }), to: "3.6.4" }],
  [
    "no-quorum-margin",
    {
      seen: sampleObservation([
        { id: 1, release: "3.9.6", mode: "leader" },
        { id: 2, mode: "observer" },
      ]),
    },
  ],
  // Only an address the server itself gives may hold several ports: another host is another machine.
  ["data-dir", { seen: sampleObservation([{ id: 1 }, { id: 2 }, { id: 3, mode: "leader" }]) }],
  ["myid-mismatch", { seen: sampleStandalone() }],
  ["java-too-old", { seen: sampleWith({ id: 1, release: "3.9.6", facts: { javaMajor: 7 } }) }],
  ["host-unreadable", { seen: sampleObservation([{ id: 1, onHost: sampleFacts(1) }], STATIC) }],
  ["snapshot-missing", { seen: all({ release: "3.4.14", ...cfg("snapshot.trust.empty=true") }), to: "3.5.10" }],
  ["sasl-digest-md5", { seen: all({ release: "3.9.5", ...cfg("quorum.auth.enableSasl=true") }) }],
  ["jute-maxbuffer-differs", { seen: all({ facts: { javaEnvText: "# -Djute.maxbuffer=5" } }) }],
];

export const RELEASES = (given: Case) => (given.offered ?? ["3.9.6", "3.9.3", "3.8.0"]).map(release);
