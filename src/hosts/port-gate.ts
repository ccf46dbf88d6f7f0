// Closes a server's client ports to everybody but zkshift, by a table of nftables on the server's own host, and opens them again. The
// table's rules count only while an element of one of its sets lives, which the kernel takes away by itself: a worker that dies,
// or a host that nobody reaches any more, leaves nothing closed for longer than that. Quorum and election ports are in no rule.
import type { Address } from "../model/ensemble.ts";
import type { RunId } from "../model/ids.ts";
import type { Placement } from "../model/inventory.ts";
import type { FenceToken, PortGate, PortPlace } from "../ports.ts";
import { collides, parseKernelAddress } from "./addresses.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { LISTENERS, parseListeners } from "./listeners.ts";
import { linesOf } from "./machine.ts";
import { PROCESS } from "./process.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import { addressesOf, openFrom, plainAddress } from "./source-address.ts";
import type { Transport } from "./transport.ts";

/**
 * `zk_can_nft`: ends with a refusal where nft is missing or may not be run. `zk_nft …`: nft as root. A login often has no
 * /usr/sbin in its path.
 */
const NFT = `
PATH=$PATH:/usr/sbin:/sbin
zk_nft() { if [ "$(id -u)" = 0 ]; then nft "$@"; else sudo -n "$(command -v nft)" "$@"; fi; }
zk_can_nft() {
  command -v nft >/dev/null || no NFT_MISSING "the program nft (package nftables) is missing."
  zk_nft list tables >/dev/null 2>&1 || no NFT_NOT_ALLOWED "$(id -un) may not run $(command -v nft) as root by sudo without a password."
}
`;

// A server ends a connection that asks for no session after 10 s (zookeeper.nio.sessionlessCnxnTimeout), which is soon on a host that is
// very busy: so connections are looked at first, and one that has just ended counts too.
// `-c` has the kernel look at the table and throw it away: a kernel without what the rules need says so before anything changes.
const LOOK = `${PROCESS}${SECTIONS}${LISTENERS}${NFT}
boundary=$1 own=$2 conf=$3 data=$4
part connections; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 != "0A" { print $2, $3 }'
zk_can_nft
zk_said=$(zk_nft -c -f - 2>&1) || no NFT_UNABLE "nft cannot close ports here: $zk_said"
zk_locate "$own" "$conf" "$data"
part pid; printf '%s' "$zk_pid"
part listeners; zk_listeners
`;

// Tables of earlier runs of the ensemble close nothing any more once their element is gone; here they are cleared away.
const CLOSE = `${FENCE}${NFT}
own=$1 token=$2 table=$3 others=$4 id=$5
zk_can_nft
zk_fence "$own" "$token"
zk_nft list tables inet 2>/dev/null | while read -r zk_t zk_f zk_name; do
  case $zk_name in
    "$table") ;;
    "$others"-?????-"$id") zk_nft list set inet "$zk_name" alive 2>/dev/null | grep -q expires || zk_nft delete table inet "$zk_name" ;;
  esac
done
zk_said=$(zk_nft -f - 2>&1) || no NFT_FAILED "nft could not close the ports: $zk_said"
`;

// Without the lock: a long effect on this host may hold it, and the ports must not open meanwhile. Only what is closed already is
// kept closed, so a worker that was replaced can do no harm here; it is told all the same.
const RENEW = `${NFT}
own=$1 token=$2 table=$3
if [ -f "\${own%/*}/fence" ]; then
  read -r zk_newest <"\${own%/*}/fence"
  [ "$token" -ge "$zk_newest" ] || no FENCED "a newer worker has acted here (token $zk_newest, ours is $token)."
fi
zk_nft list set inet "$table" alive 2>/dev/null | grep -q expires || { echo open; exit 0; }
zk_said=$(zk_nft -f - 2>&1) || no NFT_FAILED "nft could not keep the ports closed: $zk_said"
echo closed
`;

const OPEN = `${FENCE}${NFT}
own=$1 token=$2 table=$3
zk_fence "$own" "$token"
command -v nft >/dev/null || exit 0
zk_set=$(zk_nft list set inet "$table" alive 2>/dev/null) || { echo open; exit 0; }
zk_nft delete table inet "$table" || no NFT_FAILED "nft could not open the ports."
case $zk_set in *expires*) echo closed ;; *) echo open ;; esac
`;

/** How long a try to connect may take. */
const TRY_S = 3;

// Whatever the host has that can open a connection and says why it could not.
const TRY = `
PATH=$PATH:/usr/sbin:/sbin
zk_limit=; command -v timeout >/dev/null && zk_limit='timeout ${TRY_S}'
while [ $# -gt 1 ]; do
  if command -v bash >/dev/null; then zk_said=$($zk_limit bash -c ': <>"/dev/tcp/$0/$1"' "$1" "$2" 2>&1)
  elif command -v python3 >/dev/null; then
    zk_said=$($zk_limit python3 -c 'import socket,sys; socket.create_connection((sys.argv[1],int(sys.argv[2])),${TRY_S})' "$1" "$2" 2>&1)
  elif command -v nc >/dev/null; then zk_said=$($zk_limit nc -w ${TRY_S} "$1" "$2" 2>&1 </dev/null)
  else zk_said=; false; fi
  if [ $? = 0 ]; then echo connected; else case $zk_said in *[Rr]efused*) echo refused ;; *) echo unknown ;; esac; fi
  shift 2
done
`;

const tableOf = (run: RunId, { id }: Placement): string => `zkshift-${run}-${id}`;

const elements = (list: readonly string[]): string => (list.length === 0 ? "" : ` elements = { ${list.join(", ")} };`);
const isV6 = (address: string): boolean => address.includes(":");

/** As a time-out of nft: whole seconds, so that a listing stays readable. */
const lifeOf = (ms: number): string => `${Math.max(1, Math.round(ms / 1000))}s`;

/**
 * The table, in nft's own language; loading it replaces the one there is in one go. A reset and no silence: who is connected
 * learns at once that it is cut off, and a client's next try after the opening is not held up by TCP's growing waits.
 */
export const gateTable = (
  name: string,
  { places, through, lifeMs }: { places: readonly PortPlace[]; through: readonly string[]; lifeMs: number },
): string => {
  const at = (v6: boolean): readonly string[] =>
    places.flatMap(({ address, port }) => (address !== null && isV6(address) === v6 ? [`${address} . ${port}`] : []));
  const anywhere = places.flatMap(({ address, port }) => (address === null ? [`${port}`] : []));
  return `add table inet ${name}
delete table inet ${name}
table inet ${name} {
  set through4 { type ipv4_addr;${elements(through.filter((one) => !isV6(one)))} }
  set through6 { type ipv6_addr;${elements(through.filter(isV6))} }
  set closed4 { type ipv4_addr . inet_service;${elements(at(false))} }
  set closed6 { type ipv6_addr . inet_service;${elements(at(true))} }
  set closed { type inet_service;${elements(anywhere)} }
  set alive { type inet_proto; flags timeout; elements = { tcp timeout ${lifeOf(lifeMs)} } }
  chain input {
    type filter hook input priority -10; policy accept;
    meta l4proto != @alive return
    ip saddr @through4 return
    ip6 saddr @through6 return
    ip daddr . tcp dport @closed4 reject with tcp reset
    ip6 daddr . tcp dport @closed6 reject with tcp reset
    tcp dport @closed reject with tcp reset
  }
}
`;
};

/** Gives the element its whole life again, and lets zkshift's addresses of now through: another worker may have taken over. */
const renewal = (name: string, through: readonly string[], lifeMs: number): string =>
  [
    `flush set inet ${name} alive`,
    `add element inet ${name} alive { tcp timeout ${lifeOf(lifeMs)} }`,
    ...through.map((one) => `add element inet ${name} through${isV6(one) ? 6 : 4} { ${one} }`),
    "",
  ].join("\n");

/**
 * Where a server's client ports are to be closed: at the addresses at which it listens, where that can be seen. Else everywhere, but for a
 * port at which somebody else listens: there only at the addresses that its clients are told, and never at somebody else's.
 */
export const placesOf = (
  ports: readonly number[],
  seen: {
    readonly pid: number | null;
    readonly listeners: readonly PortListener[];
    /** The addresses of the name that its clients are told. */
    readonly told: readonly string[];
    /** Something takes connections at its client port. */
    readonly answers: boolean;
  },
): readonly PortPlace[] => {
  const seesOwn = seen.pid !== null && seen.listeners.some(({ pid }) => pid === seen.pid);
  // Whose a listener is cannot be seen of another user's process, nor which process the server is in a container.
  const mayBeOwn = ({ pid }: PortListener): boolean => !seesOwn && (seen.pid === null ? seen.answers : pid === null);
  return ports.flatMap((port): readonly PortPlace[] => {
    const here = seen.listeners.filter((listener) => listener.port === port);
    const own = here.filter(({ pid }) => seesOwn && pid === seen.pid);
    if (own.length > 0) return own.map(({ address }) => ({ address, port }));
    // Who has a port at every address leaves it to nobody else.
    if (here.length === 0 || here.some((one) => mayBeOwn(one) && one.address === null))
      return [{ address: null, port }];
    const others = here.filter((one) => !mayBeOwn(one));
    return seen.told
      .map((address) => ({ address, port }))
      .filter((place) => !others.some((other) => collides(place, other)));
  });
};

type PortListener = PortPlace & { readonly pid: number | null };

const NAT =
  "its host does not see zkshift's connection to the client port as coming from the address it has: something translates addresses in between, or the server's network is not the host's own (a container).";

export const makePortGate = (transport: Transport, placement: Placement, layout: Layout): PortGate => {
  const run = async (text: string, args: readonly string[], stdin = ""): Promise<string> =>
    (await runScript(transport, { text, args, stdin, timeoutMs: 45_000 })).stdout;
  const effect = (text: string, fence: FenceToken, table: string, more: readonly string[], stdin?: string) =>
    run(text, [layout.own, String(fence), table, ...more], stdin);

  return {
    look: async ({ ports, client }) => {
      const boundary = makeBoundary();
      const trial = gateTable(`zkshift-look-${placement.id}`, { places: [], through: [], lifeMs: 1_000 });
      const from = await openFrom(client);
      try {
        const stdout = await run(LOOK, [boundary, layout.own, layout.config, layout.data], trial);
        const sections = parseSections(stdout, boundary);
        const pid = Number(sections.get("pid") ?? "") || null;
        const listeners = parseListeners(sections.get("listeners") ?? "");
        const seen = linesOf(sections.get("connections")).some((line) =>
          isConnection(line, client, from.port, from.through),
        );
        return {
          places: placesOf(ports, {
            pid,
            listeners,
            told: await addressesOf(client.host),
            answers: from.port !== null,
          }),
          through: from.through,
          isOwnMachine: from.isOwnMachine,
          problem: from.port === null || seen ? null : NAT,
        };
      } finally {
        from.close();
      }
    },
    close: async (asked, fence) => {
      const table = tableOf(asked.run, placement);
      const more = [`zkshift-${placement.ensemble}`, String(placement.id)];
      await effect(CLOSE, fence, table, more, gateTable(table, asked));
    },
    renew: async ({ run: of, through, lifeMs }, fence) => {
      const table = tableOf(of, placement);
      return (await effect(RENEW, fence, table, [], renewal(table, through, lifeMs))).trim() === "closed";
    },
    open: async (of, fence) => (await effect(OPEN, fence, tableOf(of, placement), [])).trim() === "closed",
    tryFrom: async (targets: readonly Address[]) => {
      const lines = linesOf(
        await run(
          TRY,
          targets.flatMap(({ host, port }) => [host, String(port)]),
        ),
      );
      return targets.map((_, i) => {
        const said = lines[i];
        return said === "connected" || said === "refused" ? said : "unknown";
      });
    },
  };
};

/** A line `ADDRESS:PORT ADDRESS:PORT` as the kernel writes it, of the host's end first. */
const isConnection = (line: string, { port }: Address, from: number | null, through: readonly string[]): boolean => {
  const found = /^([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4})$/.exec(line);
  if (found === null || from === null) return false;
  const [, , own = "", address = "", far = ""] = found;
  const remote = parseKernelAddress(address);
  return (
    Number.parseInt(own, 16) === port &&
    Number.parseInt(far, 16) === from &&
    remote !== null &&
    through.includes(plainAddress(remote))
  );
};
