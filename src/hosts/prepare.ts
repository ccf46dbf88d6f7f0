// Lays a new server out on its host. What it makes and what was there before is noted under <root>/.zkshift/server.<id>/laid
// before each change, so that it can be entered again half-done, and taken away by unprepare.ts.
import { createHash } from "node:crypto";
import { OpsError } from "../errors.ts";
import type { RunId } from "../model/ids.ts";
import type { Placement } from "../model/inventory.ts";
import { wantedFlagsIn, withWantedFlags } from "../model/java-env.ts";
import type { Release } from "../model/release.ts";
import { getKey, parseZooCfg } from "../model/zoo-cfg.ts";
import type { FenceToken, ServerTemplate } from "../ports.ts";
import { CLAIMS } from "./claims.ts";
import { releaseFolder, SWITCHING } from "./current.ts";
import { FENCE } from "./fence.ts";
import { HOLDS } from "./holds.ts";
import { flagsThatCannotBeCarried, withAddedFlags, withoutSecret } from "./jvm-flags.ts";
import { type Layout, mixedFolders } from "./layout.ts";
import { ONE_PIECE } from "./one-piece.ts";
import { PROCESS } from "./process.ts";
import { runScript } from "./script.ts";
import { SERVER_FILES } from "./template.ts";
import type { Transport } from "./transport.ts";

/** What a configuration folder may hold that a server reads or writes there by these names; ZooKeeper itself adds to `zoo.cfg*`. */
export const CONFIG_FILES = `
zk_config_files() {
  for zk_f in "$1"/zoo.cfg* ${SERVER_FILES.map((name) => `"$1"/${name}`).join(" ")}; do
    if [ -f "$zk_f" ] || [ -L "$zk_f" ]; then printf '%s\\n' "$zk_f"; fi
  done
}
`;

// In `laid`, each written before what it tells of: `folders`, those this run made, in order; `was`, what was in the
// server's own folder; `kept`, the configuration that lay there, whole once `conf` is there; `data.aside` and `log.aside`,
// from where to where a retired server's went; `data` and `log`, the folders that are this run's: there from the moment
// when they were empty; `inner`, the way from data to log; `current`, the link and where it led; `logs`. Everything is refused before the first of them is written.
const PREPARE = `${FENCE}${PROCESS}${ONE_PIECE}${CLAIMS}${HOLDS}${SWITCHING}${CONFIG_FILES}
own=$1 token=$2 cfg=$3 data=$4 log=$5 current=$6 home=$7 logs=$8 releases=$9; shift 9
run=$1 ensemble=$2 aside=$3 sum=$4; shift 4
state=\${own%/*} id=\${own##*/server.} conf=\${cfg%/*} laid=$own/laid incoming=$own/incoming
failed() { no LAY_OUT_FAILED "$1"; }
note() {
  as=$laid/$1; shift
  { printf '%s\\n' "$@" >"$as.new" && mv -f "$as.new" "$as"; } 2>/dev/null || no STATE_UNWRITABLE "cannot write in $laid."
}
zk_fence "$own" "$token"
again=; zk_is "$own/prepared" "$run" && again=yes
if [ -f "$own/ensemble" ] && [ ! -f "$own/retired" ] && ! zk_is "$own/ensemble" "$ensemble"; then
  no CLAIMED "server.$id of $zk_first is in service under \${state%/*}, where zkshift keeps one server of an id."
fi
zk_find "$cfg" "$data"
[ -z "$zk_pid" ] || no RUNS "a server runs there already (pid $zk_pid, with $zk_cfg)."
zk_can_switch "$current" "$home"
case $conf/ in "$current"/*|"$releases"/*) no CONF_IN_RELEASE "the configuration folder $conf lies inside a release." ;; esac
if [ -n "$log" ] && [ "$log" -ef "$data" ]; then log=; fi
zk_inner "$data" "$log"; inner=$zk_in moves=
may_use() {
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then return 0; fi
  [ -d "$1" ] && [ -r "$1" ] && [ -w "$1" ] && [ -x "$1" ] || no FOLDER_UNUSABLE "$1 is no folder that $(id -un) may read and write."
  if [ -O / ] && ! [ -O "$1" ]; then no USER_DIFFERS "$1 belongs to user $(stat -c %U "$1"), and zkshift acts as root."; fi
  mine=; [ -z "$again" ] || [ ! -e "$laid/$2" ] || mine=yes
  zk_holds "$1" "$3\${mine:+ $4}" || return 0
  held=$zk_held
  [ -z "$mine" ] || no DATA_NOT_EMPTY "$1 holds more than this run put there ($held): the server has run since."
  zk_retired "$state" "$1"
  [ -n "$zk_by" ] || no DATA_NOT_EMPTY "$1 is not empty (it holds $held), and is not a retired server's."
  [ "$aside" = yes ] || no DATA_NOT_EMPTY "$1 holds what retired server.$zk_by left there."
  zk_movable "$1" || no NOT_SET_ASIDE "$zk_why"
  [ -n "$again" ] || [ ! -e "$zk_real.server.$zk_by-$run" ] || no NOT_SET_ASIDE "$zk_real.server.$zk_by-$run is there already."
  moves=yes
}
may_use "$data" data "$inner" "myid .myid.zkshift-new"
# Below a data folder that goes aside it goes with it.
if [ -n "$log" ] && { [ -z "$inner" ] || [ -z "$moves" ]; }; then may_use "$log" log; fi

trap 'rm -rf "$incoming"' EXIT
(umask 077; cat >"$incoming") 2>/dev/null || no STATE_UNWRITABLE "cannot write in $own."
got=$(sha256sum <"$incoming")
[ "\${got%% *}" = "$sum" ] || no CUT_SHORT "the new server's configuration arrived incomplete and was dropped."

[ -n "$again" ] || rm -rf "$laid"
(umask 077; mkdir -p "$laid/was" "$laid/kept") 2>/dev/null || no STATE_UNWRITABLE "cannot create $laid."
printf '%s\\n' "$run" | zk_put "$own/prepared" 022 || no STATE_UNWRITABLE "cannot write in $own."
make() {
  [ ! -d "$1" ] || return 0
  case \${1%/*} in '') ;; *) make "\${1%/*}" ;; esac
  { printf '%s\\n' "$1" >>"$laid/folders" && mkdir "$1"; } 2>/dev/null || [ -d "$1" ] || failed "cannot create $1."
}
take() {
  if [ -e "$laid/$2" ]; then make "$1"; return 0; fi
  if [ ! -e "$laid/$2.aside" ] && zk_holds "$1" "$3"; then
    zk_retired "$state" "$1"
    real=$(readlink -f "$1")
    [ -n "$zk_by" ] && [ "$aside" = yes ] || no DATA_NOT_EMPTY "$1 is not empty (it holds $zk_held)."
    note "$2.aside" "$real" "$real.server.$zk_by-$run"
  fi
  if [ -e "$laid/$2.aside" ]; then
    { IFS= read -r from; IFS= read -r to; } <"$laid/$2.aside"
    [ -e "$to" ] || mv -T "$from" "$to" 2>/dev/null || failed "cannot move $from to $to."
    make "$from"
  fi
  make "$1"
  if zk_holds "$1" "$3"; then no DATA_NOT_EMPTY "$1 is not empty (it holds $zk_held)."; fi
  note "$2" "$(readlink -f "$1")"
}
note inner "$inner"
umask 027
take "$data" data "$inner"
[ -z "$log" ] || take "$log" log
umask 022
if [ ! -e "$laid/own" ]; then
  for file in ensemble retired launch config-file start.out; do
    [ ! -e "$own/$file" ] || mv -f "$own/$file" "$laid/was/" 2>/dev/null || no STATE_UNWRITABLE "cannot write in $own."
  done
  note own
fi
printf '%s\\n' "$ensemble" | zk_put "$own/ensemble" 022 || no STATE_UNWRITABLE "cannot write in $own."
make "$conf"
if [ ! -e "$laid/conf" ]; then
  zk_config_files "$conf" >"$laid/found"
  while IFS= read -r file; do
    rm -rf "$laid/kept/.new"
    { cp -pP "$file" "$laid/kept/.new" && mv -f "$laid/kept/.new" "$laid/kept/\${file##*/}"; } 2>/dev/null ||
      no STATE_UNWRITABLE "cannot keep $file in $laid."
  done <"$laid/found"
  [ ! -s "$laid/found" ] || sync "$laid"/kept/* 2>/dev/null
  note conf "$conf"
fi
zk_config_files "$conf" >"$laid/found"
while IFS= read -r file; do rm -f "$file" || failed "cannot remove $file."; done <"$laid/found"
make "$logs"
[ -e "$laid/current" ] || note current "$current" "$(readlink "$current" 2>/dev/null)"
make "\${current%/*}"
zk_switch "$current" "$home"
printf '%s\\n' "$id" | zk_put "$data/myid" 022 || failed "cannot write $data/myid."
# Last zoo.cfg: without it nothing starts from what is half laid out.
at=1
while [ $# -ge 3 ]; do
  tail -c "+$at" "$incoming" | head -c "$3" | zk_put "$conf/$1" "$2" || failed "cannot write $conf/$1."
  at=$((at + $3)); shift 3
done
zk_bring_logging "$home" "$conf"
sync "$cfg" "$data/myid" 2>/dev/null
rm -f "$laid/found"
zk_key "$cfg" dataDir
zk_is "$zk_value/myid" "$id" || failed "$zk_value/myid does not say $id after it was written."
if [ -e "$laid/data.aside" ]; then sed 1d "$laid/data.aside"; elif [ -e "$laid/log.aside" ]; then sed 1d "$laid/log.aside"; fi
`;

type NewServer = ServerTemplate & {
  readonly run: RunId;
  readonly release: Release;
  readonly dynamicText: string | null;
  readonly setAside: boolean;
};

/** However it is written there: `key=value`, `key: value`, an element, an address. Better one file too many that others may not read. */
const MAY_HOLD_SECRET = /passw(or)?d|passphrase|secret|credential|token|superDigest|:\/\/[^\s/:@]*:[^\s/@]+@/i;

/** Flags of the template's process come before those of ensembles.yaml: of two the later one wins. */
const withCarriedFlags = (javaEnv: string | null, flags: readonly string[]): string | null => {
  const theirs = withWantedFlags(javaEnv, []);
  return withWantedFlags(withAddedFlags(theirs ?? "", flags), wantedFlagsIn(javaEnv));
};

/** The files of the configuration folder with the umasks they get, in the order in which they are written. */
const filesOf = (server: NewServer): readonly { name: string; umask: string; text: string }[] => {
  const given = server.files.find(({ name }) => name === "java.env")?.text ?? null;
  const javaEnv = server.flags.length === 0 ? given : withCarriedFlags(given, server.flags);
  return [
    ...server.files.filter(({ name }) => name !== "java.env"),
    ...(javaEnv === null ? [] : [{ name: "java.env", text: javaEnv }]),
    ...(server.dynamicText === null ? [] : [{ name: "zoo.cfg.dynamic", text: server.dynamicText }]),
    { name: "zoo.cfg", text: server.configText },
  ].map(({ name, text }) => ({
    name,
    text,
    umask: name === "java.env" || MAY_HOLD_SECRET.test(text) ? "077" : "022",
  }));
};

const withoutSlash = (path: string): string => path.replace(/(?<=.)\/+$/, "");

/** Folders of the new zoo.cfg; a data folder that is not the host's would be looked after by nobody. */
const foldersIn = (configText: string, layout: Layout): { readonly log: string } => {
  const config = parseZooCfg(configText);
  const data = getKey(config, "dataDir");
  const log = withoutSlash(getKey(config, "dataLogDir") ?? "");
  if (data !== null && withoutSlash(data) === withoutSlash(layout.data) && (log === "" || log.startsWith("/"))) {
    return { log: log === withoutSlash(layout.data) ? "" : log };
  }
  throw new OpsError("bug", {
    what: `The zoo.cfg for a new server names ${data ?? "no dataDir"}${log === "" ? "" : ` and ${log}`}, its host has ${layout.data}.`,
  });
};

const refuseFlagsWithBlanks = (host: string, flags: readonly string[]): void => {
  const [broken] = flagsThatCannotBeCarried(flags);
  if (broken === undefined) return;
  throw new OpsError(
    "refused",
    {
      what: `${host}: the JVM flag ${withoutSecret(broken).split(/[=\s]/)[0]} holds blanks, which zkServer.sh cannot be given.`,
      next: "Put it into java.env of the server that is taken as the template, then Retry.",
    },
    { code: "FLAGS_CANNOT_BE_CARRIED" },
  );
};

const refuseMixedFolders = (host: string, layout: Layout): void => {
  const [mixed] = mixedFolders(layout);
  if (mixed === undefined) return;
  throw new OpsError(
    "refused",
    { what: `${host}: ${mixed}`, next: "Give the host another folder there in ensembles.yaml, then Retry." },
    { code: "FOLDERS_MIXED" },
  );
};

/** See `ServerControl.prepare`. Files go through stdin, one after another; names, umasks and lengths beside the script. */
export const prepareServer = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  server: NewServer,
  fence: FenceToken,
): Promise<{ readonly setAside: string | null }> => {
  refuseFlagsWithBlanks(transport.host, server.flags);
  refuseMixedFolders(transport.host, layout);
  const { log } = foldersIn(server.configText, layout);
  const files = filesOf(server);
  const stdin = files.map(({ text }) => text).join("");
  const { stdout } = await runScript(transport, {
    text: PREPARE,
    args: [
      layout.own,
      String(fence),
      layout.config,
      withoutSlash(layout.data),
      log,
      layout.current,
      releaseFolder(layout, server.release),
      layout.logs,
      layout.releases,
      server.run,
      placement.ensemble,
      server.setAside ? "yes" : "no",
      createHash("sha256").update(stdin).digest("hex"),
      ...files.flatMap(({ name, umask, text }) => [name, umask, String(Buffer.byteLength(text))]),
    ],
    stdin,
    timeoutMs: 120_000,
  });
  return { setAside: stdout.trim() === "" ? null : stdout.trim() };
};
