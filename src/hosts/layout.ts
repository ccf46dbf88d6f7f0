// Where a server's things are on its host, as every script is told it.
import type { Placement } from "../model/inventory.ts";

/** What scripts need to know of one server. Paths are absolute on the host. */
export type Layout = {
  readonly root: string;
  readonly releases: string;
  readonly current: string;
  /** Where zoo.cfg is expected while no process says otherwise. */
  readonly config: string;
  readonly data: string;
  readonly logs: string;
};

export const layoutOf = ({ host: { paths } }: Placement): Layout => ({
  root: paths.root,
  releases: paths.releases,
  current: paths.current,
  config: `${paths.conf}/zoo.cfg`,
  data: paths.data,
  logs: paths.logs,
});
