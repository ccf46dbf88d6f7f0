// How images are named: by the inventory for a release, and in texts that a plan keeps. Pure.
import type { DockerAccess } from "../../model/inventory.ts";
import type { Release } from "../../model/release.ts";

/** The image of a release: the inventory's template filled in, or its entry; null where it lists releases and has not this one. */
export const imageFor = ({ image }: Pick<DockerAccess, "image">, release: Release): string | null =>
  typeof image === "string" ? image.replaceAll("{release}", release) : (image.get(release) ?? null);

/**
 * What a plan keeps as the "home" of a server in a container: `3.8.0 in image zookeeper:3.8.0 (sha256:…)`. The digest is what an undo goes
 * back to; tags may be moved.
 */
export const homeText = (release: Release | null, name: string, id: string): string =>
  `${release ?? "an unknown release"} in image ${name} (${id})`;

/** The image's id in such a text; null when there is none. */
export const imageIdIn = (home: string): string | null => /sha256:[0-9a-f]{64}/.exec(home)?.[0] ?? null;

/** The release that the names of ZooKeeper's jars tell, one path a line; null when they tell none, or several. */
export const releaseInJars = (paths: string): string | null => {
  const found = new Set(
    paths
      .split("\n")
      .flatMap((path) => /\/zookeeper-(\d+\.\d+\.\d+[^/]*)\.jar$/.exec(path.trim())?.[1] ?? [])
      .map((release) => release.replace(/-(sources|tests|javadoc)$/, "")),
  );
  return found.size === 1 ? ([...found][0] ?? null) : null;
};
