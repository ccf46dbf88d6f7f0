// What may happen between a worker and a host that it reaches by ssh. Each begins when it is called and mends itself.
import { setTimeout as sleep } from "node:timers/promises";
import { signalProcess } from "../../sandbox/processes.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import type { SshHost } from "./ssh-hosts.ts";

export type Fault = "cable" | "firewall" | "frozen" | "killed";

const nft = (host: SshHost, ...words: readonly string[]) =>
  runCommand("ip", ["netns", "exec", host.netns, "nft", ...words]);

const begins: Readonly<Record<Fault, (host: SshHost) => Promise<() => Promise<void>>>> = {
  /** Nothing at all gets to the host or from it, ZooKeeper's own traffic included. */
  cable: async (host) => {
    await host.cutOff();
    return () => host.connect();
  },
  /** Packets of ssh vanish, both ways; the servers go on among themselves. */
  firewall: async (host) => {
    await nft(host, "add", "table", "inet", "cut");
    await nft(host, "add", "chain", "inet", "cut", "in", "{ type filter hook input priority 0; }");
    await nft(host, "add", "rule", "inet", "cut", "in", "tcp", "dport", "22", "drop");
    await nft(host, "add", "chain", "inet", "cut", "out", "{ type filter hook output priority 0; }");
    await nft(host, "add", "rule", "inet", "cut", "out", "tcp", "sport", "22", "drop");
    return async () => void (await nft(host, "delete", "table", "inet", "cut"));
  },
  /** sshd stands still: connections stay open, and nobody answers. */
  frozen: async ({ sshd }) => {
    const pids = [sshd.pid, ...(await sshd.connections())];
    for (const pid of pids) signalProcess(pid, "SIGSTOP");
    return async () => {
      for (const pid of pids) signalProcess(pid, "SIGCONT");
    };
  },
  /** Connections that are open break; new ones are let in at once. */
  killed: async ({ sshd }) => {
    for (const pid of await sshd.connections()) signalProcess(pid, "SIGKILL");
    return async () => undefined;
  },
};

/** Resolves when it is over. */
export const inflict = async (fault: Fault, host: SshHost, forMs: number): Promise<void> => {
  const mend = await begins[fault](host);
  await sleep(forMs);
  await mend();
};
