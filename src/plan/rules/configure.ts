// Rules about changing settings and JVM flags in a rolling restart: while it goes on servers of the old and of the new
// configuration work together, so what they cannot agree on must not change, or only in steps.

import { ADMIN_PORT, WHITELIST } from "../config-changes.ts";
import { inWords, onServers, type Rule, type Violation } from "../rule.ts";
import type { Situation, Subject } from "../situation.ts";
import { isOn, maxBufferAfter, maxBufferOf, QUORUM_TLS } from "./configuration.ts";

const only = ["configure"] as const;

const changes = (subject: Subject, key: string): boolean => subject.changes.some((change) => change.key === key);

const changedKeys = ({ changing }: Situation): readonly string[] =>
  [...new Set(changing.flatMap((subject) => subject.changes.map(({ key }) => key)))].sort();

/**
 * Switches that are turned one after another, each in a rolling restart of its own: `states` lists the values of `keys` in
 * their order. A server may go to the state beside its own, and every other one be there or beside it too.
 */
const oneStepAtATime = (
  { subjects, changing }: Situation,
  keys: readonly string[],
  states: readonly string[],
): readonly Violation[] => {
  const concerned = changing.filter((subject) => keys.some((key) => changes(subject, key)));
  if (concerned.length === 0) return [];
  const stateOf = (read: (key: string) => string | null): string =>
    keys.map((key) => (isOn(read(key)) ? "on" : "off")).join(" ");
  const placesOf = (subject: Subject): readonly number[] =>
    [subject.setting, subject.settingAfter].map((read) => states.indexOf(stateOf(read)));
  const places = subjects.flatMap(placesOf);
  if (!places.includes(-1) && Math.max(...places) - Math.min(...places) <= 1) return [];
  const path = states.map((state) => `(${state})`).join(" → ");
  return onServers(concerned, `${inWords(keys)} would change by more than one step.`, {
    todo: `In this order, back the other way round, one /zk configure each: ${keys.join(", ")} = ${path}.`,
  });
};

/** Options that give up safety (zookeeperAdmin, Unsafe Options; Communication options: skipACL). */
const UNSAFE: Readonly<Record<string, (value: string) => boolean>> = {
  forceSync: (value) => value === "no",
  skipACL: (value) => value === "yes",
};

export const CONFIGURE_RULES: readonly Rule[] = [
  {
    id: "releases-differ",
    only,
    severity: "blocks",
    when: "the servers run different releases",
    todo: "Finish the upgrade first: it brings settings and JVM flags along.",
    source: "zkshift",
    check: ({ subjects }) => {
      const releases = [...new Set(subjects.flatMap(({ serving }) => (serving === null ? [] : [serving.release])))];
      return releases.length < 2 ? [] : [{ what: `The servers run ${inWords(releases.sort())}.` }];
    },
  },
  {
    id: "next-start-differs",
    only,
    severity: "blocks",
    when: "a server's next start would bring another distribution than the one it runs from",
    todo: "Point `current` back to what runs; or upgrade, which brings the settings along.",
    source: "zkshift",
    check: ({ changing }) =>
      changing.flatMap(({ facts, name, id }) => {
        const home = facts?.process?.home ?? null;
        const next = facts?.current ?? null;
        return home === null || next === null || home === next
          ? []
          : [{ what: `${name} runs from ${home}, but its next start would be from ${next}.`, server: id }];
      }),
  },
  {
    id: "election-algorithm-changes",
    only,
    severity: "blocks",
    when: "electionAlg changes: servers of different algorithms cannot elect a leader together",
    todo: "Take it out of the settings; it takes a full stop of the ensemble.",
    source: "zookeeperAdmin, Cluster Options: electionAlg",
    check: ({ changing }) =>
      onServers(
        // 3 is the default: to write it down changes nothing.
        changing.filter(
          (subject) =>
            changes(subject, "electionAlg") &&
            (subject.setting("electionAlg") ?? "3") !== (subject.settingAfter("electionAlg") ?? "3"),
        ),
        "electionAlg would change, and no leader could be elected while servers differ.",
      ),
  },
  {
    id: "quorum-tls-step",
    only,
    severity: "blocks",
    when: "TLS between servers would be switched by more than one of its steps",
    todo: "Take it out of the settings and go in steps.",
    source: "zookeeperAdmin, Upgrading existing nonTLS cluster with no downtime",
    check: (situation) =>
      oneStepAtATime(situation, ["portUnification", "sslQuorum"], ["off off", "on off", "on on", "off on"]),
  },
  {
    id: "quorum-tls-keys",
    only,
    severity: "warns",
    when: "keys, certificates or other options of TLS between servers change",
    todo: "Every server must trust the certificates of before and of after until all are restarted.",
    source: "zookeeperAdmin, Quorum TLS",
    check: (situation) => {
      const keys = changedKeys(situation).filter((key) => key.startsWith("ssl.quorum.") && QUORUM_TLS.test(key));
      return keys.length === 0 ? [] : [{ what: `${inWords(keys)} would change.` }];
    },
  },
  {
    id: "quorum-sasl-step",
    only,
    severity: "blocks",
    when: "SASL between servers would be switched by more than one of its steps",
    todo: "Take it out of the settings and go in steps.",
    source: "zookeeperAdmin, Server to Server mutual authentication",
    check: (situation) =>
      oneStepAtATime(
        situation,
        ["quorum.auth.enableSasl", "quorum.auth.learnerRequireSasl", "quorum.auth.serverRequireSasl"],
        ["off off off", "on off off", "on on off", "on on on"],
      ),
  },
  {
    id: "jute-maxbuffer-lowered",
    only,
    severity: "override",
    when: "jute.maxbuffer becomes smaller: a larger znode would keep the server from loading its data",
    todo: "Make sure that no znode and no list of children is larger, then override.",
    source: "zookeeperAdmin, Unsafe Options: jute.maxbuffer",
    check: ({ changing }) => {
      const lowered = changing.filter((subject) => maxBufferAfter(subject) < maxBufferOf(subject));
      const [first] = lowered;
      return first === undefined
        ? []
        : onServers(lowered, `jute.maxbuffer goes from ${maxBufferOf(first)} down to ${maxBufferAfter(first)}.`);
    },
  },
  {
    id: "unsafe-option",
    only,
    severity: "override",
    when: "forceSync=no or skipACL=yes is switched on",
    todo: "Take it out of the settings: it gives up durability, or every ACL.",
    source: "zookeeperAdmin, Unsafe Options",
    check: ({ changing }) => {
      const unsafe = (subject: Subject): readonly string[] =>
        subject.changes.flatMap(({ key, to }) => (UNSAFE[key]?.(to ?? "") === true ? [`${key}=${to}`] : []));
      const all = [...new Set(changing.flatMap(unsafe))].sort();
      return onServers(
        changing.filter((subject) => unsafe(subject).length > 0),
        `the settings switch ${inWords(all)} on.`,
      );
    },
  },
  {
    id: "cannot-be-seen",
    only,
    severity: "blocks",
    when: "after the restart neither four-letter words nor the AdminServer would tell how a server is",
    todo: `Allow \`srvr\` in ${WHITELIST}, or leave the AdminServer on (${ADMIN_PORT}).`,
    source: "zookeeperAdmin, The Four Letter Words",
    check: ({ changing }) =>
      onServers(
        changing.filter((subject) => {
          const words = (subject.settingAfter(WHITELIST) ?? "srvr").split(",").map((word) => word.trim());
          return (
            subject.changes.length > 0 &&
            !words.includes("srvr") &&
            !words.includes("*") &&
            subject.settingAfter("admin.enableServer") === "false"
          );
        }),
        "srvr would not be allowed and there would be no AdminServer, so nobody could tell whether it is back.",
      ),
  },
  {
    id: "reconfig-enabled-rolls",
    only,
    severity: "warns",
    when: "reconfigEnabled changes: it differs between servers until all are restarted",
    todo: "Let nobody reconfigure the ensemble meanwhile.",
    source: "zookeeperReconfig, Disabling Dynamic Reconfiguration",
    check: ({ changing }) =>
      onServers(
        changing.filter(
          ({ setting, settingAfter }) => isOn(setting("reconfigEnabled")) !== isOn(settingAfter("reconfigEnabled")),
        ),
        "reconfigEnabled changes, so leadership is handed over without reconfig.",
      ),
  },
  {
    id: "session-timeouts-change",
    only,
    severity: "warns",
    when: "tickTime or the bounds of session time-outs change",
    todo: "Nothing to do, unless clients rely on the time-out that they get.",
    source: "zookeeperProgrammers, ZooKeeper Sessions",
    check: (situation) => {
      const keys = changedKeys(situation).filter((key) => /^(tickTime|(min|max)SessionTimeout)$/.test(key));
      return keys.length === 0
        ? []
        : [{ what: `${inWords(keys)} would change; which session time-outs are granted depends on it.` }];
    },
  },
  {
    id: "hook-not-seen",
    only,
    severity: "warns",
    when: "a configuration tool is set: what it changes is not known when the plan is made",
    todo: "What it changes is told in the thread, its output comes there as a file at the end.",
    source: "zkshift",
    check: ({ ensemble, changing }) =>
      ensemble.hooks.configure === null || changing.length === 0
        ? []
        : [{ what: `${ensemble.hooks.configure[0]} runs for each server while it is stopped.` }],
  },
];
