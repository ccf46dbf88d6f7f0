// What a server's next container is made of: all that was given to the one before, and of the image what the new image says. Pure.
import type { ContainerCreateOptions, HostConfig } from "dockerode";
import type { Container } from "./containers.ts";

/** What an image gives its containers where they are given nothing else. */
export type ImageConfig = {
  readonly Env?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Cmd?: readonly string[] | string | null;
  readonly Entrypoint?: readonly string[] | string | null;
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  readonly Volumes?: Readonly<Record<string, unknown>> | null;
  readonly Healthcheck?: unknown;
  readonly StopSignal?: string;
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** Entries of `own` that the old image does not give: those the container was given. */
const given = <T>(
  own: Readonly<Record<string, T>> | null | undefined,
  image: Readonly<Record<string, T>> | null | undefined,
) =>
  Object.fromEntries(
    Object.entries(own ?? {}).filter(([key, value]) => !(image && key in image && same(image[key], value))),
  );

/** Mounts that stand in neither `Binds` nor `Mounts`: volumes without a name of the image's own. They hold the data all the same. */
const unnamedVolumes = ({ Mounts = [], HostConfig }: Container): readonly string[] => {
  const listed = new Set([
    ...(HostConfig.Binds ?? []).map((bind) => bind.split(":")[1]),
    ...(HostConfig.Mounts ?? []).map((mount) => mount.Target),
  ]);
  return Mounts.filter(({ Destination, Name }) => Name !== undefined && Name !== "" && !listed.has(Destination)).map(
    ({ Name, Destination, RW }) => `${Name}:${Destination}${RW ? "" : ":ro"}`,
  );
};

type Endpoint = NonNullable<Container["NetworkSettings"]["Networks"]>[string];

/** Its place in a network: fixed addresses and names stay; what the engine gave by itself it gives anew. */
const placeIn = (endpoint: Endpoint, container: Container) => ({
  ...(endpoint.IPAMConfig ? { IPAMConfig: endpoint.IPAMConfig } : {}),
  ...(endpoint.Links ? { Links: endpoint.Links } : {}),
  Aliases: (endpoint.Aliases ?? []).filter((alias: string) => alias !== container.Id.slice(0, 12)),
});

type NextContainer = {
  readonly create: ContainerCreateOptions;
  /** Networks beyond the first, by name: an engine takes one at a container's creation. */
  readonly networks: readonly (readonly [string, ReturnType<typeof placeIn>])[];
};

/** `image`: id of the next image. `oldImage`: what the container's own image gives. */
export const nextContainer = (
  container: Container,
  oldImage: ImageConfig,
  image: string,
  labels: Readonly<Record<string, string>>,
): NextContainer => {
  const { Config: config, HostConfig: host } = container;
  const own = config as typeof config & { Healthcheck?: unknown; StopSignal?: string; StopTimeout?: number };
  const imageEnv = new Set(oldImage.Env ?? []);
  const networkMode = String(host.NetworkMode ?? "default");
  const isBorrowed = networkMode === "host" || networkMode.startsWith("container:");
  const networks = isBorrowed
    ? []
    : Object.entries(container.NetworkSettings.Networks ?? {}).map(
        ([name, endpoint]) => [name, placeIn(endpoint, container)] as const,
      );
  const isFirst = (name: string): boolean => name === networkMode || (networkMode === "default" && name === "bridge");
  const first = networks.find(([name]) => isFirst(name)) ?? networks[0];
  const isUserDefined = first !== undefined && !["bridge", "default", "none"].includes(first[0]);
  const unlessImages = <K extends keyof ImageConfig>(key: K): object =>
    same((config as Record<string, unknown>)[key], oldImage[key])
      ? {}
      : { [key]: (config as Record<string, unknown>)[key] };
  const hostConfig: HostConfig & { ContainerIDFile?: unknown } = {
    ...host,
    Binds: [...(host.Binds ?? []), ...unnamedVolumes(container)],
  };
  delete hostConfig.ContainerIDFile;
  return {
    create: {
      Image: image,
      Env: (config.Env ?? []).filter((variable) => !imageEnv.has(variable)),
      Labels: { ...given(config.Labels, oldImage.Labels), ...labels },
      ...unlessImages("Cmd"),
      ...unlessImages("Entrypoint"),
      ...unlessImages("WorkingDir"),
      ...unlessImages("User"),
      ...unlessImages("Healthcheck"),
      ...unlessImages("StopSignal"),
      ExposedPorts: given(
        config.ExposedPorts as Record<string, object>,
        oldImage.ExposedPorts as Record<string, object>,
      ),
      Volumes: given(config.Volumes as Record<string, object>, oldImage.Volumes as Record<string, object>) as Record<
        string,
        object
      >,
      Tty: config.Tty,
      OpenStdin: config.OpenStdin,
      StdinOnce: config.StdinOnce,
      ...(own.StopTimeout === undefined ? {} : { StopTimeout: own.StopTimeout }),
      ...(isBorrowed || config.Hostname === container.Id.slice(0, 12) ? {} : { Hostname: config.Hostname }),
      ...(isBorrowed || !config.Domainname ? {} : { Domainname: config.Domainname }),
      HostConfig: hostConfig,
      ...(first === undefined || !isUserDefined
        ? {}
        : { NetworkingConfig: { EndpointsConfig: { [first[0]]: first[1] } } }),
    } as ContainerCreateOptions,
    networks: networks.filter((each) => each !== first),
  };
};
