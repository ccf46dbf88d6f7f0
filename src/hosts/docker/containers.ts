// The containers of one server: the one that has its name, the one it had before this run's change of image, and the one that is being
// made. What a worker that died half-way left is told from their names alone.
import type { ContainerInspectInfo } from "dockerode";
import { OpsError } from "../../errors.ts";
import { type Engine, orNull } from "./engine.ts";

export type Container = ContainerInspectInfo;

/** `now` is null between the two renames of a change of image, or when there is none. */
export type Containers = {
  readonly now: Container | null;
  /** Stopped, with the image of before; it comes back in a rollback. */
  readonly aside: Container | null;
  /** Made for a change of image, not yet in its place. */
  readonly next: Container | null;
};

export const asideOf = (name: string): string => `${name}.zkshift-before`;
export const nextOf = (name: string): string => `${name}.zkshift-next`;

/** Label of a container that zkshift made: id of the one it took the place of. */
export const TOOK_PLACE_OF = "zkshift.took-place-of";

const inspect = (engine: Engine, name: string): Promise<Container | null> =>
  orNull(engine.ask(`inspect the container ${name}`, (docker) => docker.getContainer(name).inspect()));

export const look = async (engine: Engine, name: string): Promise<Containers> => {
  const [now, aside, next] = await Promise.all(
    [name, asideOf(name), nextOf(name)].map((each) => inspect(engine, each)),
  );
  return { now: now ?? null, aside: aside ?? null, next: next ?? null };
};

export const rename = (engine: Engine, container: Container, to: string): Promise<unknown> =>
  engine.ask(`rename a container to ${to}`, (docker) => docker.getContainer(container.Id).rename({ name: to }));

/** Its volumes stay. */
export const remove = (engine: Engine, container: Container): Promise<unknown> =>
  engine.ask("remove a container", (docker) => docker.getContainer(container.Id).remove({ v: false, force: false }));

export const noContainer = (engine: Engine, name: string): OpsError =>
  new OpsError(
    "refused",
    {
      what: `${engine.host}: the Docker engine at ${engine.where} has no container ${name}.`,
      next: "Make it again, or correct the host's `docker: { container, engine }` in ensembles.yaml. Then Retry.",
    },
    { code: "NO_CONTAINER" },
  );

/** The container that is looked at: of one that is between two names, what will have the name. Throws `refused` (`NO_CONTAINER`). */
export const current = (engine: Engine, name: string, { now, next, aside }: Containers): Container => {
  const found = now ?? next ?? aside;
  if (found === null) throw noContainer(engine, name);
  return found;
};

/** Does its process live? While the engine waits to start it again, it does not. */
export const runs = (container: Container): boolean => container.State.Running && !container.State.Restarting;
