// The driver for hosts that are reached by ssh. Commands and files go the same way, as one command each, so that sudo and a
// shell that prints a greeting mean the same for both.
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { OpsError } from "../../errors.ts";
import type { Transport } from "../transport.ts";
import type { Connection } from "./connection.ts";
import { commandFailed, copyFailed, STALL_MS } from "./failures.ts";
import { RECEIVE, RECEIVED, SEND } from "./files.ts";
import { type RemoteCommand, wrapCommand } from "./remote-command.ts";
import { type Ended, type RunOptions, runCommand } from "./run-command.ts";

/** Far above any answer a script gives; a host that sends more is not answering the question. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

/** The host's own limit for a file, where the worker is cut off. A backup of 100 GB over 100 Mbit/s takes two hours and a half. */
const FILE_LIMIT_MS = 24 * 3_600_000;

/** For the look at what is there of a file: a glance, and three seconds where somebody seems to receive it. */
const LOOK_LIMIT_MS = 30_000;

/** Parts the first line of a stream, which `onLine` gets, from the rest, which goes through. */
const afterFirstLine = (onLine: (line: string) => void): Transform => {
  let head: Buffer | null = Buffer.alloc(0);
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      if (head === null) {
        done(null, piece);
        return;
      }
      head = Buffer.concat([head, piece]);
      const end = head.indexOf("\n");
      if (end < 0) {
        done();
        return;
      }
      onLine(head.subarray(0, end).toString("latin1"));
      const rest = head.subarray(end + 1);
      head = null;
      done(null, rest);
    },
  });
};

/** The transport over a connection. `sudo`: the user that everything is done as; null: the one that logs in. */
export const makeSshTransport = (connection: Connection, sudo: string | null): Transport => {
  const { host } = connection;

  /** `input` is made when it is the command's turn. */
  const run = (
    command: RemoteCommand,
    how: Pick<RunOptions, "timeoutMs" | "stallMs" | "sink"> & { readonly input?: () => RunOptions["input"] },
  ): Promise<Ended> =>
    connection.use((client) =>
      connection.sessions.take(() => {
        const mark = `zkshift-${randomBytes(12).toString("hex")}`;
        const wrapped = wrapCommand(command, mark, sudo);
        const input = how.input?.() ?? wrapped.input;
        return runCommand(client, { ...how, line: wrapped.line, mark, sudo, input, outputLimit: OUTPUT_LIMIT });
      }),
    );

  /** For a file: what failed, as an error; null when it is there. */
  const fileFailure = (from: string, to: string, ended: Ended): OpsError | null => {
    if (ended.kind === "lost") return copyFailed(host, from, to, "the connection broke");
    if (ended.kind !== "exited") return commandFailed(host, "sh", FILE_LIMIT_MS, ended);
    return ended.code === 0 ? null : copyFailed(host, from, to, ended.stderr.trim().slice(-500));
  };

  const exec: Transport["exec"] = async (argv, options) => {
    const ended = await run({ argv, ...options }, { timeoutMs: options.timeoutMs, stallMs: null });
    if (ended.kind !== "exited") throw commandFailed(host, argv[0] ?? "", options.timeoutMs, ended);
    return { code: ended.code, stdout: ended.stdout.toString("utf8"), stderr: ended.stderr };
  };

  return {
    host,
    exec,

    async upload(localFile, remotePath, onSent) {
      const sum = createHash("sha256");
      const { size, mode } = await stat(localFile)
        .then(async (is) => {
          await pipeline(createReadStream(localFile), sum);
          return is;
        })
        .catch((cause: NodeJS.ErrnoException) => {
          throw copyFailed(host, localFile, remotePath, cause.code ?? "", cause);
        });
      const digest = sum.digest("hex");
      // Named by its content, so that whoever comes after a break goes on with the same file and no other.
      const whole = digest.slice(0, 16);
      const look = await exec(["sh", "-c", RECEIVED, "zkshift", remotePath, whole, String(size)], {
        timeoutMs: LOOK_LIMIT_MS,
      });
      const had = Number(look.stdout.trim());
      const from = had > 0 && had <= size ? had : 0;
      const ending = look.stdout.trim() === "busy" ? randomBytes(8).toString("hex") : whole;
      const args = [remotePath, ending, String(size), (mode & 0o7777).toString(8), digest, String(from)];
      const content = (): Readable => {
        let sent = from;
        onSent?.(sent, size);
        const counted = new Transform({
          transform(piece: Buffer, _encoding, done) {
            sent += piece.length;
            onSent?.(sent, size);
            done(null, piece);
          },
        });
        // What fails on the way fails `counted`, which whoever reads it hears of.
        pipeline(createReadStream(localFile, { start: from }), counted).catch(() => undefined);
        return counted;
      };
      const ended = await run(
        { argv: ["sh", "-c", RECEIVE, "zkshift", ...args], timeoutMs: FILE_LIMIT_MS, streamed: true },
        { timeoutMs: null, stallMs: STALL_MS, input: content },
      );
      const failure = fileFailure(localFile, remotePath, ended);
      if (failure !== null) throw failure;
    },

    async download(remotePath, localFile) {
      const unfinished = `${localFile}.${randomBytes(4).toString("hex")}.part`;
      const failed = (why: string, cause?: unknown) => copyFailed(host, remotePath, localFile, why, cause);
      try {
        await mkdir(dirname(localFile), { recursive: true });
        let is = "";
        const through = afterFirstLine((line) => {
          is = line;
        });
        const file = createWriteStream(unfinished, { mode: 0o600 });
        const written = pipeline(through, file);
        const sending = run(
          { argv: ["sh", "-c", SEND, "zkshift", remotePath], timeoutMs: FILE_LIMIT_MS },
          { timeoutMs: null, stallMs: STALL_MS, sink: through },
        ).finally(() => through.end());
        // A disk of the worker that is full ends it too.
        const [ended] = await Promise.all([sending, written]);
        const failure = fileFailure(remotePath, localFile, ended);
        if (failure !== null) throw failure;
        const [size = "", mode = "600"] = is.split(" ");
        if (file.bytesWritten !== Number(size)) throw failed(`only ${file.bytesWritten} of ${size} bytes arrived`);
        await chmod(unfinished, Number.parseInt(mode, 8));
        await rename(unfinished, localFile);
      } catch (cause) {
        await rm(unfinished, { force: true }).catch(() => undefined);
        throw cause instanceof OpsError ? cause : failed((cause as NodeJS.ErrnoException).code ?? String(cause), cause);
      }
    },
  };
};
