// Where a server's things are on its host, as every script is told it.
import type { Placement } from "../model/inventory.ts";

/** What scripts need to know of one server. Paths are absolute on the host. */
export type Layout = {
  /** What zkshift keeps of this server: `<root>/.zkshift/server.<id>`. By id, so that servers that share a root are kept apart. */
  readonly own: string;
  readonly releases: string;
  readonly current: string;
  /** Where zoo.cfg is expected while no process says otherwise. */
  readonly config: string;
  readonly data: string;
  /** Transaction log of a server that zkshift lays out; null: in the data folder. */
  readonly dataLog: string | null;
  readonly logs: string;
};

export const layoutOf = ({ id, host: { paths } }: Placement): Layout => ({
  own: `${paths.root}/.zkshift/server.${id}`,
  releases: paths.releases,
  current: paths.current,
  config: `${paths.conf}/zoo.cfg`,
  data: paths.data,
  dataLog: paths.dataLog,
  logs: paths.logs,
});
