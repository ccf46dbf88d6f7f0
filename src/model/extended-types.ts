// Whether a server keeps znodes with a time to live. Without zookeeper.extendedTypesEnabled it takes them for ephemeral znodes of
// sessions that nobody has, and removes them when it loads its data to lead (EphemeralType.get; ZooKeeperServer, loadData).
import type { HostFacts } from "./ensemble.ts";
import { systemProperty } from "./system-property.ts";
import { getKey, parseZooCfg } from "./zoo-cfg.ts";

export const EXTENDED_TYPES_KEY = "extendedTypesEnabled";

const PROPERTY = "zookeeper.extendedTypesEnabled";
export const EXTENDED_TYPES_FLAG = `-D${PROPERTY}=true`;

/** A key of zoo.cfg that ZooKeeper does not know becomes a property of that name after the JVM's flags are read, and so wins (QuorumPeerConfig, parseProperties). */
export const keepsTtlZnodes = (setting: string | null, flags: readonly string[]): boolean =>
  (setting ?? systemProperty(flags, PROPERTY) ?? "").toLowerCase() === "true";

type Facts = Pick<HostFacts, "configText" | "nextFlags" | "process">;

const settingIn = ({ configText }: Facts): string | null => getKey(parseZooCfg(configText ?? ""), EXTENDED_TYPES_KEY);

/** Whether it does from its next start on, as its files are now. */
export const willKeepTtlZnodes = (facts: Facts): boolean => keepsTtlZnodes(settingIn(facts), facts.nextFlags);

/** Whether its process does, as far as its files of now tell how it was started; false where none runs. */
export const keepsTtlZnodesNow = (facts: Facts): boolean =>
  facts.process !== null &&
  keepsTtlZnodes(
    settingIn(facts),
    facts.nextFlags.filter((flag) => facts.process?.awaitingStart.includes(flag) !== true),
  );
