// Has an AdminServer of 3.9 or later take a snapshot and send it (zookeeperSnapshotAndRestore; ZOOKEEPER-4570). A request that
// costs the server what any snapshot of its own costs it, and that it answers at most once in a while: in five minutes by its
// documentation (admin.rateLimiterIntervalInMS); 3.9.6 takes that number for microseconds, which makes 0.3 s.
import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isAbort, OpsError } from "../errors.ts";
import { type Zxid, zxid } from "../model/ids.ts";
import type { AdminAddress } from "../ports.ts";
import { askOwnAdminServer } from "./admin-server.ts";
import { addressText, errnoOf } from "./network-error.ts";

/** A server that takes longer to say anything at all is not about to; this is for a silence, not for the whole. */
const SILENCE_MS = 120_000;

const refused = (admin: AdminAddress, why: string, code: string): OpsError =>
  new OpsError(
    "refused",
    {
      what: `The AdminServer at ${addressText(admin)} sent no snapshot: ${why}.`,
      next: "The newest snapshot of its data folder is copied instead.",
    },
    { code },
  );

const broken = (admin: AdminAddress, why: string, cause?: unknown): OpsError =>
  new OpsError(
    "transient",
    {
      what: `The snapshot from the AdminServer at ${addressText(admin)} broke off: ${why}.`,
      next: "See whether the server runs and its admin.serverPort can be reached from the worker.",
    },
    { cause, code: errnoOf(cause) },
  );

const REFUSALS: Readonly<Record<number, readonly [string, string]>> = {
  400: ["it was not allowed to", "NO_COMMAND"],
  401: ["it does not take `super` of ensembles.yaml for its super user", "NO_AUTH"],
  403: ["it does not take `super` of ensembles.yaml for its super user", "NO_AUTH"],
  404: ["it does not know how", "NO_COMMAND"],
  405: ["it does not know how", "NO_COMMAND"],
  429: ["it has sent one a moment ago and sends no more for now (admin.rateLimiterIntervalInMS)", "RATE_LIMITED"],
  503: ["the command is switched off (admin.snapshot.enabled)", "NO_COMMAND"],
};

const ask = (admin: AdminAddress, auth: string, signal: AbortSignal | undefined): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const asked = request(
      {
        host: admin.host,
        port: admin.port,
        path: "/commands/snapshot?streaming=true",
        headers: { Authorization: `digest ${auth}` },
        agent: false,
        timeout: SILENCE_MS,
        ...(signal === undefined ? {} : { signal }),
      },
      resolve,
    );
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${SILENCE_MS / 1000} s`)));
    asked.on("error", (cause) => reject(isAbort(cause) ? cause : broken(admin, cause.message, cause)));
    asked.end();
  });

/** What the file must be called for a server to read it (SnapStream): by its first bytes. */
const suffixOf = (head: Buffer): string => {
  if (head.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return ".gz";
  return head.subarray(1, 7).toString("latin1") === "SNAPPY" ? ".snappy" : "";
};

/** See `ZooKeeper.streamSnapshot`. */
export const streamSnapshot = async (
  admin: AdminAddress,
  auth: string,
  directory: string,
  signal?: AbortSignal,
): Promise<{ readonly name: string; readonly zxid: Zxid; readonly bytes: number }> => {
  // The port may be another server's: whose it is, is asked before the password is told.
  await askOwnAdminServer(admin, "configuration", 5_000);
  const response = await ask(admin, auth, signal);
  const status = response.statusCode ?? 0;
  if (status !== 200) {
    response.resume();
    const [why, code] = REFUSALS[status] ?? [`HTTP status ${status}`, "HTTP_STATUS"];
    throw refused(admin, why, code);
  }
  const told = /^(?:0x)?([0-9a-fA-F]{1,16})$/.exec(String(response.headers.last_zxid ?? ""))?.[1];
  const size = Number(response.headers.snapshot_size ?? Number.NaN);
  if (told === undefined) {
    response.destroy();
    throw refused(admin, "its answer does not say which transaction it is of", "NO_COMMAND");
  }
  const unfinished = join(directory, "snapshot.part");
  try {
    const written = createWriteStream(unfinished, { mode: 0o600 });
    await pipeline(response, written, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw broken(admin, cause instanceof Error ? cause.message : String(cause), cause);
    });
    const file = await open(unfinished, "r");
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
      const bytes = (await file.stat()).size;
      if (bytesRead < 8 || (Number.isFinite(size) && size !== bytes)) {
        throw broken(admin, `${bytes} bytes came instead of ${size}`);
      }
      const at = zxid(BigInt(`0x${told}`));
      const name = `snapshot.${at.toString(16)}${suffixOf(buffer)}`;
      await rename(unfinished, join(directory, name));
      return { name, zxid: at, bytes };
    } finally {
      await file.close();
    }
  } finally {
    await rm(unfinished, { force: true });
  }
};
