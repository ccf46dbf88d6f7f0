// Which of a running server's JVM flags nobody would set again at the next start, so that they must be carried over; and
// how flags are shown without their secrets. Pure.
import { namesSecret, SECRET_ASSIGNMENT } from "../model/secret-keys.ts";
import { systemProperty } from "../model/system-property.ts";

/** What zkServer.sh puts on every command line by itself (bin/zkServer.sh of 3.4 to 3.9). */
const SET_BY_START_SCRIPT: readonly RegExp[] = [
  /^-Dzookeeper\.log\.(dir|file)=/,
  /^-Dzookeeper\.root\.logger=/,
  /^-XX:\+HeapDumpOnOutOfMemoryError$/,
  /^-XX:OnOutOfMemoryError=/,
  /^-Dcom\.sun\.management\.jmxremote$/,
  /^-Dcom\.sun\.management\.jmxremote\.local\.only=false$/,
];

/** Server heap that bin/zkEnv.sh sets from 3.5 on when `ZK_SERVER_HEAP` is not set, in MB. */
const DEFAULT_HEAP_MB = "1000";

/** What the configuration folder's `java.env` and `zookeeper-env.sh` leave in the environment of the start script. */
export type GivenByFiles = {
  readonly flags: readonly string[];
  /** `ZK_SERVER_HEAP`; null when not set. */
  readonly heapMb: string | null;
};

/** What a later flag of the same key overrides: `-Xmx` of `-Xmx1000m`, `-Dname` of `-Dname=value`, else the whole flag. */
const keyOf = (flag: string): string => /^-X(mx|ms|mn|ss)/.exec(flag)?.[0] ?? /^-D[^=]+/.exec(flag)?.[0] ?? flag;

/**
 * The flags to carry over, in their order: those of the running process that count (the last of each key does), less
 * what the start script sets by itself and what the configuration folder's files give. `setsHeap`: the process was
 * started by a script that sets a default heap (3.5 and later).
 */
export const flagsToCarry = (
  running: readonly string[],
  given: GivenByFiles,
  options: { readonly setsHeap: boolean },
): readonly string[] =>
  running.filter(
    (flag, at) =>
      running.findLastIndex((other) => keyOf(other) === keyOf(flag)) === at &&
      !given.flags.includes(flag) &&
      !(options.setsHeap && flag === `-Xmx${given.heapMb ?? DEFAULT_HEAP_MB}m`) &&
      !SET_BY_START_SCRIPT.some((pattern) => pattern.test(flag)),
  );

/** Environment variables of zkServer.sh that stand behind flags it sets by itself. */
export const variablesToCarry = (running: readonly string[]): Readonly<Record<string, string>> => {
  const logger = systemProperty(running, "zookeeper.root.logger");
  return {
    ...(running.some((flag) => flag.startsWith("-Dcom.sun.management.jmxremote")) ? {} : { JMXDISABLE: "true" }),
    ...(logger === null ? {} : { ZOO_LOG4J_PROP: logger }),
  };
};

/** zkServer.sh splits its flags at blanks: a flag that holds one cannot be handed to it. */
export const flagsThatCannotBeCarried = (flags: readonly string[]): readonly string[] =>
  flags.filter((flag) => /\s/.test(flag));

/** The text of a `java.env` with flags added to those it gives by itself. The flags hold no blanks. */
export const withAddedFlags = (text: string, flags: readonly string[]): string => {
  const quoted = `'${flags.join(" ").replaceAll("'", "'\\''")}'`;
  return `${text === "" || text.endsWith("\n") ? text : `${text}\n`}SERVER_JVMFLAGS="$SERVER_JVMFLAGS "${quoted}\n`;
};

/** The flag with the value hidden when its key names a secret, e.g. `-Dzookeeper.DigestAuthenticationProvider.superDigest`. */
export const withoutSecret = (flag: string): string => {
  const found = /^-D([^=]+)=/.exec(flag);
  return found?.[1] !== undefined && namesSecret(found[1]) ? `-D${found[1]}=…` : flag;
};

/** A shell fragment (`java.env`) with the values hidden of all keys that name a secret. */
export const withoutSecrets = (text: string): string => text.replace(SECRET_ASSIGNMENT, "$1=…");
