// Finds the programs that the sandbox needs and, where it may, installs the missing ones with the system's package manager.
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { installPackages, packageManager } from "./prerequisites/debian-packages.ts";
import { tryCommand } from "./run-command.ts";

export type Prerequisite =
  | "java"
  | "redis"
  | "chromium"
  | "emoji-font"
  | "curl"
  | "ps"
  | "nft"
  | "sshd"
  | "ip"
  | "ansible"
  | "runit"
  | "systemd"
  | "dbus"
  | "sudo"
  | "openssl"
  | "faketime"
  | "logback";

/** Where each program was found; for a font, its file. */
export type FoundPrerequisites = Readonly<Partial<Record<Prerequisite, string>>>;

type Requirement = {
  readonly name: string;
  /** Debian's package that brings it. */
  readonly debianPackage: string;
  readonly find: () => Promise<string | null>;
};

/** The first of these programs on the PATH, or null. */
const findProgram = async (...names: readonly string[]): Promise<string | null> => {
  // Where Debian keeps system programs is not on every user's PATH.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/usr/bin"];
  for (const name of names) {
    for (const folder of folders) {
      if (folder !== "" && (await isExecutable(join(folder, name)))) return join(folder, name);
    }
  }
  return null;
};

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The oldest Java that runs every release the sandbox offers. */
const oldestJava = 11;

/** A Java of a sufficient release: that of JAVA_HOME, or else the one on the PATH; null when there is none. */
export const findJava = async (): Promise<string | null> => {
  const home = process.env.JAVA_HOME;
  const own = home === undefined || home === "" ? null : join(home, "bin", "java");
  const path = own !== null && (await isExecutable(own)) ? own : await findProgram("java");
  if (path === null) return null;
  const { stderr, stdout } = await tryCommand(path, ["-version"]);
  const feature = parseJavaFeature(stderr + stdout);
  return feature !== null && feature >= oldestJava ? path : null;
};

/** The feature release (8, 11, 17 …) in the answer to `java -version`; null when there is none in it. */
export const parseJavaFeature = (text: string): number | null => {
  const found = /version "(?:1\.)?(\d+)/.exec(text);
  return found === null ? null : Number(found[1]);
};

/** A Redis or valkey server program, or null. */
export const findRedis = (): Promise<string | null> => findProgram("redis-server", "valkey-server");

/** A Chromium or Chrome that can be driven, or null. CHROMIUM_PATH comes first. */
export const findChromium = async (): Promise<string | null> => {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== "" && (await isExecutable(named))) return named;
  return findProgram("chromium", "google-chrome", "google-chrome-stable", "chromium-browser");
};

const findSystemd = async (): Promise<string | null> => {
  const path = "/usr/lib/systemd/systemd";
  return (await isExecutable(path)) ? path : null;
};

// The sandbox's page shows emoji as characters; without the font a browser draws boxes.
/** The file itself, where it is there. */
const findFile = (path: string): Promise<string | null> =>
  access(path).then(
    () => path,
    () => null,
  );

/** The library itself, that for programs with threads. */
const findFaketime = async (): Promise<string | null> => {
  for (const machine of ["x86_64", "aarch64"]) {
    const found = await findFile(`/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`);
    if (found !== null) return found;
  }
  return null;
};

const requirements: Readonly<Record<Prerequisite, Requirement>> = {
  java: { name: `Java ${oldestJava} or later`, debianPackage: "default-jre-headless", find: findJava },
  redis: { name: "Redis or valkey", debianPackage: "redis-server", find: findRedis },
  chromium: { name: "Chromium", debianPackage: "chromium", find: findChromium },
  "emoji-font": {
    name: "an emoji font",
    debianPackage: "fonts-noto-color-emoji",
    find: () => findFile("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"),
  },
  curl: { name: "curl", debianPackage: "curl", find: () => findProgram("curl") },
  // zkServer.sh asks it whether the server it has just started is still there.
  ps: { name: "ps", debianPackage: "procps", find: () => findProgram("ps") },
  // Cuts a server off from the others, where tests may (as root).
  nft: { name: "nft", debianPackage: "nftables", find: () => findProgram("nft") },
  // Hosts of their own for tests of the ssh driver: each a network namespace (as root) with an sshd of its own.
  sshd: { name: "sshd", debianPackage: "openssh-server", find: () => findProgram("sshd") },
  ip: { name: "ip", debianPackage: "iproute2", find: () => findProgram("ip") },
  // A team's configuration tool, for the hook's test: some 30 MB.
  ansible: { name: "Ansible", debianPackage: "ansible-core", find: () => findProgram("ansible-playbook") },
  // Service managers that start a server again when it ends; tests run them beside whatever runs the machine.
  runit: { name: "runit", debianPackage: "runit", find: () => findProgram("runsv") },
  systemd: { name: "systemd", debianPackage: "systemd", find: findSystemd },
  dbus: { name: "dbus-daemon", debianPackage: "dbus", find: () => findProgram("dbus-daemon") },
  sudo: { name: "sudo", debianPackage: "sudo", find: () => findProgram("sudo") },
  // What Apache's releases log by from 3.8 on; Debian's own ZooKeeper stays with log4j.
  logback: {
    name: "logback",
    debianPackage: "liblogback-java",
    find: () => findFile("/usr/share/java/logback-classic.jar"),
  },
  // Makes certificates for a Redis with TLS.
  openssl: { name: "openssl", debianPackage: "openssl", find: () => findProgram("openssl") },
  // A wrong clock for one test host.
  faketime: { name: "faketime", debianPackage: "faketime", find: findFaketime },
};

/**
 * Finds every program in `wanted`, installing what is missing where that is possible (as root, or by sudo without a
 * password, on a system with apt). Throws with the one command for a person to run where it is not.
 */
export const ensurePrerequisites = async (
  wanted: readonly Prerequisite[],
  say: (line: string) => void,
): Promise<FoundPrerequisites> => {
  const found = await findAll(wanted);
  const missing = wanted.filter((each) => found[each] === undefined).map((each) => requirements[each]);
  if (missing.length === 0) return found;

  const names = missing.map(({ name }) => name).join(", ");
  const packages = missing.map(({ debianPackage }) => debianPackage);
  const manager = await packageManager();
  if (manager === null) {
    const command = `sudo apt-get install --no-install-recommends ${packages.join(" ")}`;
    throw new Error(`not found: ${names}. Install it and run this again; on Debian and Ubuntu: ${command}`);
  }
  await installPackages(manager, packages, say);

  const after = await findAll(wanted);
  const stillMissing = wanted.filter((each) => after[each] === undefined);
  if (stillMissing.length > 0) {
    const what = stillMissing.map((each) => requirements[each].name).join(", ");
    throw new Error(`${packages.join(", ")} installed, and yet not found: ${what}`);
  }
  return after;
};

const findAll = async (wanted: readonly Prerequisite[]): Promise<FoundPrerequisites> => {
  const pairs = await Promise.all(wanted.map(async (each) => [each, await requirements[each].find()] as const));
  return Object.fromEntries(pairs.filter(([, path]) => path !== null));
};
