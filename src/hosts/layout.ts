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

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/**
 * What lies inside the data folder or the transaction log's, which are moved away and emptied as a whole. One sentence each. The
 * log may lie inside the data folder.
 */
export const mixedFolders = (layout: Layout): readonly string[] => {
  const { data, dataLog } = layout;
  const others: readonly (readonly [string, string])[] = [
    ["zkshift's own folder", layout.own],
    ["the folder of releases", layout.releases],
    ["the link", layout.current],
    ["the configuration folder", layout.config.slice(0, layout.config.lastIndexOf("/"))],
    ["the log folder", layout.logs],
  ];
  const within = (folder: string, called: string, candidates: typeof others): readonly string[] =>
    candidates
      .filter(([, path]) => isWithin(path, folder))
      .map(([what, path]) => `${what} ${path} lies inside ${called} ${folder}; a new server needs them apart.`);
  return [
    ...within(data, "the data folder", others),
    ...(dataLog === null || dataLog === data
      ? []
      : within(dataLog, "the transaction log's folder", [["the data folder", data], ...others])),
  ];
};
