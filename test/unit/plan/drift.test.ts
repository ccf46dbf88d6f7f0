// What `/zk drift` finds, on an ensemble on paper.
import { describe, expect, it } from "vitest";
import { formatMembers } from "../../../src/model/dynamic-config.ts";
import type { HostFacts, Observation } from "../../../src/model/ensemble.ts";
import { driftsOf } from "../../../src/plan/drift.ts";
import {
  type SampleServer,
  sampleMember,
  sampleObservation,
  sampleSpec,
  sampleStandalone,
  zooCfg,
} from "../../support/sample-ensemble.ts";

const LIST = formatMembers([1, 2, 3].map((id) => sampleMember(id)));

/** Three servers of which each has the ensemble's list in its dynamic file; `changes` by id, `more` for server.2. */
const ensembleWith = (changes: Readonly<Record<number, Partial<HostFacts>>>, more: Partial<SampleServer> = {}) =>
  sampleObservation(
    [1, 2, 3].map(
      (id): SampleServer => ({
        id,
        mode: id === 3 ? "leader" : "follower",
        ...(id === 2 ? more : {}),
        facts: { dynamicText: LIST, ...changes[id] },
      }),
    ),
  );

const drifts = (seen: Observation, settings: Readonly<Record<string, string>> = {}) =>
  driftsOf(seen, sampleSpec({ settings }));

describe("drift", () => {
  it("is none where all is as it should be", () => {
    expect(drifts(ensembleWith({}), { tickTime: "2000" })).toEqual([]);
  });

  it("of settings names what is wanted and groups who has what", () => {
    const seen = ensembleWith({
      1: { configText: zooCfg(["maxClientCnxns=60"]) },
      2: { configText: zooCfg(["maxClientCnxns=60"]) },
    });
    expect(drifts(seen, { maxClientCnxns: "100", tickTime: "2000" })).toEqual([
      {
        about: "setting",
        name: "maxClientCnxns",
        wanted: "100",
        found: [
          { value: "60", servers: [1, 2] },
          { value: null, servers: [3] },
        ],
      },
    ]);
  });

  it("among the servers leaves out what is each host's own", () => {
    const seen = ensembleWith({
      1: { configText: zooCfg(["clientPort=2181", "ssl.keyStore.location=/a", "metricsProvider.httpPort=7000"]) },
      2: { configText: zooCfg(["clientPort=2182", "ssl.keyStore.location=/b", "maxClientCnxns=5"]) },
      3: { configText: zooCfg(["dataLogDir=/log", "admin.serverAddress=zk3"]) },
    });
    expect(drifts(seen).map(({ about, name }) => `${about} ${name}`)).toEqual(["unlike maxClientCnxns"]);
  });

  it("never shows a secret, and still tells that there are two", () => {
    const seen = ensembleWith({
      1: { configText: zooCfg(["ssl.trustStore.password=one"]) },
      2: { configText: zooCfg(["ssl.trustStore.password=two"]) },
      3: { configText: zooCfg(["ssl.trustStore.password=one"]) },
    });
    expect(drifts(seen)).toEqual([
      {
        about: "unlike",
        name: "ssl.trustStore.password",
        wanted: null,
        found: [
          { value: "(not shown)", servers: [1, 3] },
          { value: "(not shown)", servers: [2] },
        ],
      },
    ]);
  });

  it("of releases, of the next start, of myid", () => {
    const next = "/opt/zookeeper/releases/apache-zookeeper-3.9.6-bin";
    const seen = ensembleWith({ 2: { current: next, myid: "7\n" } }, { release: "3.9.6" });
    expect(drifts(seen)).toEqual([
      {
        about: "release",
        name: "release",
        wanted: null,
        found: [
          { value: "3.8.0", servers: [1, 3] },
          { value: "3.9.6", servers: [2] },
        ],
      },
      {
        about: "next-start",
        name: "distribution of the next start",
        wanted: "/opt/zookeeper/releases/apache-zookeeper-3.8.0-bin",
        found: [{ value: next, servers: [2] }],
      },
      { about: "myid", name: "myid", wanted: "2", found: [{ value: "7", servers: [2] }] },
    ]);
  });

  it("of a server's list of members, in a dynamic file or in zoo.cfg", () => {
    const old = formatMembers([1, 2].map((id) => sampleMember(id)));
    const asStatic = [1, 2, 3].map((id) => `server.${id}=10.0.0.${id}:2888:${id === 3 ? 9999 : 3888}`);
    const seen = ensembleWith({ 1: { dynamicText: old }, 2: { dynamicText: null, configText: zooCfg(asStatic) } });
    expect(drifts(seen)).toEqual([
      {
        about: "members",
        name: "server.3",
        wanted: "server.3=10.0.0.3:2888:3888:participant",
        found: [
          { value: null, servers: [1] },
          { value: "server.3=10.0.0.3:2888:9999:participant", servers: [2] },
        ],
      },
    ]);
  });

  it("of another client port, where both say one; 0.0.0.0 is no difference", () => {
    const members = (client: (id: number) => { readonly address: string | null; readonly port: number }) =>
      formatMembers([1, 2, 3].map((id) => sampleMember(id, { client: client(id) })));
    const zeros = members(() => ({ address: "0.0.0.0", port: 2181 }));
    const other = members((id) => ({ address: null, port: id === 1 ? 2191 : 2181 }));
    expect(drifts(ensembleWith({ 1: { dynamicText: zeros }, 2: { dynamicText: other } }))).toEqual([
      {
        about: "members",
        name: "server.1",
        wanted: "server.1=10.0.0.1:2888:3888:participant;2181",
        found: [{ value: "server.1=10.0.0.1:2888:3888:participant;2191", servers: [2] }],
      },
    ]);
  });

  it("asks no list of members and no myid of a server that serves alone", () => {
    expect(drifts(sampleStandalone())).toEqual([]);
  });

  it("of what runs names lines and flags that were written since the start", () => {
    const seen = ensembleWith({
      1: { configText: zooCfg(["maxClientCnxns=100"]) },
      2: {
        configText: zooCfg(["maxClientCnxns=100"]),
        process: { pid: 1, home: null, configFile: "/zoo.cfg", jvmFlags: [], awaitingStart: ["-Xmx2g"] },
      },
      3: { configText: zooCfg(["maxClientCnxns=100"]) },
    });
    const running = new Map([
      [1, new Map([["maxClientCnxns", "60"]])],
      [2, new Map([["maxClientCnxns", "100"]])],
    ]);
    expect(driftsOf(seen, sampleSpec(), running)).toEqual([
      { about: "running", name: "maxClientCnxns", wanted: "100", found: [{ value: "60", servers: [1] }] },
      { about: "running", name: "JVM flags", wanted: "-Xmx2g", found: [{ value: null, servers: [2] }] },
    ]);
  });
});
