// Runs a program in a container of its own that goes away again: beside a server's container that is stopped, with its volumes, or in an
// image alone. And the reading of what programs in containers print.
import { randomBytes } from "node:crypto";
import { PassThrough, type Readable, type Writable } from "node:stream";
import type Docker from "dockerode";
import { OpsError } from "../../errors.ts";
import type { ExecResult } from "../../ports.ts";
import { alreadySo, type Engine } from "./engine.ts";

/** Label of these containers: what a worker that died left may be removed. */
const HELPER = "zkshift.helper";

/** Far above any answer a script gives. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

export type Run = {
  readonly argv: readonly string[];
  /** `uid`, `uid:gid` or a name. */
  readonly user: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Readable;
  /** Where its output goes; without one it is the result's. */
  readonly stdout?: Writable;
  readonly timeoutMs: number;
};

/** GNU and busybox have `timeout`; what outlives it there would go on in the container without anybody. */
export const timed = ({ argv, timeoutMs }: Run): string[] => [
  "timeout",
  "-s",
  "KILL",
  String(Math.ceil(timeoutMs / 1000)),
  ...argv,
];

export const envOf = ({ env = {} }: Run): string[] => Object.entries(env).map(([name, value]) => `${name}=${value}`);

const collector = (): { readonly into: Writable; text(): string } => {
  const into = new PassThrough();
  const pieces: Buffer[] = [];
  let size = 0;
  into.on("data", (piece: Buffer) => {
    size += piece.length;
    if (size <= OUTPUT_LIMIT) pieces.push(piece);
  });
  return { into, text: () => Buffer.concat(pieces).toString("utf8") };
};

/** Talks to an attached program until it has closed its output. */
export const converse = async (
  docker: Docker,
  stream: NodeJS.ReadWriteStream,
  run: Run,
): Promise<Pick<ExecResult, "stdout" | "stderr">> => {
  const out = collector();
  const err = collector();
  docker.modem.demuxStream(stream, run.stdout ?? out.into, err.into);
  const ended = new Promise<void>((resolve, reject) => {
    stream.once("end", resolve);
    stream.once("close", resolve);
    stream.once("error", reject);
  });
  if (typeof run.stdin === "object") {
    run.stdin.once("error", () => (stream as unknown as { destroy(): void }).destroy());
    run.stdin.pipe(stream);
  } else if (run.stdin !== undefined) stream.end(run.stdin);
  await ended;
  return { stdout: out.text(), stderr: err.text() };
};

export const timedOut = (host: string, run: Run): OpsError =>
  new OpsError(
    "unknown-outcome",
    {
      what: `A command on ${host} did not end within ${Math.round(run.timeoutMs / 1000)} s and was killed.`,
      left: "What it had begun may or may not be done.",
      next: "It is looked at again before anything else is done.",
    },
    { code: "TIMEOUT" },
  );

/** Of SIGKILL, which is what `timeout` ends with. */
export const KILLED = 137;

/** Runs the program in a new container of the given kind and removes that. */
export const runHelper = async (engine: Engine, kind: Docker.ContainerCreateOptions, run: Run): Promise<ExecResult> => {
  const began = Date.now();
  const [program = "", ...args] = timed(run);
  const withStdin = run.stdin !== undefined;
  const container = await engine.ask("create a container", (docker) =>
    docker.createContainer({
      ...kind,
      name: `zkshift-helper-${randomBytes(6).toString("hex")}`,
      Entrypoint: [program],
      Cmd: args,
      User: run.user,
      Env: envOf(run),
      WorkingDir: "/",
      Healthcheck: { Test: ["NONE"] },
      Labels: { [HELPER]: "yes" },
      Tty: false,
      OpenStdin: withStdin,
      StdinOnce: withStdin,
    } as Docker.ContainerCreateOptions),
  );
  try {
    return await engine.ask(
      "run a command",
      async (docker) => {
        const stream = await container.attach({
          stream: true,
          stdin: withStdin,
          stdout: true,
          stderr: true,
          hijack: withStdin,
        });
        const said = converse(docker, stream, run);
        said.catch(() => undefined);
        await container.start();
        const [text, ended] = await Promise.all([said, container.wait() as Promise<{ StatusCode: number }>]);
        if (ended.StatusCode === KILLED && Date.now() - began >= run.timeoutMs) throw timedOut(engine.host, run);
        return { code: ended.StatusCode, ...text };
      },
      run.timeoutMs + 30_000,
    );
  } finally {
    // Volumes that its image declares and nobody else has; the server's own are in use by the server's container.
    const v = kind.HostConfig?.VolumesFrom === undefined;
    await alreadySo(engine.ask("remove a container", () => container.remove({ force: true, v }))).catch(
      () => undefined,
    );
  }
};
