// How commands and files reach a server in a container: into the container while it runs, and while it is stopped into a helper of the
// same image that has its volumes.
import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { OpsError } from "../../errors.ts";
import type { ExecResult } from "../../ports.ts";
import type { Transport } from "../transport.ts";
import { type Container, current, look, runs } from "./containers.ts";
import type { Engine } from "./engine.ts";
import { converse, envOf, KILLED, type Run, runHelper, timed, timedOut } from "./helper.ts";

const COPY_MS = 1_800_000;

const execIn = (engine: Engine, container: Container, run: Run): Promise<ExecResult> => {
  const began = Date.now();
  return engine.ask(
    "run a command in a container",
    async (docker) => {
      const withStdin = run.stdin !== undefined;
      const exec = await docker.getContainer(container.Id).exec({
        Cmd: timed(run),
        User: run.user,
        Env: envOf(run),
        AttachStdin: withStdin,
        AttachStdout: true,
        AttachStderr: true,
      });
      const stream = await exec.start({ hijack: withStdin, stdin: withStdin });
      const text = await converse(docker, stream, run);
      const { ExitCode } = await exec.inspect();
      if (ExitCode === KILLED && Date.now() - began >= run.timeoutMs) throw timedOut(engine.host, run);
      // 126 and 127 are the engine's for a program that it cannot start.
      if (ExitCode === null) {
        throw new OpsError("transient", { what: `A command on ${engine.host} was cut off.`, next: "Try again." });
      }
      return { code: ExitCode, ...text };
    },
    run.timeoutMs + 30_000,
  );
};

const helperOf = (engine: Engine, container: Container, run: Run): Promise<ExecResult> =>
  runHelper(engine, { Image: container.Image, HostConfig: { VolumesFrom: [container.Id], NetworkMode: "none" } }, run);

/** By container: commands act as who owns the data, so that what they write is the server's own. */
const owners = new Map<string, string>();

/** The transport to a server's container. `data`: its data folder, whose owner commands act as. */
export const makeDockerTransport = (engine: Engine, name: string, data: string): Transport => {
  const inContainer = async (run: Omit<Run, "user">): Promise<ExecResult> => {
    const container = current(engine, name, await look(engine, name));
    const go = (user: string): Promise<ExecResult> =>
      (runs(container) ? execIn : helperOf)(engine, container, { ...run, user });
    const known = owners.get(container.Id);
    if (known !== undefined) return go(known);
    const asked = await (runs(container) ? execIn : helperOf)(engine, container, {
      argv: ["stat", "-c", "%u:%g", data],
      user: "0",
      timeoutMs: 20_000,
    });
    const owner = /^\d+:\d+$/.exec(asked.stdout.trim())?.[0];
    if (owner !== undefined) owners.set(container.Id, owner);
    return go(owner ?? "0");
  };
  const copied = async (what: string, run: Omit<Run, "user" | "timeoutMs">): Promise<void> => {
    const { code, stderr } = await inContainer({ ...run, timeoutMs: COPY_MS });
    if (code === 0) return;
    throw new OpsError(
      "transient",
      {
        what: `${what} failed (code ${code}).`,
        next: "Check free space and permissions there, then try again.",
        detail: stderr.slice(-2000) || null,
      },
      { code: `EXIT_${code}` },
    );
  };
  return {
    host: engine.host,
    exec: (argv, options) => inContainer({ ...options, argv }),
    upload: (localFile, remotePath) => {
      const unfinished = `${remotePath}.${randomBytes(4).toString("hex")}.part`;
      const text = 'cat >"$1" && mv -f "$1" "$2" || { rm -f "$1"; exit 1; }';
      return copied(`Copying ${localFile} to ${remotePath} on ${engine.host}`, {
        argv: ["sh", "-c", text, "zkshift", unfinished, remotePath],
        stdin: createReadStream(localFile),
      });
    },
    download: async (remotePath, localFile) => {
      const file = createWriteStream(localFile);
      const closed = new Promise<void>((resolve, reject) => {
        file.once("close", resolve);
        file.once("error", reject);
      });
      closed.catch(() => undefined);
      try {
        await copied(`Copying ${remotePath} from ${engine.host}`, { argv: ["cat", remotePath], stdout: file });
      } finally {
        file.end();
      }
      await closed;
    },
  };
};
