// Compares the tree digests that servers note by themselves (3.6 and later). Reads, and writes only the canary's znode.
import { OpsError } from "../errors.ts";
import { formatZxid, zxid } from "../model/ids.ts";
import type { ServerHandle, World } from "./world.ts";

/** ZooKeeper keeps a digest of the tree every so many transactions (zookeeperAdmin, `hash`). */
const DIGEST_EVERY = 128;
/** Sent without waiting for one another: few enough for clients not to notice. */
const WRITES_AT_ONCE = 16;
/** Digests of one zxid are on every server after one or two rounds; clients' own writes only make it sooner. */
const DIGEST_ROUNDS = 6;

/**
 * The digest that all servers share at one zxid which is not older than `since`: what they agreed on before would prove
 * nothing about now. Null where a server has no digests; throws `step-failed` where they differ.
 */
export const compareDigests = async (
  world: World,
  servers: readonly ServerHandle[],
  since: bigint,
): Promise<{ readonly digest: string; readonly zxid: string } | null> => {
  for (let round = 0; round < DIGEST_ROUNDS; round++) {
    const all = await Promise.all(servers.map((server) => world.zookeeper.digests(server.client, server.admin)));
    const known = all.filter((digests): digests is ReadonlyMap<bigint, string> => digests !== null);
    if (known.length < all.length) return null;
    const [first, ...others] = known;
    if (first === undefined) return null;
    const common = [...first.keys()].filter((at) => at >= since && others.every((digests) => digests.has(at)));
    const newest = common.toSorted((a, b) => (a < b ? 1 : -1))[0];
    if (newest !== undefined) {
      const values = known.map((digests) => digests.get(newest) ?? "");
      if (new Set(values).size > 1) {
        const each = servers.map((server, i) => `server.${server.id} ${values[i]}`).join(", ");
        throw differ(` at zxid ${formatZxid(zxid(newest))}: ${each}`);
      }
      return { digest: values[0] ?? "", zxid: formatZxid(zxid(newest)) };
    }
    // A restarted server remembers only what came after its start: write until the next digest falls due.
    const session = await world.session();
    for (let written = 0; written < DIGEST_EVERY; written += WRITES_AT_ONCE) {
      await Promise.all(Array.from({ length: WRITES_AT_ONCE }, () => world.writeTest(session)));
    }
  }
  return null;
};

/** The error of servers that hold different data. */
export const differ = (how: string): OpsError =>
  new OpsError("step-failed", {
    what: `The servers do not hold the same data${how}.`,
    left: "All servers were left running as they are.",
    next: "Do not restart more servers. Compare them (docs/runbooks/held-run.md), then Retry or Roll back.",
  });
