// Installs Debian packages without asking, and without leaving a service of theirs running.
import { randomUUID } from "node:crypto";
import { access, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onExit } from "../cleanup.ts";
import { isPortFree } from "../free-port.ts";
import { runCommand, tryCommand } from "../run-command.ts";

/** How to become root: nothing before the command, or sudo. */
export type PackageManager = { readonly prefix: readonly string[] };

/** The way to install packages here without a person; null when there is none. */
export const packageManager = async (): Promise<PackageManager | null> => {
  const apt = await tryCommand("apt-get", ["--version"]).catch(() => null);
  if (apt?.code !== 0) return null;
  if (process.getuid?.() === 0) return { prefix: [] };
  const sudo = await tryCommand("sudo", ["-n", "true"]).catch(() => null);
  return sudo?.code === 0 ? { prefix: ["sudo", "-n"] } : null;
};

/** Installs the packages, reading the package index first where they are not in it. */
export const installPackages = async (
  manager: PackageManager,
  packages: readonly string[],
  say: (line: string) => void,
): Promise<void> => {
  const install = () => asRoot(manager, aptGet(["install", "-y", "--no-install-recommends", ...packages]));
  say(`installing ${packages.join(", ")}: takes up to a minute or two`);
  const redisPortWasFree = await isPortFree("127.0.0.1", 6379);
  await withoutStartingServices(manager, async () => {
    try {
      await install();
    } catch {
      say("reading the package index");
      await asRoot(manager, aptGet(["update"]));
      await install();
    }
  });
  // Tests start an sshd of their own; a door to the whole machine is not opened in passing.
  if (packages.includes("openssh-server")) {
    await asRoot(manager, ["systemctl", "disable", "ssh.service", "ssh.socket"]).catch(() => "");
  }
  if (packages.includes("redis-server")) await leaveNoRedisService(manager, redisPortWasFree);
};

const aptGet = (args: readonly string[]): readonly string[] => [
  "env",
  "DEBIAN_FRONTEND=noninteractive",
  "apt-get",
  "-q",
  "-o",
  "DPkg::Lock::Timeout=300",
  ...args,
];

const asRoot = (manager: PackageManager, command: readonly string[]): Promise<string> => {
  const [program = "", ...args] = [...manager.prefix, ...command];
  return runCommand(program, args, { timeoutMs: 900_000 });
};

const policyFile = "/usr/sbin/policy-rc.d";

// Debian asks this file before it starts a freshly installed service (invoke-rc.d(8)); 101 means "do not".
const withoutStartingServices = async (manager: PackageManager, work: () => Promise<void>): Promise<void> => {
  const hasOwnPolicy = await access(policyFile).then(
    () => true,
    () => false,
  );
  if (hasOwnPolicy) return work();
  const policy = join(tmpdir(), `policy-rc.d-${randomUUID()}`);
  await writeFile(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const takeBack = async (): Promise<void> => {
    await asRoot(manager, ["rm", "-f", policyFile]);
    await rm(policy, { force: true });
  };
  const forget = onExit(takeBack);
  try {
    await asRoot(manager, ["install", "-m", "755", policy, policyFile]);
    await work();
  } finally {
    forget();
    await takeBack();
  }
};

// The sandbox starts its own private server; the package's service shall neither run now nor after a reboot.
const leaveNoRedisService = async (manager: PackageManager, portWasFree: boolean): Promise<void> => {
  await asRoot(manager, ["systemctl", "disable", "redis-server.service"]).catch(() => "");
  if (!portWasFree || (await isPortFree("127.0.0.1", 6379))) return;
  await asRoot(manager, ["service", "redis-server", "stop"]).catch(() => "");
  if (!(await isPortFree("127.0.0.1", 6379))) {
    throw new Error(
      "the redis-server package started a service on port 6379: stop it with `service redis-server stop`",
    );
  }
};
