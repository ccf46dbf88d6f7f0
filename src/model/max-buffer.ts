// The largest data of a znode that a server takes, and so also loads.
import type { HostFacts } from "./ensemble.ts";
import { systemProperty } from "./system-property.ts";

/** jute's default, just under a megabyte (zookeeperAdmin, Unsafe Options: jute.maxbuffer). */
export const DEFAULT_MAX_BUFFER = 0xfffff;

/** Of a server from its next start on, in bytes: by the last flag, in decimal or `0x…` (Integer.getInteger). */
export const nextMaxBuffer = ({ nextFlags }: Pick<HostFacts, "nextFlags">): number => {
  const value = Number(systemProperty(nextFlags, "jute.maxbuffer") ?? Number.NaN);
  return Number.isFinite(value) ? value : DEFAULT_MAX_BUFFER;
};
