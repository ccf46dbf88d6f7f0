// One question over a raw connection to a server's client port (zookeeperAdmin, "The Four Letter Words"). It knows how
// an answer can fail to come, and nothing of what the answers mean.
import { connect } from "node:net";
import { OpsError } from "../errors.ts";
import type { Address } from "../model/ensemble.ts";
import { addressText, errnoOf } from "./network-error.ts";

/** More than any answer: `cons` and `dump` of a server with 100 000 sessions stay below. */
const ANSWER_LIMIT = 64 * 1024 * 1024;

/** What a server says instead of an answer while it is in no quorum. */
export const NOT_SERVING = "This ZooKeeper instance is not currently serving requests";
const NOT_WHITELISTED = /^\w{4} is not executed because it is not in the whitelist\./;

/**
 * Sends a word and reads until the server closes. Throws `refused` with code `NOT_WHITELISTED` where the server does not
 * allow the word, `transient` when no answer comes in time: code `TIMEOUT`, `NO_ANSWER` (closed without a word, as
 * releases do that do not know it) or the errno.
 */
export const askFourLetterWord = async (server: Address, word: string, timeoutMs: number): Promise<string> => {
  const answer = await exchange(server, word, timeoutMs);
  if (NOT_WHITELISTED.test(answer)) {
    throw new OpsError(
      "refused",
      {
        what: `${addressText(server)} does not answer \`${word}\`: it is not in 4lw.commands.whitelist.`,
        next: `Add ${word} to 4lw.commands.whitelist in the server's zoo.cfg, or enable its AdminServer.`,
      },
      { code: "NOT_WHITELISTED" },
    );
  }
  return answer;
};

const exchange = (server: Address, word: string, timeoutMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const socket = connect({ host: server.host, port: server.port });
    const settle = (failure: { code: string; why: string; cause?: unknown } | null): void => {
      clearTimeout(deadline);
      socket.destroy();
      if (failure === null) resolve(Buffer.concat(chunks).toString("utf8"));
      else reject(noAnswer(server, word, failure));
    };
    const deadline = setTimeout(() => settle({ code: "TIMEOUT", why: `no answer within ${timeoutMs} ms` }), timeoutMs);
    socket.on("connect", () => socket.write(word));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > ANSWER_LIMIT) settle({ code: "TOO_LONG", why: `an answer above ${ANSWER_LIMIT} bytes` });
    });
    // A server that closes with our bytes unread resets the connection behind its answer: the answer counts.
    socket.on("error", (cause) => {
      if (size === 0) settle({ code: errnoOf(cause), why: cause.message, cause });
    });
    socket.on("close", () => {
      settle(size === 0 ? { code: "NO_ANSWER", why: "the connection was closed without an answer" } : null);
    });
  });

const noAnswer = (server: Address, word: string, failure: { code: string; why: string; cause?: unknown }): OpsError =>
  new OpsError(
    "transient",
    {
      what: `${addressText(server)} did not answer \`${word}\`: ${failure.why}.`,
      next: "See whether the server runs and its client port can be reached from the worker.",
    },
    { code: failure.code, cause: failure.cause },
  );
