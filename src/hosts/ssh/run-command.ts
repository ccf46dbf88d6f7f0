// Runs one wrapped command over an open connection and tells how it ended. What that means is for the caller.
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { afterMark, killCommand } from "./remote-command.ts";

export type Ended =
  | { readonly kind: "exited"; readonly code: number; readonly stdout: Buffer; readonly stderr: string }
  /** The connection would not take another command: nothing was sent. */
  | { readonly kind: "not-sent"; readonly error: Error }
  /** The login shell, or sudo, did not get as far as our command. */
  | { readonly kind: "not-run"; readonly said: string }
  /** The wrapper did not run the program: its input was cut, or there is no such program. */
  | { readonly kind: "cut" | "missing" }
  | { readonly kind: "lost" | "too-much-output" | "stalled" }
  | { readonly kind: "timed-out"; readonly stderr: string; readonly killed: boolean };

export type RunOptions = {
  readonly line: string;
  readonly mark: string;
  readonly sudo: string | null;
  /** The whole of it; a stream is sent as fast as the host takes it. */
  readonly input: string | Readable;
  /** Takes stdout instead of keeping it. */
  readonly sink?: Writable;
  /** Ends when the time is over; null: no limit but `stallMs`. */
  readonly timeoutMs: number | null;
  /** Ends when nothing came or went for so long; null: it may be silent. */
  readonly stallMs: number | null;
  /** Bytes of each stream that are kept. */
  readonly outputLimit: number;
};

/** After the program's end its channel may be held open by a process it left behind; waiting longer gains nothing. */
const CHANNEL_GRACE_MS = 1_000;
const KILL_LIMIT_MS = 5_000;

/** sshd counts a session that we have seen end until it has handled that too, so a refusal now may be none a moment later. */
const OPEN_AGAIN_MS = 100;
const OPEN_TRIES = 50;

/** A stream from the mark on. */
const makeTail = (mark: string, limit: number) => {
  let before: Buffer | null = Buffer.alloc(0);
  let session: string | null = null;
  const kept: Buffer[] = [];
  let size = 0;
  return {
    /** What of a piece is behind the mark. */
    take(piece: Buffer): Buffer {
      if (before === null) return piece;
      before = Buffer.concat([before, piece]);
      const found = afterMark(before, mark);
      if (found === null) return Buffer.alloc(0);
      before = null;
      session = found.session;
      return found.rest;
    },
    /** False when that is more than may be kept. */
    keep(piece: Buffer): boolean {
      size += piece.length;
      if (size <= limit) kept.push(piece);
      return size <= limit && (before?.length ?? 0) <= limit;
    },
    seen: () => before === null,
    session: () => session,
    bytes: () => Buffer.concat(kept),
    chatter: () => before?.toString("utf8") ?? "",
  };
};

/** Kills what runs in that session; false when the host could not be told in time. */
const kill = (client: Client, session: string, sudo: string | null): Promise<boolean> =>
  new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), KILL_LIMIT_MS);
    const done = (killed: boolean): void => {
      clearTimeout(limit);
      resolve(killed);
    };
    try {
      client.exec(killCommand(session, sudo), (error, channel) => {
        if (error !== undefined) {
          done(false);
          return;
        }
        channel.on("exit", (code: number | null) => done(code === 0)).on("close", () => done(false));
        channel.on("error", () => done(false)).resume();
        channel.stderr.resume();
      });
    } catch {
      done(false);
    }
  });

const exitCode = (code: number | null, signal: string | undefined): number => {
  const number = Object.entries(constants.signals).find(([name]) => name === signal || name === `SIG${signal}`)?.[1];
  return code ?? 128 + (number ?? 0);
};

/** sshd would not open a session (RFC 4254, 5.1): nothing of the command was sent. */
const wasRefused = (error: Error & { readonly reason?: unknown }): boolean => typeof error.reason === "number";

/** Never rejects. */
export const runCommand = (client: Client, options: RunOptions): Promise<Ended> =>
  new Promise((resolve) => {
    const stdout = makeTail(options.mark, options.outputLimit);
    const stderr = makeTail(options.mark, options.outputLimit);
    let channel: ClientChannel | null = null;
    let grace: NodeJS.Timeout | undefined;
    let stall: NodeJS.Timeout | undefined;
    let again: NodeJS.Timeout | undefined;
    let exit: { readonly code: number } | null = null;
    let settled = false;
    /** Being ended by us: what the killed program's end looks like counts no more. */
    let cutShort = false;

    const settle = (ended: Ended): void => {
      if (settled) return;
      settled = true;
      clearTimeout(limit);
      clearTimeout(grace);
      clearTimeout(stall);
      clearTimeout(again);
      client.off("close", finish);
      if (typeof options.input !== "string") options.input.destroy();
      channel?.close();
      resolve(ended);
    };
    const end = async (kind: "timed-out" | "too-much-output" | "stalled"): Promise<void> => {
      if (cutShort || settled) return;
      cutShort = true;
      const session = stderr.session();
      const killed = session !== null && (await kill(client, session, options.sudo));
      settle(kind === "timed-out" ? { kind, stderr: stderr.bytes().toString("utf8"), killed } : { kind });
    };
    const limit = options.timeoutMs === null ? undefined : setTimeout(() => void end("timed-out"), options.timeoutMs);
    const moved = (): void => {
      if (options.stallMs === null || settled) return;
      clearTimeout(stall);
      stall = setTimeout(() => void end("stalled"), options.stallMs);
    };

    /** The last of the output may come after the exit code. */
    const linger = (): void => {
      if (exit === null) return;
      clearTimeout(grace);
      grace = setTimeout(finish, CHANNEL_GRACE_MS);
    };

    const finish = (): void => {
      if (cutShort) return;
      const said = stderr.bytes().toString("utf8");
      const unable = (["cut", "missing"] as const).find((kind) => said.startsWith(`${options.mark} ${kind}\n`));
      if (exit === null) settle({ kind: "lost" });
      else if (!stderr.seen()) settle({ kind: "not-run", said: `${stdout.chatter()}${stderr.chatter()}`.trim() });
      else if (unable !== undefined) settle({ kind: unable });
      else settle({ kind: "exited", code: exit.code, stdout: stdout.bytes(), stderr: said });
    };

    const attach = (opened: ClientChannel): void => {
      channel = opened;
      opened.on("data", (piece: Buffer) => {
        moved();
        linger();
        const behind = stdout.take(piece);
        if (options.sink === undefined) {
          if (!stdout.keep(behind)) void end("too-much-output");
        } else if (!options.sink.write(behind)) {
          opened.pause();
          options.sink.once("drain", () => opened.resume());
        }
      });
      opened.stderr.on("data", (piece: Buffer) => {
        moved();
        linger();
        if (!stderr.keep(stderr.take(piece))) void end("too-much-output");
      });
      opened.on("exit", (code: number | null, signal?: string) => {
        exit = { code: exitCode(code, signal) };
        linger();
      });
      opened.on("close", finish);
      // A program that ends without reading its input closes the channel: no error of ours.
      opened.on("error", () => undefined);
      if (typeof options.input === "string") opened.end(options.input);
      else {
        options.input.on("data", moved);
        options.input.on("error", () => opened.close());
        options.input.pipe(opened);
      }
    };

    const open = (tries: number): void => {
      try {
        client.exec(options.line, (error, opened) => {
          // No answer: the connection broke, and the request may have got there.
          if (error?.message === "No response from server") settle({ kind: "lost" });
          else if (error !== undefined && wasRefused(error) && tries > 1 && !settled)
            again = setTimeout(() => open(tries - 1), OPEN_AGAIN_MS);
          else if (error !== undefined) settle({ kind: "not-sent", error });
          else if (settled) opened.close();
          else attach(opened);
        });
      } catch (error) {
        // ssh2 throws where the connection is known to be gone.
        settle({ kind: "not-sent", error: error instanceof Error ? error : new Error(String(error)) });
      }
    };
    client.once("close", finish);
    moved();
    open(OPEN_TRIES);
  });
