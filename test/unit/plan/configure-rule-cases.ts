// For each rule about a change of configuration a situation in which it speaks up, and some close by in which it is silent.
import type { Observation } from "../../../src/model/ensemble.ts";
import { sampleFacts, sampleObservation, sampleWith, zooCfg } from "../../support/sample-ensemble.ts";

/** What is left out is as in the sample: three servers of 3.8.0, nothing wanted of them. */
export type ConfigureCase = {
  readonly seen?: Observation;
  readonly settings?: Readonly<Record<string, string>>;
  readonly jvm?: readonly string[];
  readonly hook?: readonly string[];
};

export type ConfigureRuleCase = {
  readonly fails: ConfigureCase;
  readonly says: RegExp;
  readonly advises?: RegExp;
  readonly passes: readonly ConfigureCase[];
};

/** All three with these lines in zoo.cfg. */
const all = (...lines: readonly string[]): Observation => {
  const facts = { configText: zooCfg(lines) };
  return sampleObservation([
    { id: 1, facts },
    { id: 2, facts },
    { id: 3, facts, mode: "leader", monitor: { syncedFollowers: 2 } },
  ]);
};

const SASL = ["quorum.auth.enableSasl", "quorum.auth.learnerRequireSasl", "quorum.auth.serverRequireSasl"] as const;
const home = "/opt/zookeeper/releases/apache-zookeeper-3.9.6-bin";

export const CONFIGURE_RULE_CASES: Readonly<Record<string, ConfigureRuleCase>> = {
  "releases-differ": {
    fails: { settings: { maxClientCnxns: "100" }, seen: sampleWith({ id: 1, release: "3.9.6" }) },
    says: /run 3\.8\.0 and 3\.9\.6/,
    advises: /Finish the upgrade/,
    passes: [{ settings: { maxClientCnxns: "100" } }],
  },
  "next-start-differs": {
    fails: {
      settings: { maxClientCnxns: "100" },
      seen: sampleWith({ id: 1, facts: { current: home } }),
    },
    says: /server\.1 \(zk1\) runs from .*3\.8\.0-bin, but its next start would be from .*3\.9\.6-bin/,
    passes: [
      { settings: { maxClientCnxns: "100" } },
      // No link yet: it is made.
      { settings: { maxClientCnxns: "100" }, seen: sampleWith({ id: 1, facts: { current: null } }) },
    ],
  },
  "election-algorithm-changes": {
    fails: { settings: { electionAlg: "1" } },
    says: /no leader could be elected/,
    passes: [{ settings: { electionAlg: "3" } }, { settings: { maxClientCnxns: "100" } }],
  },
  "quorum-tls-step": {
    fails: { settings: { sslQuorum: "true" } },
    says: /portUnification and sslQuorum would change by more than one step/,
    advises: /\(off off\) → \(on off\) → \(on on\) → \(off on\)/,
    passes: [
      { settings: { portUnification: "true" } },
      { settings: { sslQuorum: "true" }, seen: all("portUnification=true") },
      { settings: { portUnification: "false" }, seen: all("portUnification=true", "sslQuorum=true") },
      { settings: { sslQuorum: "false" }, seen: all("portUnification=true", "sslQuorum=true") },
      { settings: { maxClientCnxns: "100" }, seen: all("sslQuorum=true") },
    ],
  },
  "quorum-tls-keys": {
    fails: { settings: { "ssl.quorum.keyStore.location": "/new.jks" }, seen: all("sslQuorum=true") },
    says: /ssl\.quorum\.keyStore\.location would change/,
    passes: [{ settings: { "ssl.keyStore.location": "/new.jks" } }],
  },
  "quorum-sasl-step": {
    fails: { settings: { [SASL[0]]: "true", [SASL[1]]: "true" } },
    says: /more than one step/,
    passes: [
      { settings: { [SASL[0]]: "true" } },
      { settings: { [SASL[1]]: "true" }, seen: all(`${SASL[0]}=true`) },
      { settings: { [SASL[2]]: "true" }, seen: all(`${SASL[0]}=true`, `${SASL[1]}=true`) },
    ],
  },
  "jute-maxbuffer-lowered": {
    fails: { jvm: ["-Djute.maxbuffer=500000"] },
    says: /from 1048575 down to 500000/,
    passes: [{ jvm: ["-Djute.maxbuffer=4194304"] }, { jvm: ["-Xmx2g"] }],
  },
  "unsafe-option": {
    fails: { settings: { skipACL: "yes" } },
    says: /switch skipACL=yes on/,
    passes: [{ settings: { skipACL: "no" } }, { settings: { skipACL: "yes" }, seen: all("skipACL=yes") }],
  },
  "cannot-be-seen": {
    fails: { settings: { "4lw.commands.whitelist": "ruok", "admin.enableServer": "false" } },
    says: /nobody could tell/,
    passes: [
      { settings: { "4lw.commands.whitelist": "ruok" } },
      { settings: { "4lw.commands.whitelist": "ruok, srvr", "admin.enableServer": "false" } },
      { settings: { "admin.enableServer": "false" } },
    ],
  },
  "reconfig-enabled-rolls": {
    fails: { settings: { reconfigEnabled: "false" } },
    says: /handed over without reconfig/,
    passes: [{ settings: { reconfigEnabled: "true" } }],
  },
  "session-timeouts-change": {
    fails: { settings: { tickTime: "3000" } },
    says: /tickTime would change/,
    passes: [{ settings: { tickTime: "2000", maxClientCnxns: "100" } }],
  },
  "hook-not-seen": {
    fails: { settings: { maxClientCnxns: "100" }, hook: ["ansible-playbook"] },
    says: /ansible-playbook runs for each server/,
    passes: [{ settings: { maxClientCnxns: "100" } }, { hook: ["ansible-playbook"] }],
  },
};

/** A host of the sample whose java.env has flags that its process was not started with. */
export const notRestarted = (id: number, flags: readonly string[], javaEnvText: string | null) =>
  sampleFacts(id, {
    javaEnvText,
    process: {
      pid: 4000 + id,
      home: "/opt/zookeeper/releases/apache-zookeeper-3.8.0-bin",
      configFile: "/opt/zookeeper/conf/zoo.cfg",
      jvmFlags: [],
      awaitingStart: flags,
    },
  });
