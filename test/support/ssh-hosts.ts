// Hosts of a test's own, as root: network namespaces on one bridge, each with an address, an sshd with a host key of its own, and
// an ordinary user. They share the machine's files and processes; each has folders of its own.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ensurePrerequisites } from "../../sandbox/prerequisites.ts";
import { signalProcess } from "../../sandbox/processes.ts";
import { runCommand, tryCommand } from "../../sandbox/run-command.ts";
import { type Sshd, startSshd } from "./sshd.ts";

/** Who logs in: made where it is missing, and left; it can do nothing but own its processes. */
export const HOST_USER = "zkshift-host";

export type SshHost = {
  readonly name: string;
  readonly address: string;
  readonly netns: string;
  readonly sshd: Sshd;
  /** Owned by the user. */
  readonly dir: string;
  /** Takes the cable out, and puts it in again. */
  cutOff(): Promise<void>;
  connect(): Promise<void>;
};

export type SshHosts = { readonly hosts: readonly SshHost[]; close(): Promise<void> };

const ip = (...args: readonly string[]): Promise<string> => runCommand("ip", args, { timeoutMs: 20_000 });

const ensureUser = async (): Promise<void> => {
  if ((await tryCommand("id", ["-u", HOST_USER])).code === 0) return;
  // `*`: no password fits, yet the account is not locked, which sshd would refuse.
  await runCommand("useradd", ["--system", "--no-create-home", "--shell", "/bin/sh", "--password", "*", HOST_USER]);
};

/** A bridge of a net 10.203.N.0/24 that nobody has; its number. */
const makeBridge = async (): Promise<number> => {
  for (let net = 1 + (process.pid % 200), tries = 0; tries < 20; net = 1 + (net % 250), tries++) {
    if ((await tryCommand("ip", ["link", "add", `zkb${net}`, "type", "bridge"])).code !== 0) continue;
    await ip("addr", "add", `10.203.${net}.1/24`, "dev", `zkb${net}`);
    await ip("link", "set", `zkb${net}`, "up");
    return net;
  }
  throw new Error("no bridge could be made: tests of hosts by ssh need root and network namespaces");
};

/** Docker has packets between ports of a bridge go through the machine's firewall, and that drop them. */
const expectWay = async (from: SshHost, to: SshHost): Promise<void> => {
  const connect = ["timeout", "5", "bash", "-c", `: <>/dev/tcp/${to.address}/22`];
  // A busy machine may need more than one try.
  for (let tries = 0; tries < 6; tries++)
    if ((await tryCommand("ip", ["netns", "exec", from.netns, ...connect])).code === 0) return;
  throw new Error(
    "the machine's firewall drops what hosts of a test send each other: `nft list ruleset` shows it; Docker's is not in the way with `sysctl net.bridge.bridge-nf-call-iptables=0`",
  );
};

/** `host1`, `host2` …; `dir` must be reachable for other users; `linesOf`: lines of the nth host's sshd_config. */
export const openSshHosts = async (
  dir: string,
  count: number,
  linesOf: (number: number) => readonly string[] = () => [],
): Promise<SshHosts> => {
  await ensurePrerequisites(["sshd", "ip"], () => undefined);
  await ensureUser();
  const net = await makeBridge();
  const closers: (() => Promise<unknown>)[] = [() => tryCommand("ip", ["link", "del", `zkb${net}`])];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  };
  const open = async (number: number): Promise<SshHost> => {
    const netns = `zkh${net}-${number}`;
    const cable = `zkv${net}-${number}`;
    const address = `10.203.${net}.${10 + number}`;
    await ip("netns", "add", netns);
    closers.push(async () => {
      // The inner process of a connection whose outer one was killed is nobody's child any more, and keeps the network.
      const { stdout } = await tryCommand("ip", ["netns", "pids", netns]);
      for (const pid of stdout.split("\n").filter((line) => line !== "")) signalProcess(Number(pid), "SIGKILL");
      await tryCommand("ip", ["link", "del", cable]);
      await tryCommand("ip", ["netns", "del", netns]);
    });
    await ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", netns);
    await ip("link", "set", cable, "master", `zkb${net}`, "up");
    await ip("-n", netns, "addr", "add", `${address}/24`, "dev", "eth0");
    await ip("-n", netns, "link", "set", "eth0", "up");
    await ip("-n", netns, "link", "set", "lo", "up");
    const own = join(dir, `host${number}`);
    await mkdir(own, { recursive: true });
    await runCommand("chown", [HOST_USER, own]);
    const sshd = await startSshd({
      dir: join(dir, `sshd${number}`),
      address,
      port: 22,
      user: HOST_USER,
      netns,
      lines: linesOf(number),
    });
    closers.push(() => sshd.stop());
    return {
      name: `host${number}`,
      address,
      netns,
      sshd,
      dir: own,
      cutOff: async () => void (await ip("link", "set", cable, "down")),
      connect: async () => void (await ip("link", "set", cable, "up")),
    };
  };
  try {
    const hosts: SshHost[] = [];
    for (let number = 1; number <= count; number++) hosts.push(await open(number));
    const [one, two] = hosts;
    if (one !== undefined && two !== undefined) await expectWay(one, two);
    return { hosts, close };
  } catch (error) {
    await close();
    throw error;
  }
};
