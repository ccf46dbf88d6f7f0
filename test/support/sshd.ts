// One sshd of a test's own, with a host key and a client key made for it: on the machine itself, or in a network namespace.
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { ensurePrerequisites } from "../../sandbox/prerequisites.ts";
import { signalProcess, waitUntilDead } from "../../sandbox/processes.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import type { SshAccess } from "../../src/model/inventory.ts";
import { waitFor } from "./run-on-stage.ts";

export type Sshd = {
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  /** How a worker that was told everything gets in. */
  readonly access: SshAccess;
  /** The public host key's file. */
  readonly hostKey: string;
  /** Ids of the processes that hold the connections to it. */
  connections(): Promise<readonly number[]>;
  stop(): Promise<void>;
};

export type SshdOptions = {
  /** Made; holds keys, configuration and log. */
  readonly dir: string;
  readonly address: string;
  readonly port: number;
  /** Who may log in; default the test's own user. */
  readonly user?: string;
  readonly netns?: string;
  /** Words in front of its command, where it runs in namespaces of another kind. */
  readonly within?: readonly string[];
  /** Lines of sshd_config that stand before ours, and so count. */
  readonly lines?: readonly string[];
};

/** Makes a key pair without a passphrase, `<file>` and `<file>.pub`. */
export const makeKey = async (file: string, type = "ed25519"): Promise<void> => {
  await runCommand("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "zkshift-test", "-f", file]);
};

/** The host key's line for known_hosts. */
export const knownHostsLine = async (publicKey: string, address: string, port: number): Promise<string> => {
  const [type, key] = (await readFile(publicKey, "utf8")).split(" ");
  return `${port === 22 ? address : `[${address}]:${port}`} ${type} ${key}\n`;
};

const answers = (address: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("data", (banner) => end(banner.toString("latin1").startsWith("SSH-2.0")));
    socket.once("error", () => end(false));
    socket.setTimeout(1_000, () => end(false));
  });

const childrenOf = async (pid: number): Promise<readonly number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => ""))
    .split(" ")
    .filter((word) => word.trim() !== "")
    .map(Number);

/** A connection is two processes where an ordinary user logs in, and the one that holds the socket is the inner one. */
const descendantsOf = async (pid: number): Promise<readonly number[]> => {
  const children = await childrenOf(pid);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
};

/** Resolves when it answers. */
export const startSshd = async (options: SshdOptions): Promise<Sshd> => {
  const { dir, address, port } = options;
  const user = options.user ?? userInfo().username;
  const { sshd: program = "/usr/sbin/sshd" } = await ensurePrerequisites(["sshd"], () => undefined);
  await mkdir(dir, { recursive: true, mode: 0o755 });
  if (userInfo().uid === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const at = (name: string): string => join(dir, name);
  await makeKey(at("host_key"));
  await makeKey(at("client_key"));
  await writeFile(at("authorized_keys"), await readFile(at("client_key.pub")));
  // sshd reads it as the user that logs in.
  await chmod(at("authorized_keys"), 0o644);
  await writeFile(at("known_hosts"), await knownHostsLine(at("host_key.pub"), address, port));
  const config = [
    ...(options.lines ?? []),
    `ListenAddress ${address}`,
    `Port ${port}`,
    `HostKey ${at("host_key")}`,
    `AuthorizedKeysFile ${at("authorized_keys")}`,
    `AllowUsers ${user}`,
    "PidFile none",
    "UsePAM no",
    "UseDNS no",
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "MaxStartups 100",
    // bash(1) reads the login's .bashrc for sshd at the outermost level only; what stands in it is not the test's.
    "SetEnv SHLVL=1",
    "",
  ];
  await writeFile(at("sshd_config"), config.join("\n"));
  const command = [program, "-D", "-f", at("sshd_config"), "-E", at("sshd.log")];
  const netns = options.netns === undefined ? [] : ["ip", "netns", "exec", options.netns];
  const [file = "", ...args] = [...(options.within ?? netns), ...command];
  const child: ChildProcess = spawn(file, args, { stdio: "ignore", detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} could not be started`);
  const stop = async (): Promise<void> => {
    // Frozen processes die by SIGKILL too. Those of open connections do not die with their parent, and keep its network.
    const all = [pid, ...(await descendantsOf(pid))];
    for (const each of all) signalProcess(each, "SIGKILL");
    for (const each of all) await waitUntilDead(each, 5_000);
  };
  try {
    await waitFor(`sshd at ${address}:${port}`, () => answers(address, port), 10_000);
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${await readFile(at("sshd.log"), "utf8").catch(() => "no log")}`);
  }
  return {
    address,
    port,
    pid,
    hostKey: at("host_key.pub"),
    access: {
      address,
      port,
      user,
      key: at("client_key"),
      passphrase: null,
      agent: null,
      knownHosts: at("known_hosts"),
      sudo: null,
      jump: null,
    },
    connections: () => childrenOf(pid),
    stop,
  };
};
