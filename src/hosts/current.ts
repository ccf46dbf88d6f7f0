// Which distribution a server starts from next: the link `current`. Changing it restarts nothing.
import type { Release } from "../model/release.ts";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { runScript } from "./script.ts";
import type { Transport } from "./transport.ts";

/**
 * `zk_can_switch CURRENT HOME`: refuses where HOME holds no distribution, or CURRENT is no link.
 * `zk_bring_logging HOME FOLDER`: the logging configuration the release ships, where FOLDER has none of that name: log4j.properties
 * up to 3.7, logback.xml from 3.8 on (ZOOKEEPER-4427); a server without one logs nothing that helps when it does not come up.
 * `zk_switch CURRENT HOME`: points the link. `mv -T`: without it the new link would be moved into the folder the old one points at.
 */
export const SWITCHING = `
zk_can_switch() {
  [ -f "$2/bin/zkServer.sh" ] || no NO_RELEASE "there is no bin/zkServer.sh in $2."
  if [ -d "$1" ] && [ ! -L "$1" ]; then
    no CURRENT_IS_A_FOLDER "$1 is a folder, not a link to one, so it cannot be switched."
  fi
}
zk_bring_logging() {
  for file in logback.xml log4j.properties; do
    [ -d "$2" ] && [ ! -e "$2/$file" ] && [ -f "$1/conf/$file" ] || continue
    { cp "$1/conf/$file" "$2/.$file.zkshift-new" && mv -f "$2/.$file.zkshift-new" "$2/$file"; } 2>/dev/null ||
      no WRITE_FAILED "cannot bring $file into $2."
  done
}
zk_switch() {
  if [ "$(readlink "$1" 2>/dev/null)" = "$2" ]; then return 0; fi
  [ -d "\${1%/*}" ] || mkdir -p "\${1%/*}" 2>/dev/null || no WRITE_FAILED "cannot create \${1%/*}."
  rm -f "$1.zkshift-new"
  { ln -s "$2" "$1.zkshift-new" && mv -T -f "$1.zkshift-new" "$1"; } 2>/dev/null ||
    no WRITE_FAILED "cannot point $1 at $2."
}
`;

const SWITCH = `${FENCE}${PROCESS}${SWITCHING}
own=$1 token=$2 conf=$3 data=$4 current=$5 home=$6 logging=$7
zk_fence "$own" "$token"
zk_can_switch "$current" "$home"
if [ -n "$logging" ]; then
  zk_locate "$own" "$conf" "$data"
  zk_bring_logging "$home" "\${zk_cfg%/*}"
fi
zk_switch "$current" "$home"
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
