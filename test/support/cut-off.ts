// Cuts new connections to servers of the sandbox, as a firewall between hosts would, with nft on this machine's loopback.
// Only root may; whoever may not is told so by `mayCutOff`.
import { onExit } from "../../sandbox/cleanup.ts";
import { runCommand } from "../../sandbox/run-command.ts";

export const mayCutOff = (): boolean => process.getuid?.() === 0;

/** Nobody can open a connection to these addresses' ports any more; those that are open stay. Answers how to end it. */
export const cutOff = async (
  addresses: readonly string[],
  ports: readonly number[],
): Promise<{ mend(): Promise<void> }> => {
  const table = `zkshift_test_${process.pid}`;
  const nft = (...words: readonly string[]) => runCommand("nft", words);
  await nft("add", "table", "inet", table);
  const mend = async (): Promise<void> => {
    forget();
    await nft("delete", "table", "inet", table);
  };
  const forget = onExit(async () => {
    await nft("delete", "table", "inet", table);
  });
  await nft("add", "chain", "inet", table, "out", "{ type filter hook output priority 0; }");
  const set = (items: readonly (string | number)[]): string => `{ ${items.join(", ")} }`;
  const rule = ["ct", "state", "new", "ip", "daddr", set(addresses), "tcp", "dport", set(ports), "drop"];
  await nft("add", "rule", "inet", table, "out", ...rule);
  return { mend };
};
