// What clients are given to find an ensemble (zookeeperProgrammers, "ZooKeeper Sessions"): `host:port,host:port`. Pure.
import type { Address } from "../model/ensemble.ts";

/** By id, so that the same members always give the same text. */
export const connectString = (servers: readonly { readonly id: number; readonly client: Address }[]): string =>
  [...servers]
    .sort((a, b) => a.id - b.id)
    .map(({ client }) => `${client.host.includes(":") ? `[${client.host}]` : client.host}:${client.port}`)
    .join(",");
