// A program with its arguments as the one string that ssh hands to the login shell of the other side, and what comes back.
// Pure text. The wrapper around the program makes of a bare ssh command what a driver must promise: input whole or not at
// all, a limit that holds while nobody is connected, a mark before which everything is chatter of the login, and the
// session that a kill is for.

/** A word for any shell: nothing in single quotes means anything, and a single quote is put in between. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** How long after the worker gave up the host itself ends the program: only where the worker could not. */
const LIMIT_GRACE_S = 5;

// sbin: a login without a terminal often lacks it, and ss or ip are there.
// Input is read whole first, so that a connection that breaks gives no program half of it: half a file, or a server
// started without its flags. `timeout` ends with a process group of its own, so a kill goes by session.
// Values come on stdin: what stands on a command line anybody on the host can read.
const WRAP = `
zk_mark=$1 zk_limit=$2 zk_bytes=$3 zk_names=$4; shift 4
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
zk_fail() { printf '%s %s\\n' "$zk_mark" "$1" >&2; exit 1; }
zk_session() { printf '%s' "$4"; }
read -r zk_stat </proc/$$/stat; zk_stat=\${zk_stat##*) }
printf '%s\\n' "$zk_mark"
printf '%s %s\\n' "$zk_mark" "$(zk_session $zk_stat)" >&2
zk_locale=\${LC_ALL-} LC_ALL=C
zk_streamed=; if [ "$zk_bytes" = streamed ]; then zk_streamed=1 zk_bytes=0; fi
zk_in=$(head -c "$zk_bytes"; printf .)
[ \${#zk_in} -eq $((zk_bytes + 1)) ] || zk_fail cut
zk_in=\${zk_in%.}
for zk_name in $zk_names; do
  zk_value=\${zk_in%%"
"*}; zk_in=\${zk_in#*"
"}
  zk_value=$(printf '%b.' "$zk_value"); export "$zk_name=\${zk_value%.}"
done
if [ -n "$zk_locale" ]; then LC_ALL=$zk_locale; else unset LC_ALL; fi
command -v "$1" >/dev/null 2>&1 || zk_fail missing
if command -v timeout >/dev/null 2>&1; then set -- timeout -s KILL "$zk_limit" "$@"; fi
if [ -n "$zk_streamed" ]; then "$@"
elif [ -n "$zk_in" ]; then printf %s "$zk_in" | "$@"
else "$@" </dev/null; fi
`;

export type RemoteCommand = {
  readonly argv: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What comes on stdin goes to the program as it comes, not as a whole: it must see for itself that nothing is missing. */
  readonly streamed?: boolean;
};

/** `sudo -n` as the user that the inventory says; nothing for null. */
const sudoWords = (sudo: string | null): readonly string[] =>
  sudo === null ? [] : ["sudo", "-n", "-H", "-u", sudo, "--"];

/** One line of `printf %b`. */
const onOneLine = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

/** The command line, and all that must be sent to it, its end included. `mark`: a word that nothing else prints. */
export const wrapCommand = (
  command: RemoteCommand,
  mark: string,
  sudo: string | null,
): { readonly line: string; readonly input: string } => {
  const env = Object.entries(command.env ?? {});
  const input = env.map(([, value]) => `${onOneLine(value)}\n`).join("") + (command.stdin ?? "");
  const words = [
    ...sudoWords(sudo),
    "sh",
    "-c",
    WRAP,
    "zkshift",
    mark,
    String(Math.ceil(command.timeoutMs / 1000) + LIMIT_GRACE_S),
    command.streamed === true ? "streamed" : String(Buffer.byteLength(input)),
    env.map(([name]) => name).join(" "),
    ...command.argv,
  ];
  return { line: `exec ${words.map(quoted).join(" ")}`, input };
};

// Everything of the session but what has made itself one of its own: a server that was started has.
const KILL = `
for zk_dir in /proc/[0-9]*; do
  { read -r zk_stat <"$zk_dir/stat"; } 2>/dev/null || continue
  set -- "$1" \${zk_stat##*) }
  if [ "$5" = "$1" ]; then kill -KILL "\${zk_dir#/proc/}" 2>/dev/null; fi
done
:
`;

/** The command line that kills what runs in a session of the host. */
export const killCommand = (session: string, sudo: string | null): string =>
  `exec ${[...sudoWords(sudo), "sh", "-c", KILL, "zkshift", session].map(quoted).join(" ")}`;

/** What follows the mark's line in a stream, and the session that stands behind the mark; null while it was not seen. */
export const afterMark = (
  bytes: Buffer,
  mark: string,
): { readonly rest: Buffer; readonly session: string | null } | null => {
  const at = bytes.indexOf(mark);
  const end = at < 0 ? -1 : bytes.indexOf("\n", at);
  if (end < 0) return null;
  const behind = bytes
    .subarray(at + mark.length, end)
    .toString("latin1")
    .trim();
  return { rest: bytes.subarray(end + 1), session: behind === "" ? null : behind };
};
