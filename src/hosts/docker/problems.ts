// What about a container would keep its server from coming back, or from keeping its data, when its image is changed. Pure.
import type { Container } from "./containers.ts";

const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);

/** One sentence each; `folders`: what must outlive the container, by what it is called. */
export const containerProblems = (
  { HostConfig: host, Mounts = [], State }: Container,
  name: string,
  folders: Readonly<Record<string, string>>,
  configFile: string,
): readonly string[] => {
  const mountOf = (path: string) =>
    Mounts.filter(({ Destination }) => within(path, Destination)).sort(
      (a, b) => b.Destination.length - a.Destination.length,
    )[0];
  return [
    ...(host.AutoRemove === true
      ? [`the container ${name} was started with --rm: it would be gone as soon as it is stopped. Make it without.`]
      : []),
    ...(State.Paused ? [`the container ${name} is paused.`] : []),
    ...Object.entries(folders).flatMap(([what, path]) => {
      const mount = mountOf(path);
      if (mount === undefined || (mount as { Type?: string }).Type === "tmpfs") {
        return [
          `${what} ${path} of the container ${name} lies in no volume: it would be lost with the container. Mount a volume or a folder there.`,
        ];
      }
      return mount.RW ? [] : [`${what} ${path} of the container ${name} is mounted read-only.`];
    }),
    ...(Mounts.some(({ Destination }) => Destination === configFile)
      ? [
          `${configFile} is mounted into the container ${name} as a single file, which cannot be replaced in one piece: mount its folder instead.`,
        ]
      : []),
  ];
};
