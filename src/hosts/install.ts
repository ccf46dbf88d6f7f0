// Brings a release onto a host, beside those already there; nothing that runs is touched. What is already there is
// checked against its sums, not trusted.
import type { FenceToken, ReleaseArchive } from "../ports.ts";
import { releaseFolder } from "./current.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { runScript } from "./script.ts";
import type { Sent, Transport } from "./transport.ts";

/** In a release's folder: its archive's SHA-512 on the first line, then the SHA-256 of every file that is executed. */
const MARKER = ".zkshift-release";

/**
 * `sums`: SHA-256 lines of bin, lib and the jars beside them, of the folder it runs in. conf and docs are left out: people edit them.
 * `intact FOLDER`: true when every file of its marker is there with its sum.
 */
const SUMS = `
sums() { find ./bin ./lib ./*.jar -type f -exec sha256sum {} + 2>/dev/null | sort -k 2; }
jars() { find ./lib ./*.jar -type f -name '*.jar' -exec sha256sum {} + 2>/dev/null | sed 's/^\\([0-9a-f]*\\)  *.*\\//\\1 /' | sort; }
intact() { (cd "$1" && sed 1d ${MARKER} | sha256sum -c - >/dev/null 2>&1); }
`;

const LOOK = `${SUMS}
target=$1 sum=$2
if [ ! -e "$target" ]; then printf missing
elif [ -f "$target/${MARKER}" ]; then
  read -r had <"$target/${MARKER}"
  if [ "$had" = "$sum" ] && intact "$target"; then printf intact; else printf doubtful; fi
else printf unmarked; fi
`;

// The second lock: servers with roots of their own may share one releases folder.
// Order: the sum first (a cut upload), then the list of members (nothing is unpacked that could land elsewhere), then
// unpacking beside the target, and the target's name last: a folder of that name is always complete.
const INSTALL = `${FENCE}${SUMS}
own=$1 token=$2 releases=$3 target=$4 archive=$5 sum=$6 release=$7
zk_fence "$own" "$token"
exec 8>>"$releases/.zkshift.lock"
until flock -n 8; do sleep 1; done
if [ -f "$target/${MARKER}" ]; then
  read -r had <"$target/${MARKER}"
  if [ "$had" = "$sum" ] && intact "$target"; then rm -f "$archive"; printf 'already there'; exit 0; fi
fi
got=$(sha512sum <"$archive") || no CUT_SHORT "the archive did not arrive at $archive."
if [ "\${got%% *}" != "$sum" ]; then rm -f "$archive"; no WRONG_SUM "the archive's SHA-512 is wrong after the copy."; fi
for old in "$releases"/.unpacking-*; do [ ! -e "$old" ] || rm -rf "$old"; done
work=$releases/.unpacking-$release plain=$releases/.unpacking-$release.tar
trap 'rm -f "$plain"' EXIT
# Decompressed once, read three times: that is most of the work.
gzip -dc <"$archive" >"$plain" 2>/dev/null || {
  if gzip -t <"$archive" 2>/dev/null; then no WRITE_FAILED "cannot unpack the archive in $releases."; fi
  no UNSAFE_ARCHIVE "the archive cannot be read."; }
list=$(tar -tf "$plain") || no UNSAFE_ARCHIVE "the archive cannot be read."
if printf '%s\\n' "$list" | grep -Eq '^/|(^|/)\\.\\.(/|$)'; then no UNSAFE_ARCHIVE "the archive has members outside its folder."; fi
long=$(tar -tvf "$plain")
if printf '%s\\n' "$long" | grep -Eq '^[^-dl]' || printf '%s\\n' "$long" | grep -E '^l' | grep -Eq -- ' -> (/|(.*/)?\\.\\.(/|$))' || printf '%s\\n' "$long" | grep -q ' link to '; then
  no UNSAFE_ARCHIVE "the archive has links out of its folder, or special files."
fi
mkdir "$work" 2>/dev/null || no WRITE_FAILED "cannot create $work."
tar -xf "$plain" -C "$work" --no-same-owner 2>/dev/null || tar -xf "$plain" -C "$work" || {
  rm -rf "$work"; no WRITE_FAILED "cannot unpack the archive in $releases."; }
set -- "$work"/*
top=$1
if [ $# -ne 1 ] || [ ! -f "$top/bin/zkServer.sh" ] || { [ ! -f "$top/lib/zookeeper-$release.jar" ] && [ ! -f "$top/zookeeper-$release.jar" ] && [ ! -f "$top/lib/zookeeper.jar" ]; }; then
  rm -rf "$work"; no WRONG_ARCHIVE "the archive does not hold ZooKeeper $release."
fi
if [ -e "$target" ]; then
  if [ ! -f "$target/${MARKER}" ]; then
    theirs=$(cd "$target" && jars); ours=$(cd "$top" && jars)
    if [ "$theirs" = "$ours" ] && [ -f "$target/bin/zkServer.sh" ]; then rm -rf "$work" "$archive"; printf 'already there'; exit 0; fi
    rm -rf "$work"; no OTHER_BUILD "$target was not put there by zkshift, and its jars are not those of the archive."
  fi
  read -r had <"$target/${MARKER}"
  if intact "$target"; then
    if [ "$had" = "$sum" ]; then rm -rf "$work" "$archive"; printf 'already there'; exit 0; fi
    rm -rf "$work"; no OTHER_BUILD "$target holds another build of $release (SHA-512 \${had%\${had#????????????}}…)."
  fi
  if ls -l /proc/[0-9]*/fd 2>/dev/null | grep -qF -e "-> $target/"; then
    rm -rf "$work"; no IN_USE "files of $target are damaged or missing, and a process runs from it."
  fi
  rm -rf "$releases/.damaged-$release"
  mv -T "$target" "$releases/.damaged-$release" || no WRITE_FAILED "cannot move the damaged $target away."
fi
{ (cd "$top" && { printf '%s\\n' "$sum"; sums; } >${MARKER}) && { sync "$top/${MARKER}" 2>/dev/null || :; } && mv -T "$top" "$target"; } ||
  no WRITE_FAILED "cannot put $target in its place."
rm -rf "$work" "$archive"
rm -rf "$releases/.damaged-$release"
find "$releases" -maxdepth 1 -name '.incoming-*' -mmin +60 -exec rm -f {} + 2>/dev/null
printf installed
`;

/**
 * Unpacks the archive as `<releases>/apache-zookeeper-<release>-bin`. `already there`: the same archive was unpacked before and its
 * files are intact, or a folder laid out by others holds the same jars. A damaged one is replaced unless a
 * process runs from it. Throws `refused` (`UNSAFE_ARCHIVE`, `WRONG_ARCHIVE`, `OTHER_BUILD`, `IN_USE`, `FENCED`).
 */
export const installRelease = async (
  transport: Transport,
  layout: Layout,
  archive: ReleaseArchive,
  fence: FenceToken,
  onSent?: Sent,
): Promise<"installed" | "already there"> => {
  const target = releaseFolder(layout, archive.release);
  const look = await runScript(transport, { text: LOOK, args: [target, archive.sha512], timeoutMs: 120_000 });
  if (look.stdout === "intact") return "already there";
  const incoming = `${layout.releases}/.incoming-${archive.release}-${archive.sha512.slice(0, 12)}`;
  await transport.upload(archive.file, incoming, onSent);
  const { stdout } = await runScript(transport, {
    text: INSTALL,
    args: [layout.own, String(fence), layout.releases, target, incoming, archive.sha512, archive.release],
    timeoutMs: 300_000,
  });
  return stdout === "already there" ? "already there" : "installed";
};
