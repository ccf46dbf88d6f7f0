// Who is connected, as real servers answered.
import { describe, expect, test } from "vitest";
import { joinConnections, parseConnections, parseCons } from "../../../src/zookeeper/connections.ts";

const ABOUT =
  "lop=EXIS,est=1795640731225,to=20000,lcxid=0x1,lzxid=0x1,lresp=1925535,llat=4,minlat=0,avglat=14,maxlat=25";

describe("cons", () => {
  test("tells address, session and time of each connection, and leaves out those without a session", () => {
    const answer = ` /127.0.0.1:38636[1](queued=0,recved=2,sent=2,sid=0x100001d60b40000,${ABOUT})
 /10.0.0.9:38646[0](queued=0,recved=1,sent=0)
 /10.0.0.9:5[1](queued=0,recved=2,sent=2,sid=0xfe00001d60b40001,lop=PING,to=20000)

`;
    expect(parseCons(answer)).toEqual([
      { address: "127.0.0.1:38636", session: "0x100001d60b40000", since: 1795640731225, timeoutMs: 20_000 },
      { address: "10.0.0.9:5", session: "0xfe00001d60b40001", since: null, timeoutMs: 20_000 },
    ]);
  });

  test.each([
    ["/[0:0:0:0:0:0:0:1]:46820", "[::1]:46820"],
    ["/0:0:0:0:0:0:0:1:46820", "[::1]:46820"],
    ["/[fe80:0:0:0:0:0:0:9%eth0]:5", "[fe80::9]:5"],
    ["localhost/127.0.0.1:5", "127.0.0.1:5"],
    ["web1.internal/[2001:db8:0:0:0:0:0:7]:5", "[2001:db8::7]:5"],
  ])("the address %s is written %s", (written, expected) => {
    expect(parseCons(` ${written}[1](queued=0,sid=0x1,${ABOUT})\n`)?.map(({ address }) => address)).toEqual([expected]);
  });

  test("nobody is connected, or it does not serve: that is not the same", () => {
    expect(parseCons("\n")).toEqual([]);
    expect(parseCons(" /10.0.0.9:38646[0](queued=0,recved=1,sent=0)\n\n")).toEqual([]);
    expect(parseCons("This ZooKeeper instance is not currently serving requests\n")).toBeNull();
  });
});

describe("the AdminServer's connections", () => {
  const connection = (more: string) => `{
    "remote_socket_address" : "127.0.0.1:42860",
    "interest_ops" : 1,
    "packets_sent" : 2,
    ${more}
    "min_latency" : 0
  }`;

  test("keep every digit of a session's id, and count those over TLS", () => {
    const answer = `{
  "connections" : [ ${connection('"session_id" : 72057720374493185, "established" : 1795640733617,')}, ${connection("")} ],
  "secure_connections" : [ ${connection('"session_id" : -143974291391250431,').replace("127.0.0.1", "[0:0:0:0:0:0:0:1]")} ],
  "command" : "connections",
  "error" : null
}`;
    expect(parseConnections(answer)).toEqual([
      { address: "127.0.0.1:42860", session: "0x100001d6a3f0001", since: 1795640733617 },
      { address: "[::1]:42860", session: "0xfe00802510d60001", since: null },
    ]);
  });

  test("are none, or not told", () => {
    expect(parseConnections('{"connections" : [ ], "secure_connections" : [ ], "error" : null}')).toEqual([]);
    expect(
      parseConnections(
        '{"command" : "connections", "error" : "This ZooKeeper instance is not currently serving requests"}',
      ),
    ).toBeNull();
  });
});

test("who is connected by TLS is told by the AdminServer alone, and nobody is counted twice", () => {
  const at = (address: string, session: string) => ({ address, session, since: null, timeoutMs: 10_000 });
  const [plain, tls] = [at("10.0.0.9:5", "0x1"), at("10.0.0.9:6", "0x2")];
  expect(joinConnections([plain], [plain, tls])).toEqual([plain, tls]);
  expect(joinConnections([plain], null)).toEqual([plain]);
  expect(joinConnections(null, [tls])).toEqual([tls]);
  expect(joinConnections(null, null)).toBeNull();
});
