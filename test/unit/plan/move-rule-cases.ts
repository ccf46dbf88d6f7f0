// For each rule of a migration a situation in which it speaks up, what it says there, and one close by in which it is silent.
import type { DestinationSeen, Observation } from "../../../src/model/ensemble.ts";
import type { PauseMethod } from "../../../src/model/goal.ts";
import { ensembleName } from "../../../src/model/ids.ts";
import {
  type SampleServer,
  sampleDestination,
  sampleObservation,
  sampleStandalone,
  sampleWith,
  zooCfg,
} from "../../support/sample-ensemble.ts";

/** What is left out is as in the sample: orders on zk1, zk2 and zk3 moves to the bare hosts zk4, zk5 and zk6 on 3.8.0. */
export type MoveCase = {
  readonly seen?: Observation;
  readonly destinations?: readonly DestinationSeen[];
  readonly to?: readonly string[];
  readonly release?: string;
  readonly superKnown?: boolean;
  readonly usedIds?: readonly number[];
  readonly inContainers?: readonly string[];
  readonly pause?: PauseMethod;
};

export type MoveRuleCase = {
  readonly fails: MoveCase;
  readonly says: RegExp;
  readonly advises?: RegExp;
  readonly passes: MoveCase;
};

const bare = (...changes: readonly Parameters<typeof sampleDestination>[1][]): readonly DestinationSeen[] =>
  [4, 5, 6].map((id, index) => sampleDestination(`zk${id}`, changes[index]));

/** Three servers, server 3 leading, all with the same change. */
const all = (change: Omit<SampleServer, "id" | "mode">, membership: Partial<Observation["membership"]> = {}) =>
  sampleObservation(
    [
      { id: 1, ...change },
      { id: 2, ...change },
      { id: 3, ...change, mode: "leader", monitor: { syncedFollowers: 2 } },
    ],
    membership,
  );

const OLD = all({ release: "3.4.14" }, { source: "static", version: null });
const retired = { ensemble: "orders", id: 7, retired: true };

export const MOVE_RULE_CASES: Readonly<Record<string, MoveRuleCase>> = {
  "pause-ports-clients": {
    fails: { pause: "ports" },
    says: /does not list the clients of the servers that it stops/,
    advises: /without `pause ports`/,
    passes: { pause: "acl" },
  },
  "standalone-cannot-move": {
    fails: { seen: sampleStandalone() },
    says: /server\.1 \(zk1\) runs standalone/,
    advises: /standaloneEnabled=false/,
    passes: {},
  },
  "container-moved": {
    fails: { inContainers: ["zk1", "zk4", "zk5"] },
    says: /zk4 and zk5 are in containers, and zkshift does not make containers for new servers/,
    advises: /with the tool that made the container/,
    passes: { inContainers: [] },
  },
  "mixed-releases": {
    fails: { seen: sampleWith({ id: 1, release: "3.9.6" }) },
    says: /run 3\.8\.0 and 3\.9\.6/,
    passes: { seen: sampleWith({ id: 1, release: "3.9.6" }), release: "3.9.6" },
  },
  "staying-server-release": {
    fails: { to: ["zk1", "zk5", "zk6"], release: "3.9.6" },
    says: /server\.1 \(zk1\): stays where it is/,
    advises: /First `\/zk upgrade orders 3\.9\.6`, then `\/zk migrate orders to zk1,zk5,zk6`/,
    passes: { release: "3.9.6" },
  },
  "reconfig-disabled": {
    fails: { seen: all({ facts: { configText: zooCfg(["reconfigEnabled=false"]) } }) },
    says: /server\.1, server\.2 and server\.3: reconfigEnabled is not true/,
    passes: { seen: OLD },
  },
  "membership-not-told": {
    fails: { seen: all({}, { source: "static", version: null }) },
    says: /only be read from files/,
    passes: { seen: OLD },
  },
  "lists-differ-meanwhile": {
    fails: { seen: OLD, release: "3.8.0" },
    says: /writes pause for 2 to 5 s/,
    passes: { seen: OLD },
  },
  "super-needed": {
    fails: { superKnown: false },
    says: /Only the super user may reconfigure orders/,
    passes: { seen: OLD, superKnown: false },
  },
  "one-voter": {
    fails: { to: ["zk4"] },
    says: /orders would have one voter/,
    passes: { to: ["zk4", "zk5"] },
  },
  "static-size-change": {
    fails: { seen: OLD, to: ["zk4", "zk5"] },
    says: /one for one: 2 would come and 3 go/,
    passes: { to: ["zk4", "zk5"] },
  },
  "ids-used-up": {
    fails: { usedIds: Array.from({ length: 252 }, (_, index) => index + 1) },
    says: /3 new ids are needed, and 2 are free/,
    passes: { usedIds: Array.from({ length: 251 }, (_, index) => index + 1) },
  },
  "observer-left-out": {
    fails: {
      seen: sampleObservation([
        { id: 1, mode: "observer" },
        { id: 2 },
        { id: 3, mode: "leader", monitor: { syncedFollowers: 1 } },
      ]),
      to: ["zk4", "zk5"],
    },
    says: /server\.1 \(zk1\): it is an observer/,
    passes: { to: ["zk4", "zk5"] },
  },
  "unknown-destination": {
    fails: { to: ["zk4", "zk5", "zk9"] },
    says: /There is no host zk9 in ensembles\.yaml/,
    passes: {},
  },
  "destination-unreadable": {
    fails: { destinations: [{ ...sampleDestination("zk4"), room: { unreadable: "connect ETIMEDOUT." } }] },
    says: /zk4 could not be read: connect ETIMEDOUT/,
    passes: {},
  },
  "destination-taken": {
    fails: { destinations: bare({ usedBy: ensembleName("kafka") }) },
    says: /zk4 has a server of kafka/,
    passes: { destinations: bare({ room: { claims: [retired] } }) },
  },
  "destination-problem": {
    fails: { destinations: bare({ room: { problems: ["its client port 2181 is taken by pid 7 (java)."] } }) },
    says: /zk4: its client port 2181 is taken/,
    passes: {},
  },
  "data-dir-not-empty": {
    fails: { destinations: bare({ room: { holds: { myid: "9\n", retired: null } } }) },
    says: /\/var\/lib\/zookeeper on zk4 is not empty: it holds data of a server with id 9/,
    passes: { destinations: bare({ room: { holds: { myid: "7", retired } } }) },
  },
  "retired-data-set-aside": {
    fails: { destinations: bare({ room: { holds: { myid: "7", retired } } }) },
    says: /holds the data of the retired server\.7 of orders/,
    passes: {},
  },
  "destination-address-taken": {
    fails: { destinations: bare({ address: "10.0.0.1" }) },
    says: /zk4 would use 10\.0\.0\.1:2181, which server\.1 \(zk1\) has/,
    passes: {},
  },
  "destination-clock": {
    fails: { destinations: bare({ room: { clockOffsetMs: -61_000 } }) },
    says: /clock of zk4 is -61\.0 s off/,
    passes: { destinations: bare({ room: { clockOffsetMs: 900 } }) },
  },
  "client-port-differs": {
    fails: { destinations: bare({ ports: { client: 2182, quorum: 2888, election: 3888, admin: 8080 } }) },
    says: /zk4:2182 has another client port than today's 2181/,
    passes: {},
  },
  "log-dir-not-apart": {
    fails: { seen: all({ facts: { configText: zooCfg(["dataLogDir=/fast/log"]) } }) },
    says: /zk4, zk5 and zk6: the transaction log would be in the data folder/,
    passes: {},
  },
  "files-not-brought": {
    fails: { seen: sampleWith({ id: 1, facts: { configText: zooCfg(["ssl.keyStore.location=/etc/zk/key.jks"]) } }) },
    says: /Servers read \/etc\/zk\/key\.jks/,
    passes: {},
  },
};
