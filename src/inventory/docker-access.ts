// How the containers of driver docker are reached: defaults filled in, and what would leave an engine open to everybody refused.
import { resolve } from "node:path";
import type { DockerAccess } from "../model/inventory.ts";
import type { Problem } from "./problem.ts";
import type { HostText } from "./schema.ts";

/** Where ZooKeeper's official image has its things, by the inventory's names. */
export const IN_CONTAINER = { root: "/data", data: "/data", conf: "/conf", logs: "/logs" } as const;

/** Null for hosts of other drivers, and with a problem where something is wrong. */
export const dockerAccess = (
  name: string,
  host: HostText,
  directory: string,
  problems: Problem[],
): DockerAccess | null => {
  const { docker } = host;
  const say = (path: readonly string[], text: string): null => {
    problems.push({ path: ["hosts", name, ...path], text });
    return null;
  };
  if (host.driver !== "docker") {
    return docker === undefined ? null : say(["docker"], `is only for driver docker, and this host has ${host.driver}`);
  }
  if (docker === undefined) {
    return say(["docker"], "is missing: write docker: { container: NAME, image: zookeeper:{release} }");
  }
  if (host.service !== "zkServer")
    return say(["service"], "is not for driver docker: the engine starts and stops the container");
  if (host.user != null) return say(["user"], "is not for driver docker: commands act as the owner of the data folder");
  const { container, engine } = docker;
  const image = typeof docker.image === "string" ? docker.image : new Map(Object.entries(docker.image));
  if (engine.socket !== undefined) {
    return docker.certs === undefined
      ? { container, image, engine: { socket: engine.socket } }
      : say(["docker", "certs"], "is only for an engine at tcp://host:port");
  }
  const isOwn = engine.host === "127.0.0.1" || engine.host === "::1" || engine.host === "localhost";
  if (docker.certs === undefined && !isOwn) {
    return say(["docker", "certs"], "is missing: without TLS anybody who reaches that port is root on its machine");
  }
  const certs = docker.certs === undefined ? null : resolve(directory, docker.certs);
  return { container, image, engine: { host: engine.host, port: engine.port, certs } };
};
