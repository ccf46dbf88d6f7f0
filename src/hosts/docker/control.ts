// The control of a server in a container. Files are read and written by the scripts that serve other hosts too; what starts, stops and
// changes the release is the engine's.
import { OpsError } from "../../errors.ts";
import type { RoomFacts } from "../../model/ensemble.ts";
import type { DockerAccess, Placement } from "../../model/inventory.ts";
import type { Release } from "../../model/release.ts";
import type { FenceToken, ServerControl } from "../../ports.ts";
import { layoutOf } from "../layout.ts";
import { makeServerControl } from "../server-control.ts";
import { type Container, current, look, runs } from "./containers.ts";
import { alreadySo, type Engine } from "./engine.ts";
import { fenceContainer } from "./fence.ts";
import { homeText, imageIdIn } from "./image-name.ts";
import { imageOf, releaseOfImage } from "./images.ts";
import { containerProblems } from "./problems.ts";
import { forgetAside, settled, switchImage } from "./switch-image.ts";
import { makeDockerTransport } from "./transport.ts";

/** As for other hosts: what has not ended by then is killed. */
const TERM_GRACE_S = 10;
const DIES_MS = 10_000;

const notInContainers = (engine: Engine, what: string): OpsError =>
  new OpsError(
    "refused",
    {
      what: `${engine.host}: ${what}: zkshift upgrades servers that are in containers, it does not make such containers.`,
      next: "Make the new servers on hosts of driver ssh, or move containers with the tool that made them.",
    },
    { code: "IN_CONTAINER" },
  );

const notTried = (engine: Engine, what: string, next: string): OpsError =>
  new OpsError(
    "refused",
    { what: `${engine.host}: ${what}.`, left: "Nothing was changed there.", next },
    { code: "IN_CONTAINER" },
  );

/** The end of what a container printed; streams without a terminal come in frames of 8 bytes head and their length. */
const plainLog = (raw: Buffer, isTty: boolean): string => {
  if (isTty) return raw.toString("utf8");
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length; ) {
    const end = at + 8 + raw.readUInt32BE(at + 4);
    pieces.push(raw.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(pieces).toString("utf8");
};

const logOf = async (engine: Engine, container: Container, lines: number): Promise<string> => {
  const raw = (await engine.ask("read a log", (docker) =>
    docker.getContainer(container.Id).logs({ stdout: true, stderr: true, tail: lines, follow: false }),
  )) as unknown as Buffer;
  return plainLog(raw, container.Config.Tty);
};

export const makeDockerControl = (engine: Engine, access: DockerAccess, placement: Placement): ServerControl => {
  const name = access.container;
  const layout = layoutOf(placement);
  const { paths } = placement.host;
  const scripts = makeServerControl(makeDockerTransport(engine, name, paths.data), placement);
  const now = async (): Promise<Container> => current(engine, name, await look(engine, name));
  const pid = async (): Promise<number | null> => {
    const container = await now();
    return runs(container) ? container.State.Pid : null;
  };

  const stop = async (signal: "TERM" | "KILL", fence: FenceToken): Promise<{ readonly pid: number } | null> => {
    await fenceContainer(engine, name, fence);
    const before = await now();
    if (!runs(before) && !before.State.Restarting) return null;
    const had = before.State.Pid;
    // By the engine, never by a signal past it: what it is told to end it does not start again, whatever the restart policy says.
    if (signal === "TERM") {
      await alreadySo(
        engine.ask("stop a container", (docker) => docker.getContainer(before.Id).stop({ t: TERM_GRACE_S })),
      );
    } else {
      try {
        await engine.ask("kill a container", (docker) => docker.getContainer(before.Id).kill({ signal: "SIGKILL" }));
      } catch (error) {
        // 409: it ended by itself just now. Told to stop, it stays so.
        if (!(error instanceof OpsError) || error.code !== "ENGINE_409") throw error;
        await alreadySo(engine.ask("stop a container", (docker) => docker.getContainer(before.Id).stop({ t: 0 })));
      }
    }
    const until = Date.now() + DIES_MS;
    for (;;) {
      const after = await now();
      if (!after.State.Running && !after.State.Restarting) return { pid: had };
      if (after.State.Running && after.State.Pid !== 0 && after.State.Pid !== had) {
        throw new OpsError(
          "step-failed",
          {
            what: `${engine.host}: the container ${name} was stopped, and runs again: something starts it.`,
            left: "The server runs.",
            next: "Find who starts it (compose, a person, another tool), then Retry.",
          },
          { code: "REVIVED" },
        );
      }
      if (Date.now() > until) {
        const what = `${engine.host}: the container ${name} still runs ${DIES_MS / 1000} s after it was told to end.`;
        throw new OpsError("step-failed", { what, next: "Look at the engine, then Retry." }, { code: "WILL_NOT_DIE" });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  const start = async (fence: FenceToken): Promise<{ readonly pid: number }> => {
    const { now: container } = await settled(engine, name, fence);
    if (runs(container)) return { pid: container.State.Pid };
    // 304: the engine was about to start it again by itself.
    await alreadySo(engine.ask("start a container", (docker) => docker.getContainer(container.Id).start()));
    const started = await now();
    if (runs(started)) return { pid: started.State.Pid };
    throw new OpsError(
      "step-failed",
      {
        what: `${engine.host}: the container ${name} ended as soon as it was started (code ${started.State.ExitCode}).`,
        left: "Nothing else was changed on this host.",
        next: "Read the end of the log below, remove the cause, then Retry or Roll back.",
        detail: (await logOf(engine, started, 40).catch(() => "")) || null,
      },
      { code: "START_FAILED" },
    );
  };

  const facts: ServerControl["facts"] = async (options) => {
    const container = await now();
    const [read, release] = await Promise.all([scripts.facts(options), releaseOfImage(engine, container.Image)]);
    const home = homeText(release, container.Config.Image, container.Image);
    const folders = {
      "the data folder": paths.data,
      "the configuration folder": paths.conf,
      "zkshift's own folder": layout.own,
    };
    return {
      ...read,
      // As the engine counts, which is what `pid` and `stop` say too.
      process: read.process === null || !runs(container) ? null : { ...read.process, pid: container.State.Pid, home },
      current: null,
      installed: release === null ? [] : [release],
      problems: [...containerProblems(container, name, folders, read.configFile), ...read.problems],
    };
  };

  const room = async (): Promise<RoomFacts> => ({
    freeBytes: 0,
    javaMajor: null,
    clockOffsetMs: 0,
    installed: [],
    holds: null,
    claims: [],
    problems: [notInContainers(engine, `a new server cannot be laid out in the container ${name}`).failure.what],
  });

  /** The scripts have a wall of their own, which knows nothing of what was done through the engine. */
  const fenced =
    <Args extends readonly unknown[], T>(effect: (...args: [...Args, FenceToken]) => Promise<T>) =>
    async (...args: [...Args, FenceToken]): Promise<T> => {
      await fenceContainer(engine, name, args.at(-1) as FenceToken);
      return effect(...args);
    };

  return {
    ...scripts,
    writeConfig: fenced(scripts.writeConfig),
    writeJavaEnv: fenced(scripts.writeJavaEnv),
    bringLogback: fenced(scripts.bringLogback),
    takeLogback: fenced(scripts.takeLogback),
    writeMembers: fenced(scripts.writeMembers),
    markRetired: fenced(scripts.markRetired),
    facts,
    pid,
    isRunning: async () => (await pid()) !== null,
    installRelease: () => Promise.reject(notInContainers(engine, "a release cannot be unpacked in a container")),
    installImage: async (release: Release, fence) => {
      await fenceContainer(engine, name, fence);
      const image = await imageOf(engine, access, release);
      return { how: image.pulled ? "installed" : "already there", image: image.name, digest: image.id };
    },
    stop,
    start,
    switchRelease: async (release, fence) =>
      switchImage(engine, name, (await imageOf(engine, access, release)).id, fence),
    switchHome: async (home, fence) => {
      const image = imageIdIn(home);
      if (image === null) throw new OpsError("bug", { what: `${engine.host}: "${home}" names no image.` });
      await switchImage(engine, name, image, fence);
    },
    stageBackup: () =>
      Promise.reject(
        notTried(
          engine,
          "zkshift does not restore into containers",
          "Restore into an ensemble on hosts of driver ssh or local, or by hand as docs/runbooks/backup-and-restore.md says.",
        ),
      ),
    portGate: {
      ...scripts.portGate,
      look: () =>
        Promise.reject(
          notTried(
            engine,
            "zkshift does not close the ports of containers",
            "Ask again with `pause acl`, which needs nothing on the hosts.",
          ),
        ),
    },
    forgetBefore: (fence) => forgetAside(engine, name, fence),
    room,
    prepare: () => Promise.reject(notInContainers(engine, "a new server cannot be laid out in a container")),
    unprepare: () => Promise.reject(notInContainers(engine, "a new server cannot be laid out in a container")),
    logTail: async (lines) => (await logOf(engine, await now(), lines)) || scripts.logTail(lines),
  };
};
