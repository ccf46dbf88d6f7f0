// The demo's own look at the result, which trusts nothing that zkshift says: every server asked by itself.

import { runId } from "../../src/model/ids.ts";
import { verifyChain } from "../../src/run/chain.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { makeRunLog } from "../../src/store/run-log.ts";
import { observeServer } from "../four-letter-words.ts";
import type { Stage } from "../stage.ts";
import type { Writer } from "../writer.ts";
import { examplePaths, missingOn } from "./example-data.ts";

export type Proof = { readonly what: string; readonly holds: boolean };

/** One line a check; the writer must have been stopped. */
export const proveUpgrade = async (
  stage: Stage,
  writer: Writer,
  expected: { readonly release: string; readonly run: string },
): Promise<readonly Proof[]> => {
  const proofs: Proof[] = [];
  const prove = (holds: boolean, what: string): void => {
    proofs.push({ holds, what });
  };
  const servers = stage.ensemble.servers.map(({ id, address, clientPort }) => ({ id, address, clientPort }));

  for (const { id, address, clientPort } of servers) {
    const seen = await observeServer(address, clientPort);
    prove(
      seen?.release === expected.release,
      `server.${id} runs ${seen?.release ?? "nothing"} (${seen?.mode ?? "not serving"})`,
    );
  }
  for (const { id, address, clientPort } of servers) {
    const missing = await missingOn(`${address}:${clientPort}`);
    prove(
      missing.length === 0,
      `server.${id} holds ${examplePaths.length - missing.length} of ${examplePaths.length} example znodes`,
    );
  }
  for (const { id, address, clientPort } of servers) {
    const found = await writer.verifyOn(`${address}:${clientPort}`);
    const lost = found.missing.length + found.different.length;
    prove(
      lost === 0 && found.checked > 0,
      `server.${id} holds ${found.checked - lost} of ${found.checked} acknowledged writes${found.ephemeralIsThere ? "" : ", and not the ephemeral"}`,
    );
  }
  const stats = writer.stats();
  prove(await writer.sessionAlive(), `the client's session and its ephemeral ${stats.ephemeral} lived through it`);
  prove(
    stats.refused === 0,
    `${stats.acknowledged} writes acknowledged, ${stats.refused} refused, ${stats.unknown} cut off in the middle and repeated; worst stall ${stats.longestGapMs} ms`,
  );

  const redis = connectRedis(stage.redis.url, "bot");
  try {
    await new Promise((resolve) => redis.once("ready", resolve));
    const events = await makeRunLog(redis).read(runId(expected.run));
    const chain = verifyChain(events);
    prove(
      chain.ok && events.length > 0,
      chain.ok
        ? `the run's log is whole: ${events.length} entries, head ${chain.head.hash.slice(0, 8)}…`
        : `the run's log is broken at entry ${chain.atSeq}: ${chain.why}`,
    );
  } finally {
    redis.disconnect();
  }
  return proofs;
};
