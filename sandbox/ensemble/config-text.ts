// The texts of a server's configuration files. Pure: same input, same text.
import { createHash } from "node:crypto";

export type Ports = {
  readonly client: number;
  readonly quorum: number;
  readonly election: number;
  readonly admin: number;
};

export type MemberConfig = {
  readonly id: number;
  readonly address: string;
  readonly role: "participant" | "observer";
};

export type EnsembleConfig = {
  readonly release: string;
  readonly members: readonly MemberConfig[];
  readonly ports: Ports;
  /** Allows dynamic reconfiguration, and so keeps the members in a file of their own. */
  readonly reconfig: boolean;
  /** Four-letter words to answer; null leaves the release's default. */
  readonly whitelist: string | null;
  /** Further settings of zoo.cfg, which win over those made here. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of each server's JVM; by default just enough for a test's data. */
  readonly heapMb?: number;
};

/** `3.4` has neither an AdminServer nor dynamic configuration. */
export const isBefore35 = (release: string): boolean => /^3\.[0-4]\./.test(release);

/** The text of zoo.cfg for one member. */
export const zooCfg = (config: EnsembleConfig, member: MemberConfig, dataDir: string, dynamicFile: string): string => {
  const { ports } = config;
  const settings: Record<string, string> = {
    tickTime: "2000",
    initLimit: "10",
    syncLimit: "5",
    dataDir,
  };
  if (!isBefore35(config.release)) {
    // By default the AdminServer takes port 8080 on every address of the machine.
    settings["admin.serverAddress"] = member.address;
    settings["admin.serverPort"] = `${ports.admin}`;
  }
  if (config.whitelist !== null) settings["4lw.commands.whitelist"] = config.whitelist;
  if (config.reconfig) {
    settings.standaloneEnabled = "false";
    settings.reconfigEnabled = "true";
    settings.dynamicConfigFile = dynamicFile;
  } else {
    settings.clientPort = `${ports.client}`;
    settings.clientPortAddress = member.address;
    if (member.role === "observer") settings.peerType = "observer";
    // A single server without a list of members runs standalone.
    if (config.members.length > 1) {
      for (const each of config.members) {
        const suffix = each.role === "observer" ? ":observer" : "";
        settings[`server.${each.id}`] = `${each.address}:${ports.quorum}:${ports.election}${suffix}`;
      }
    }
  }
  return Object.entries({ ...settings, ...config.settings })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
};

/** The text of the dynamic configuration file (zookeeperReconfig, "Specifying the client port", "Dynamic configuration file"). */
export const dynamicConfig = (config: EnsembleConfig): string =>
  config.members
    .map(({ id, address, role }) => {
      const { quorum, election, client } = config.ports;
      return `server.${id}=${address}:${quorum}:${election}:${role};${address}:${client}\n`;
    })
    .join("");

/** The text of java.env: a small, quickly started JVM, and the super user's digest when there is a super user. */
export const javaEnv = (superPassword: string | null, heapMb?: number): string => {
  const flags = [...serverJvmFlags(heapMb), ...(superPassword === null ? [] : [superDigestFlag(superPassword)])];
  return `SERVER_JVMFLAGS="${flags.join(" ")}"\nJMXDISABLE=true\n`;
};

export const serverJvmFlags = (heapMb = 160): readonly string[] => [
  `-Xmx${heapMb}m`,
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
];

/** The JVM flag that makes `super:<password>` the super user (zookeeperAdmin, "Authentication & Authorization Options"). */
export const superDigestFlag = (password: string): string =>
  `-Dzookeeper.DigestAuthenticationProvider.superDigest=${digestOf("super", password)}`;

/** `user:base64(sha1(user:password))`, as the digest scheme stores it. */
export const digestOf = (user: string, password: string): string =>
  `${user}:${createHash("sha1").update(`${user}:${password}`).digest("base64")}`;
