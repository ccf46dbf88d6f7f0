// Puts a server's stopped container onto another image: a new container takes its name and all it was given, and the old one is kept
// aside, stopped, for the way back. A worker may die between any two calls: the names tell how far it came.

import { OpsError } from "../../errors.ts";
import type { FenceToken } from "../../ports.ts";
import {
  asideOf,
  type Container,
  type Containers,
  look,
  nextOf,
  noContainer,
  remove,
  rename,
  runs,
  TOOK_PLACE_OF,
} from "./containers.ts";
import { type Engine, orNull } from "./engine.ts";
import { fenceContainer } from "./fence.ts";
import { type ImageConfig, nextContainer } from "./next-container.ts";

const policyOf = (container: Container): string => container.HostConfig.RestartPolicy?.Name ?? "no";

const setPolicy = (engine: Engine, container: Container, policy: object): Promise<unknown> =>
  engine.ask("set a restart policy", (docker) => docker.getContainer(container.Id).update({ RestartPolicy: policy }));

/**
 * The containers after what a worker left half-done was brought to an end: never without one that has the name, and what lies aside is never
 * started by the engine, which does that with `restart: always` when it is itself restarted. Two servers on the same data is the worst there is.
 */
export const settled = async (
  engine: Engine,
  name: string,
  fence: FenceToken,
): Promise<Containers & { readonly now: Container }> => {
  const found = await look(engine, name);
  await fenceContainer(engine, name, fence);
  if (found.now === null) {
    const heir = found.next ?? found.aside;
    if (heir === null) throw noContainer(engine, name);
    await rename(engine, heir, name);
    return settled(engine, name, fence);
  }
  const { aside, now } = found;
  if (aside !== null && !["", "no"].includes(policyOf(aside))) {
    await setPolicy(engine, aside, { Name: "no" });
    return settled(engine, name, fence);
  }
  return { ...found, now };
};

const refuseWhileItRuns = (engine: Engine, name: string, container: Container): void => {
  if (!runs(container)) return;
  throw new OpsError(
    "step-failed",
    {
      what: `${engine.host}: the container ${name} runs although it was stopped, so its image was not changed.`,
      left: "It runs as it was.",
      next: "Find who starts it (compose, a person, another tool), then Retry.",
    },
    { code: "RUNS" },
  );
};

/** Makes the container and leaves it beside the one that has the name. */
const makeNext = async (
  engine: Engine,
  name: string,
  { now, next }: { now: Container; next: Container | null },
  image: string,
) => {
  // From a worker that died here: its networks may be missing.
  if (next !== null) await remove(engine, next);
  const oldImage = await orNull(engine.ask("inspect an image", (docker) => docker.getImage(now.Image).inspect()));
  const { create, networks } = nextContainer(now, (oldImage?.Config ?? {}) as ImageConfig, image, {
    [TOOK_PLACE_OF]: now.Id,
  });
  const made = await engine.ask("create a container", (docker) =>
    docker.createContainer({ ...create, name: nextOf(name) }),
  );
  for (const [network, place] of networks) {
    await engine.ask(`connect it to the network ${network}`, (docker) =>
      docker.getNetwork(network).connect({ Container: made.id, EndpointConfig: place }),
    );
  }
};

/**
 * Gives the server a container with this image (an id). What lies aside and has it comes back as it was, id and all. Does nothing where it
 * has it already. Throws `step-failed` (`RUNS`) while it runs, `refused` (`NO_CONTAINER`, `FENCED`).
 */
export const switchImage = async (engine: Engine, name: string, image: string, fence: FenceToken): Promise<void> => {
  const { now, aside, next } = await settled(engine, name, fence);
  if (now.Image === image) return;
  refuseWhileItRuns(engine, name, now);
  const tookItsPlace = aside !== null && now.Config.Labels?.[TOOK_PLACE_OF] === aside.Id;
  if (aside !== null && tookItsPlace && aside.Image === image) {
    const back = now.HostConfig.RestartPolicy;
    // In this order: were the name free first, a worker that comes after would bring it back without its policy.
    if (back !== undefined) await setPolicy(engine, aside, back);
    await fenceContainer(engine, name, fence);
    await remove(engine, now);
    await rename(engine, aside, name);
    return;
  }
  await makeNext(engine, name, { now, next }, image);
  await fenceContainer(engine, name, fence);
  if (aside !== null) await remove(engine, aside);
  await rename(engine, now, asideOf(name));
  await settled(engine, name, fence);
};

/** Removes what lies aside, its volumes kept: they are those of the server that runs. */
export const forgetAside = async (engine: Engine, name: string, fence: FenceToken): Promise<void> => {
  const { aside, next } = await settled(engine, name, fence);
  for (const spare of [aside, next]) if (spare !== null) await remove(engine, spare);
};
