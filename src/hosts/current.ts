// Which distribution a server starts from next: the link `current`. Changing it restarts nothing.
import type { Release } from "../model/release.ts";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { runScript } from "./script.ts";
import type { Transport } from "./transport.ts";

// The logging configuration brought is the one the release ships: log4j.properties up to 3.7, logback.xml from 3.8 on
// (ZOOKEEPER-4427); a server without one logs nothing that helps when it does not come up.
// `mv -T`: without it the new link would be moved into the folder the old one points at.
const SWITCH = `${FENCE}${PROCESS}
own=$1 token=$2 conf=$3 data=$4 current=$5 home=$6 logging=$7
zk_fence "$own" "$token"
[ -f "$home/bin/zkServer.sh" ] || no NO_RELEASE "there is no bin/zkServer.sh in $home."
if [ -d "$current" ] && [ ! -L "$current" ]; then
  no CURRENT_IS_A_FOLDER "$current is a folder, not a link to one, so it cannot be switched."
fi
if [ -n "$logging" ]; then
  zk_locate "$own" "$conf" "$data"
  folder=\${zk_cfg%/*}
  for file in logback.xml log4j.properties; do
    [ -d "$folder" ] && [ ! -e "$folder/$file" ] && [ -f "$home/conf/$file" ] || continue
    { cp "$home/conf/$file" "$folder/.$file.zkshift-new" && mv -f "$folder/.$file.zkshift-new" "$folder/$file"; } 2>/dev/null ||
      no WRITE_FAILED "cannot bring $file into $folder."
  done
fi
if [ "$(readlink "$current" 2>/dev/null)" = "$home" ]; then exit 0; fi
[ -d "\${current%/*}" ] || mkdir -p "\${current%/*}" 2>/dev/null || no WRITE_FAILED "cannot create \${current%/*}."
rm -f "$current.zkshift-new"
{ ln -s "$home" "$current.zkshift-new" && mv -T -f "$current.zkshift-new" "$current"; } 2>/dev/null ||
  no WRITE_FAILED "cannot point $current at $home."
`;

/** Folder of an installed release. */
export const releaseFolder = (layout: Pick<Layout, "releases">, release: Release): string =>
  `${layout.releases}/apache-zookeeper-${release}-bin`;

const switchTo = async (
  transport: Transport,
  layout: Layout,
  target: { readonly home: string; readonly logging: boolean },
  fence: FenceToken,
): Promise<void> => {
  await runScript(transport, {
    text: SWITCH,
    args: [
      layout.own,
      String(fence),
      layout.config,
      layout.data,
      layout.current,
      target.home.replace(/\/+$/, ""),
      target.logging ? "bring" : "",
    ],
    timeoutMs: 30_000,
  });
};

/**
 * Points `current` at an installed release, and gives the configuration folder that release's default logging
 * configuration where it has none of that name. Throws `refused` (`NO_RELEASE`, `CURRENT_IS_A_FOLDER`).
 */
export const switchRelease = (
  transport: Transport,
  layout: Layout,
  release: Release,
  fence: FenceToken,
): Promise<void> => switchTo(transport, layout, { home: releaseFolder(layout, release), logging: true }, fence);

/** Points `current` at a distribution's folder, whoever laid it out. */
export const switchHome = (transport: Transport, layout: Layout, home: string, fence: FenceToken): Promise<void> =>
  switchTo(transport, layout, { home, logging: false }, fence);
