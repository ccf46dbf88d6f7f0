// Client ports of hosts by ssh that zkshift closes: what lets its login run nft there, and the tables that are left.
import { rm, writeFile } from "node:fs/promises";
import { runCommand } from "../../sandbox/run-command.ts";
import { HOST_USER, type SshHost } from "./ssh-hosts.ts";

// The hosts of a test share the machine's files.
const SUDOERS = "/etc/sudoers.d/zkshift-test-hosts";

export const allowNft = (): Promise<void> =>
  writeFile(SUDOERS, `${HOST_USER} ALL=(root) NOPASSWD: /usr/sbin/nft\n`, { mode: 0o440 });

export const forbidNft = (): Promise<void> => rm(SUDOERS, { force: true });

/** Of all the hosts, one line a table. */
export const gateTables = async (hosts: readonly SshHost[]): Promise<readonly string[]> => {
  const texts = await Promise.all(
    hosts.map(({ netns }) => runCommand("ip", ["netns", "exec", netns, "nft", "list", "tables"])),
  );
  return texts.flatMap((stdout) => stdout.split("\n").filter((line) => line.includes("zkshift-")));
};
