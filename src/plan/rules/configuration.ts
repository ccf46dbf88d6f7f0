// Rules about zoo.cfg and JVM flags: what a new release reads differently, and what must not change along with it.

import { isIP } from "node:net";
import type { EnsembleSpec } from "../../model/inventory.ts";
import { wantedFlagsIn } from "../../model/java-env.ts";
import { DEFAULT_MAX_BUFFER } from "../../model/max-buffer.ts";
import { isAtLeast } from "../../model/release.ts";
import { systemProperty } from "../../model/system-property.ts";
import { ADMIN_PORT, isNotOurs, TRUST_EMPTY, WHITELIST, writesMissingSnapshot } from "../config-changes.ts";
import { inWords, onServers, type Rule, type Violation } from "../rule.ts";
import type { Subject } from "../situation.ts";

/** Value of `-D<name>=…` in the running process or in what its start script reads; null when in neither. */
const flagOf = ({ facts }: Subject, name: string): string | null => {
  const fromFile = (facts?.javaEnvText ?? "").split("\n").filter((line) => !line.trimStart().startsWith("#"));
  const texts = [...(facts?.process?.jvmFlags ?? []), ...fromFile];
  const pattern = new RegExp(`-D${name.replaceAll(".", "\\.")}=([^\\s"']+)`);
  for (const text of texts) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return null;
};

/** Largest request or znode a server takes, in bytes. */
export const maxBufferOf = (subject: Subject): number => {
  const flag = Number(flagOf(subject, JUTE) ?? Number.NaN);
  return Number.isFinite(flag) ? flag : (subject.serving?.monitor?.maxBuffer ?? DEFAULT_MAX_BUFFER);
};

/** The same after its turn: flags of ensembles.yaml stand last and win. */
export const maxBufferAfter = (subject: Subject): number => {
  if (subject.jvm === null) return maxBufferOf(subject);
  const to = systemProperty(subject.jvm.to, JUTE);
  if (to !== null) return Number(to);
  return systemProperty(subject.jvm.from, JUTE) === null ? maxBufferOf(subject) : DEFAULT_MAX_BUFFER;
};
const JUTE = "jute.maxbuffer";

export const isOn = (value: string | null): boolean => value?.toLowerCase() === "true";

export const QUORUM_TLS = /^(sslQuorum|portUnification|ssl\.quorum\..+|sslQuorumReloadCertFiles)$/;

const usesSasl = (subject: Subject): boolean =>
  [...subject.settings].some(
    ([key, value]) =>
      (key.startsWith("authProvider") && value.endsWith("SASLAuthenticationProvider")) ||
      (key === "quorum.auth.enableSasl" && isOn(value)),
  ) || flagOf(subject, "java.security.auth.login.config") !== null;

/** Violations for the servers for which `what` has a sentence. */
const perServer = (subjects: readonly Subject[], what: (subject: Subject) => string | null): readonly Violation[] =>
  subjects.flatMap((subject) => {
    const sentence = what(subject);
    return sentence === null ? [] : [{ what: sentence, server: subject.id }];
  });

/** One violation when the servers do not all have the same value. */
const differing = (
  subjects: readonly Subject[],
  name: string,
  shown: (subject: Subject) => string,
): readonly Violation[] => {
  const read = subjects.filter((subject) => subject.facts !== null);
  if (new Set(read.map(shown)).size < 2) return [];
  return [{ what: `${name} differs: ${inWords(read.map((subject) => `${shown(subject)} on server.${subject.id}`))}.` }];
};

export const CONFIGURATION_RULES: readonly Rule[] = [
  {
    id: "settings-not-ours",
    severity: "blocks",
    when: "the inventory's settings name members, ports or data directories",
    todo: "Take them out of the ensemble's settings: they say who is in it, where it is reached and where its data is, which no restart changes.",
    source: "zkshift",
    check: ({ ensemble }) => {
      const keys = Object.keys(ensemble.settings).filter(isNotOurs).sort();
      return keys.length === 0 ? [] : [{ what: `The settings of ${ensemble.name} name ${inWords(keys)}.` }];
    },
  },
  {
    id: "settings-left-out",
    severity: "warns",
    when: "a server already runs the release, and its zoo.cfg or JVM flags differ from the inventory's",
    todo: "`/zk configure` changes it afterwards.",
    source: "zkshift",
    only: ["upgrade"],
    check: ({ subjects, ensemble }) =>
      perServer(subjects, (subject) => {
        if (subject.hasTurn || subject.facts === null) return null;
        const keys = differingFrom(subject, ensemble);
        return keys.length === 0 ? null : `${subject.name} is not restarted, so it keeps its ${inWords(keys)}.`;
      }),
  },
  {
    id: "snapshot-missing",
    severity: "warns",
    when: "into 3.5 or later from before, and a data directory of an ensemble holds no snapshot (handled)",
    todo: "Nothing to do.",
    source: "ZOOKEEPER-3056, ZOOKEEPER-3781",
    check: ({ release, changing }) => {
      const without = changing.filter(({ changes }) =>
        changes.some((change) => change.key === TRUST_EMPTY && change.from === null),
      );
      const set = "no snapshot; snapshot.trust.empty is set for the restart and";
      return writesMissingSnapshot(release)
        ? onServers(without, `${set} taken out again once the server has written one.`)
        : onServers(without, `${set} stays, because ${release} does not write one at once.`, {
            todo: "Take it out of zoo.cfg once the data directory holds a snapshot.",
          });
    },
  },
  {
    id: "snapshot-missing-standalone",
    severity: "blocks",
    when: "into 3.5 or later from before, and the data directory of a standalone server holds no snapshot",
    todo: "Restart it on its present release until it has written a snapshot (snapCount), then ask again.",
    source: "ZOOKEEPER-3056",
    check: ({ release, changing, isStandalone }) =>
      !isStandalone || !isAtLeast(release, "3.5.0")
        ? []
        : perServer(changing, ({ serving, facts, name }) =>
            serving !== null && !isAtLeast(serving.release, "3.5.0") && facts?.snapshots === 0
              ? `${name} has no snapshot, and no other server could give it its data back.`
              : null,
          ),
  },
  {
    id: "four-letter-words",
    severity: "warns",
    when: "into 3.5 or later from before, and zoo.cfg does not say which four-letter words are allowed (handled)",
    todo: "Nothing to do, unless your monitoring needs wchc or wchp.",
    source: "zookeeperAdmin, The Four Letter Words",
    check: ({ changing, ensemble }) =>
      ensemble.settings[WHITELIST] !== undefined
        ? []
        : onServers(
            changing.filter(({ changes }) => changes.some(({ key }) => key === WHITELIST)),
            `${WHITELIST} is set to the words that are answered now; without it only srvr would be.`,
          ),
  },
  {
    id: "admin-server-port",
    severity: "warns",
    when: "into 3.5 or later from before, and zoo.cfg names no AdminServer port (handled)",
    todo: "Nothing to do, unless that port must not be opened: then set admin.enableServer=false.",
    source: "zookeeperAdmin, AdminServer configuration",
    check: ({ changing, ensemble }) => {
      if (ensemble.settings[ADMIN_PORT] !== undefined) return [];
      const portOf = ({ changes }: Subject) => changes.find(({ key }) => key === ADMIN_PORT)?.to ?? null;
      const ports = [...new Set(changing.flatMap((subject) => portOf(subject) ?? []))];
      return ports.flatMap((port) =>
        onServers(
          changing.filter((subject) => portOf(subject) === port),
          `gets an AdminServer on port ${port}, new in 3.5.`,
        ),
      );
    },
  },
  {
    id: "snapshot-compression",
    severity: "blocks",
    when: "snapshot compression is switched on in the same run, or is on while going back before 3.6",
    todo: "Switch it on in a restart of its own, once every server runs the release.",
    source: "zookeeperAdmin, Advanced Configuration: snapshot.compression.method",
    check: ({ goal, release, subjects }) => {
      const key = "snapshot.compression.method";
      const isOnNow = ({ setting }: Subject) => (setting(key) ?? "") !== "";
      const switchedOn = ({ changes }: Subject) =>
        changes.some((change) => change.key === key && (change.to ?? "") !== "");
      return [
        ...onServers(
          subjects.filter((subject) => goal.kind !== "configure" && switchedOn(subject)),
          `the settings switch ${key} on along with the release; the old release could not read such snapshots back.`,
        ),
        ...(isAtLeast(release, "3.6.0")
          ? []
          : onServers(subjects.filter(isOnNow), `${key} is on, and ${release} cannot read such snapshots.`)),
      ];
    },
  },
  {
    id: "quorum-tls-change",
    only: ["upgrade", "migrate"],
    severity: "blocks",
    when: "the settings change TLS between servers along with the release",
    todo: "Take them out of the settings for this upgrade; changing TLS takes three rolling restarts of its own.",
    source: "zookeeperAdmin, Upgrading existing nonTLS cluster with no downtime",
    check: ({ changing }) => {
      const keysOf = ({ changes }: Subject) => changes.map(({ key }) => key).filter((key) => QUORUM_TLS.test(key));
      const keys = [...new Set(changing.flatMap(keysOf))].sort();
      return onServers(
        changing.filter((subject) => keysOf(subject).length > 0),
        `the settings change ${inWords(keys)} along with the release.`,
      );
    },
  },
  {
    id: "quorum-tls-names",
    severity: "warns",
    when: "into 3.9.5 or later with TLS between servers that are named by host name",
    todo: "Check that each certificate lists the server's name (SAN): names are no longer looked up from addresses.",
    source: "zookeeperAdmin, Encryption, Authentication, Authorization Options",
    check: ({ release, changing }) =>
      !isAtLeast(release, "3.9.5")
        ? []
        : perServer(changing, ({ serving, settingAfter, server, name }) =>
            serving !== null &&
            !isAtLeast(serving.release, "3.9.5") &&
            isOn(settingAfter("sslQuorum")) &&
            settingAfter("ssl.quorum.hostnameVerification") !== "false" &&
            isIP(server.member.address) === 0
              ? `${name} uses TLS between servers and is named ${server.member.address}.`
              : null,
          ),
  },
  {
    id: "sasl-digest-md5",
    severity: "override",
    when: "into 3.9 or later with SASL, unless fips-mode=false is set: DIGEST-MD5 is refused",
    todo: "With DIGEST-MD5, set fips-mode=false in the ensemble's settings first; with Kerberos, override.",
    source: "ZOOKEEPER-4393, ZOOKEEPER-4889",
    check: ({ release, changing }) =>
      !isAtLeast(release, "3.9.0")
        ? []
        : onServers(
            changing.filter(
              (subject) =>
                subject.serving !== null &&
                !isAtLeast(subject.serving.release, "3.9.0") &&
                usesSasl(subject) &&
                (subject.settingAfter("fips-mode") ?? flagOf(subject, "zookeeper.fips-mode")) !== "false",
            ),
            `SASL is configured; ${release} is in FIPS mode by default and refuses DIGEST-MD5.`,
          ),
  },
  {
    id: "jute-maxbuffer-differs",
    severity: "blocks",
    when: "jute.maxbuffer is not the same on all servers",
    todo: "Bring it in line first: a znode that one server holds could keep another from loading the data.",
    source: "zookeeperAdmin, Unsafe Options: jute.maxbuffer",
    check: ({ subjects }) => differing(subjects, "jute.maxbuffer", (subject) => String(maxBufferAfter(subject))),
  },
  {
    id: "reconfig-enabled-differs",
    severity: "blocks",
    when: "reconfigEnabled is not the same on all servers",
    todo: "Bring it in line in a rolling restart of its own first.",
    source: "zookeeperReconfig, Disabling Dynamic Reconfiguration",
    check: ({ subjects, goal }) =>
      differing(subjects, "reconfigEnabled", (subject) =>
        String(isOn((goal.kind === "configure" ? subject.settingAfter : subject.setting)("reconfigEnabled"))),
      ),
  },
  {
    id: "reconfig-enabled-changes",
    only: ["upgrade", "migrate"],
    severity: "blocks",
    when: "the settings change reconfigEnabled along with the release",
    todo: "Take it out of the settings for this upgrade and flip it in a rolling restart of its own.",
    source: "zookeeperReconfig, Disabling Dynamic Reconfiguration",
    check: ({ changing }) =>
      onServers(
        changing.filter(
          ({ changes, setting, settingAfter }) =>
            changes.some(({ key }) => key === "reconfigEnabled") &&
            isOn(setting("reconfigEnabled")) !== isOn(settingAfter("reconfigEnabled")),
        ),
        "the settings change reconfigEnabled along with the release.",
      ),
  },
];

/** What of a server is not as the inventory wants it: keys of zoo.cfg, and `JVM flags`. Its host must have been read. */
export const differingFrom = (
  subject: Subject,
  ensemble: Pick<EnsembleSpec, "settings" | "jvm">,
): readonly string[] => [
  ...differingSettings(subject, ensemble.settings),
  ...(wantedFlagsIn(subject.facts?.javaEnvText ?? null).join(" ") === ensemble.jvm.join(" ") ? [] : ["JVM flags"]),
];

/** Keys of the inventory's settings that a server's zoo.cfg does not have as wanted, sorted. */
const differingSettings = (subject: Subject, settings: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(settings)
    .filter(([key, value]) => !isNotOurs(key) && subject.setting(key) !== value.trim())
    .map(([key]) => key)
    .sort();
