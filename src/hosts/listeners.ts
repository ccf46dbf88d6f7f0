// Who listens on a host, from /proc alone: sockets from /proc/net/tcp and tcp6, their processes from /proc/<pid>/fd.
import { collides, type Listener, parseKernelAddress, type WantedPort } from "./addresses.ts";

/**
 * `zk_listeners`: one line a listening socket: `ADDRESS:PORT PID USER NAME` with address and port in hex as the kernel writes them;
 * pid `-` when the process cannot be seen (another user's).
 */
export const LISTENERS = `
zk_listeners() {
  { ls -l /proc/[0-9]*/fd 2>/dev/null; echo sockets; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; } | awk '
    /^\\/proc\\// { split($1, part, "/"); pid = part[3]; next }
    /^sockets$/ { table = 1; next }
    !table { if (match($0, /socket:\\[[0-9]+\\]/)) { i = substr($0, RSTART + 8, RLENGTH - 9); if (!(i in owner)) owner[i] = pid }; next }
    $4 == "0A" { print $2, ($10 in owner) ? owner[$10] : "-" }' |
  while read -r where p; do
    who=- name=-
    if [ "$p" != - ]; then
      { read -r name <"/proc/$p/comm"; } 2>/dev/null || name=-
      who=$(stat -c %U "/proc/$p" 2>/dev/null) || who=-
    fi
    printf '%s %s %s %s\\n' "$where" "$p" "$who" "$name"
  done
}
`;

/** Reads what `zk_listeners` printed. */
export const parseListeners = (text: string): readonly Listener[] =>
  text.split("\n").flatMap((line): Listener[] => {
    const found = /^([0-9A-F]+):([0-9A-F]{4}) (\d+|-) (\S+) (.*)$/.exec(line);
    if (found === null) return [];
    const [, address = "", port = "", pid = "-", user = "-", name = "-"] = found;
    return [
      {
        address: parseKernelAddress(address),
        port: Number.parseInt(port, 16),
        pid: pid === "-" ? null : Number(pid),
        user,
        name,
      },
    ];
  });

/** `pid 4211 (java, user tomcat)` */
export const describeListener = (listener: Listener): string =>
  listener.pid === null
    ? "a process of another user that zkshift may not look at"
    : `pid ${listener.pid} (${listener.name}, user ${listener.user})`;

/** Which of the ports a server wants are taken, in words. */
export const portProblems = (wanted: readonly WantedPort[], listeners: readonly Listener[]): readonly string[] =>
  wanted.flatMap((port) => {
    if (port.port === 0) return [];
    const holder = listeners.find((listener) => collides(port, listener));
    return holder === undefined ? [] : [`its ${port.what} port ${port.port} is taken by ${describeListener(holder)}.`];
  });
