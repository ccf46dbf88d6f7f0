// Copies a running server's data and configuration to the worker. It changes nothing of the server's; its own temporary
// files go away again.
import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { OpsError } from "../errors.ts";
import { sha256OfFile } from "../file-sum.ts";
import type { Zxid } from "../model/ids.ts";
import type { Placement } from "../model/inventory.ts";
import type { ExecResult, ServerControl } from "../ports.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import type { Transport } from "./transport.ts";

// A snapshot is complete when its last record is the string "/" (length 1, then the byte): FileSnap writes it when all
// else is written, and Util.isValidSnapshot / SnapStream.isValidSnapshot look for just that. Compressed ones (3.6+, .gz and
// .snappy) are taken by their name. Logs: from the one that begins at or before the snapshot's zxid, as
// FileTxnLog.getLogFiles takes them; the snapshot is fuzzy, so that log is needed too.
const PACK = `${PROCESS}${SECTIONS}
boundary=$1 own=$2 conf=$3 data=$4 given=$5 name=$6
zk_locate "$own" "$conf" "$data"
zk_data; d=$zk_path
zk_key "$zk_cfg" dataLogDir; zk_under "\${zk_value:-$d}"; l=$zk_path
zk_key "$zk_cfg" dynamicConfigFile; dynamic=$zk_value
[ -z "$dynamic" ] || { zk_under "$dynamic"; dynamic=$zk_path; }
[ -d "$d/version-2" ] || [ -d "$l/version-2" ] || no NO_DATA "there is no data (no folder version-2) in $d."
state=$own
[ -d "$state" ] || mkdir -p -m 700 "$state" 2>/dev/null || no STATE_UNWRITABLE "cannot create $state."
find "$state" -maxdepth 1 -name 'backup.*' -mmin +120 -exec rm -rf {} + 2>/dev/null
work=$state/backup.$name
umask 077
mkdir -p "$work/version-2" || no STATE_UNWRITABLE "cannot create $work."
trap 'rm -rf "$work" "$work.pid" "$work.stop"' EXIT
# Numbered by zxid: "number name" lines.
numbered() {
  for f in "$1"/version-2/"$2".*; do
    [ -s "$f" ] || continue
    n=\${f##*/}; h=\${n#*.}; h=\${h%%.*}
    case $h in ''|*[!0-9a-fA-F]*) continue ;; esac
    printf '%d %s\\n' "$((0x$h))" "$n"
  done | sort -n
}
complete() {
  case $1 in *.gz|*.snappy) return 0 ;; esac
  [ "$(tail -c 5 "$1" | od -An -tx1 | tr -d ' \\n')" = 000000012f ]
}
snapshot=none from=-1
if [ -n "$given" ]; then from=$given; else for n in $(numbered "$d" snapshot | sed 's/.* //' | sed '1!G;h;$!d'); do
  if complete "$d/version-2/$n"; then
    h=\${n#*.}; h=\${h%%.*}; from=$((0x$h)); snapshot=0x$h
    ln -s "$d/version-2/$n" "$work/version-2/$n"; break
  fi
done; fi
first=0
numbered "$l" log >"$work/logs"
while read -r z n; do [ "$z" -le "$from" ] && first=$z; done <"$work/logs"
while read -r z n; do [ "$z" -ge "$first" ] && ln -s "$l/version-2/$n" "$work/version-2/$n"; done <"$work/logs"
rm -f "$work/logs"
for f in currentEpoch acceptedEpoch; do [ -f "$d/version-2/$f" ] && ln -s "$d/version-2/$f" "$work/version-2/$f"; done
for f in "$zk_cfg" "$dynamic" "$d/myid"; do [ -n "$f" ] && [ -f "$f" ] && ln -s "$f" "$work/\${f##*/}"; done
# ZooKeeper preallocates logs (preAllocSize, 64 MB): GNU tar steps over what was never written, which saves most of the time.
sparse=; case $(tar --version 2>/dev/null) in *GNU*) sparse=--sparse ;; esac
(cd "$work" && exec tar $sparse -czhf "$work.tar.gz" -- * 2>"$work.said") & packing=$!
printf '%s\\n' "$packing" >"$work.pid"
# Given up before its number was there to be read.
[ ! -e "$work.stop" ] || kill "$packing" 2>/dev/null
wait "$packing"
code=$?
rm -f "$work.pid"
# GNU tar says 1 when a log grew while it was read: the server is running, and ZooKeeper reads a log up to its last whole record.
if [ $code -gt 1 ] || { [ $code -eq 1 ] && ! grep -q 'changed as we read it' "$work.said"; }; then
  said=$(tail -n 3 "$work.said"); rm -f "$work.tar.gz" "$work.said"; no CUT_SHORT "packing the data of the server failed.
$said"
fi
rm -f "$work.said"
part snapshot; printf '%s' "$snapshot"
part archive; printf '%s' "$work.tar.gz"
part sha256; sha256sum <"$work.tar.gz"
part files; (cd "$work" && find . -type l -print | while read -r f; do printf '%s %s\\n' "$(wc -c <"$f" | tr -d ' ')" "\${f#./}"; done)
`;

/** Whoever packs, or is about to, sees the file, or is ended by it; it tidies by itself. */
const GIVE_UP = `
own=$1 work=$1/backup.$2 pid=
[ -d "$own" ] || exit 0
: >"$work.stop"
{ IFS= read -r pid <"$work.pid"; } 2>/dev/null
[ -z "$pid" ] || kill "$pid" 2>/dev/null
exit 0
`;

const REMOVE = `case $1 in */.zkshift/*/backup.*.tar.gz) rm -f "$1" ;; esac`;

/** Aborted, what packs on the host is ended there. */
const pack = async (
  transport: Transport,
  { own, config, data }: Layout,
  [boundary, from]: readonly [string, string],
  signal: AbortSignal | undefined,
): Promise<ExecResult> => {
  signal?.throwIfAborted();
  const name = randomBytes(6).toString("hex");
  const giveUp = (): void => {
    runScript(transport, { text: GIVE_UP, args: [own, name], timeoutMs: SHORT_MS }).catch(() => undefined);
  };
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    return await runScript(transport, {
      text: PACK,
      args: [boundary, own, config, data, from, name],
      timeoutMs: 1_800_000,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
};

const SHORT_MS = 20_000;

/** What was begun goes on by itself and is not waited for: its file is removed under it. */
const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener("abort", onAbort));
  });

/**
 * Makes the archive `file` (newest complete snapshot, the logs from its zxid on, epochs, zoo.cfg, dynamic configuration, myid);
 * with `from`, the zxid of a snapshot that is had otherwise, without one. Throws `refused` (`NO_DATA`) where there is nothing to copy.
 */
export const backUp = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  file: string,
  { from, signal }: { readonly from?: Zxid; readonly signal?: AbortSignal },
): ReturnType<ServerControl["backUp"]> => {
  const boundary = makeBoundary();
  const { stdout } = await pack(transport, layout, [boundary, from === undefined ? "" : from.toString()], signal);
  const sections = parseSections(stdout, boundary);
  const remote = sections.get("archive") ?? "";
  const expected = (sections.get("sha256") ?? "").split(/\s/)[0] ?? "";
  const unfinished = `${file}.part`;
  try {
    await mkdir(dirname(file), { recursive: true });
    signal?.throwIfAborted();
    await unlessAborted(transport.download(remote, unfinished), signal);
    const sha256 = await sha256OfFile(unfinished);
    if (sha256 !== expected) {
      throw new OpsError("transient", {
        what: `The backup of server.${placement.id} on ${transport.host} was damaged on its way to the worker.`,
        next: "Try again.",
      });
    }
    const { size: bytes } = await stat(unfinished);
    await rename(unfinished, file);
    const contents = (sections.get("files") ?? "")
      .split("\n")
      .map((line) => /^(\d+) (.+)$/.exec(line))
      .filter((found) => found !== null)
      .map((found) => ({ name: found[2] ?? "", bytes: Number(found[1]) }));
    return { bytes, sha256, snapshot: sections.get("snapshot") ?? "none", contents };
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    if (cause instanceof OpsError || signal?.aborted === true) throw cause;
    throw new OpsError(
      "transient",
      {
        what: `The backup of server.${placement.id} could not be kept in ${dirname(file)} (${(cause as Error).message}).`,
        next: "Check free space and permissions there on the worker, then try again.",
      },
      { cause },
    );
  } finally {
    await runScript(transport, { text: REMOVE, args: [remote], timeoutMs: SHORT_MS }).catch(() => undefined);
  }
};
