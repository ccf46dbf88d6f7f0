// Images of an engine: is the one for a release there, can it be pulled, and which release does it really hold.
import type Docker from "dockerode";
import { OpsError } from "../../errors.ts";
import type { DockerAccess } from "../../model/inventory.ts";
import { parseRelease, type Release } from "../../model/release.ts";
import { type Engine, orNull } from "./engine.ts";
import { runHelper } from "./helper.ts";
import { imageFor, releaseInJars } from "./image-name.ts";

type Image = { readonly id: string; readonly name: string; readonly release: Release };

/** A registry that is far away and an image of some hundred MB. */
const PULL_MS = 900_000;

/** By engine and image id, which never changes its content. */
const releases = new Map<string, Release | null>();

/** The release that an image holds, read from its files; null when it holds none that can be told. */
export const releaseOfImage = async (engine: Engine, id: string): Promise<Release | null> => {
  const key = `${engine.where} ${id}`;
  const known = releases.get(key);
  if (known !== undefined) return known;
  const { stdout } = await runHelper(
    engine,
    { Image: id, HostConfig: { NetworkMode: "none" } },
    {
      argv: ["find", "/", "-xdev", "-name", "zookeeper-[0-9]*.jar"],
      user: "0",
      timeoutMs: 120_000,
    },
  );
  const release = parseRelease(releaseInJars(stdout) ?? "");
  releases.set(key, release);
  return release;
};

const inspectImage = (engine: Engine, name: string): Promise<Docker.ImageInspectInfo | null> =>
  orNull(engine.ask(`inspect the image ${name}`, (docker) => docker.getImage(name).inspect()));

const refused = (code: string, what: string, next: string, cause?: unknown): OpsError =>
  new OpsError(
    "refused",
    { what, next, left: "No container was changed." },
    { code, ...(cause === undefined ? {} : { cause }) },
  );

const pull = async (engine: Engine, name: string): Promise<void> => {
  try {
    await engine.ask(
      `pull ${name}`,
      async (docker) => {
        const progress = await docker.pull(name);
        await new Promise<void>((resolve, reject) => {
          docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
        });
      },
      PULL_MS,
    );
  } catch (error) {
    if (error instanceof OpsError && error.code === "TIMEOUT") throw error;
    const why =
      error instanceof OpsError ? error.failure.what.replace(/^.*?could not pull [^:]*(:[^:]*)?: /, "") : String(error);
    throw refused(
      "NO_IMAGE",
      `${engine.host}: the image ${name} is not on the Docker engine, and could not be pulled: ${why}`,
      "Pull or load it there yourself (`docker pull`, `docker load`), or correct the host's `image` in ensembles.yaml. Then Retry.",
      error,
    );
  }
};

/**
 * The image for a release, pulled where the engine has it not. Throws `refused`: `NO_IMAGE` where it cannot be had, `WRONG_IMAGE` where it
 * holds another release than its name says.
 */
export const imageOf = async (
  engine: Engine,
  access: DockerAccess,
  release: Release,
): Promise<Image & { readonly pulled: boolean }> => {
  const name = imageFor(access, release);
  if (name === null) {
    throw refused(
      "NO_IMAGE",
      `${engine.host}: ensembles.yaml names no image for ${release}.`,
      "Add it under the host's `docker: { image }`, then Retry.",
    );
  }
  const there = await inspectImage(engine, name);
  if (there === null) await pull(engine, name);
  const image = there ?? (await inspectImage(engine, name));
  if (image === null)
    throw refused("NO_IMAGE", `${engine.host}: the image ${name} is not there after its pull.`, "Try again.");
  const holds = await releaseOfImage(engine, image.Id);
  if (holds !== release) {
    throw refused(
      "WRONG_IMAGE",
      `${engine.host}: the image ${name} holds ${holds === null ? "no ZooKeeper whose release its files tell" : `ZooKeeper ${holds}`}, not ${release}.`,
      "Correct the tag, or the host's `image` in ensembles.yaml, then Retry.",
    );
  }
  return { id: image.Id, name, release, pulled: there === null };
};
