import { describe, expect, it } from "vitest";
import { OpsError } from "../../../src/errors.ts";
import { serverId } from "../../../src/model/ids.ts";
import type { Session, Stat } from "../../../src/ports.ts";
import { compareTrees } from "../../../src/steps/compare-trees.ts";

type Node = { readonly czxid: bigint; readonly mzxid: bigint; readonly data: string; readonly acl?: string };
type Tree = Map<string, Node>;

const noNode = (): OpsError =>
  new OpsError("step-failed", { what: "There is no such znode.", next: "Nothing." }, { code: "NO_NODE" });

/** A session that reads from a map. `before` runs before each read, as another client's write would come in between. */
const sessionOver = (tree: Tree, before: (path: string) => void = () => {}): Session => {
  const find = (path: string): Node => {
    before(path);
    const node = tree.get(path);
    if (node === undefined) throw noNode();
    return node;
  };
  const childrenOf = (path: string): number => {
    const above = path === "/" ? "/" : `${path}/`;
    return [...tree.keys()].filter((one) => one !== "/" && one.startsWith(above)).length;
  };
  const statOf = (path: string, { czxid, mzxid, data }: Node): Stat => ({
    czxid,
    mzxid,
    version: Number(mzxid - czxid),
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: data.length,
    numChildren: childrenOf(path),
    pzxid: czxid,
  });
  const notAsked = async (): Promise<never> => {
    throw new Error("a comparison only reads");
  };
  return {
    id: () => "0x1",
    state: () => "connected",
    onState: () => {},
    create: notAsked,
    setData: notAsked,
    remove: notAsked,
    reconfig: notAsked,
    getAclEntries: notAsked,
    setAcl: notAsked,
    getMembership: notAsked,
    getData: async (path) => {
      const node = find(path);
      return { data: Buffer.from(node.data), stat: statOf(path, node) };
    },
    exists: async (path) => {
      const node = tree.get(path);
      return node === undefined ? null : statOf(path, node);
    },
    getAcl: async (path) => {
      const node = tree.get(path);
      if (node === undefined) throw noNode();
      return [node.acl ?? "cdrwa:world:anyone"];
    },
    getChildren: async (path) => {
      const start = path === "/" ? "/" : `${path}/`;
      return [...tree.keys()].flatMap((key) => {
        const rest = key.startsWith(start) ? key.slice(start.length) : "";
        return rest === "" || rest.includes("/") ? [] : [rest];
      });
    },
    sync: async () => {},
    close: async () => {},
  };
};

const plain = (): Tree =>
  new Map([
    ["/", { czxid: 0n, mzxid: 0n, data: "" }],
    ["/a", { czxid: 1n, mzxid: 4n, data: "x" }],
    ["/a/b", { czxid: 2n, mzxid: 2n, data: "y" }],
    ["/zookeeper", { czxid: 0n, mzxid: 0n, data: "own" }],
  ]);

const compare = (...sessions: readonly Session[]) =>
  compareTrees(
    sessions.map((session, i) => ({ id: serverId(i + 1), session })),
    { ignore: (path) => path === "/canary", signal: new AbortController().signal },
  );

describe("a comparison of trees", () => {
  it("calls equal trees the same, whatever is in /zookeeper and the ignored paths", async () => {
    const other = plain()
      .set("/zookeeper", { czxid: 0n, mzxid: 9n, data: "other" })
      .set("/canary", { czxid: 8n, mzxid: 8n, data: "" });
    const same = await compare(sessionOver(plain()), sessionOver(other), sessionOver(plain()));
    expect(same).toMatchObject({ kind: "same", znodes: 3 });
    expect(await compare(sessionOver(other))).toEqual(same);
  });

  it("sums up other data to another digest", async () => {
    const changed = plain().set("/a", { czxid: 1n, mzxid: 4n, data: "z" });
    const [before, after] = [await compare(sessionOver(plain())), await compare(sessionOver(changed))];
    expect(before.kind === "same" && after.kind === "same" && before.digest !== after.digest).toBe(true);
  });

  it.each<[string, Tree, string, RegExp]>([
    [
      "lacks a znode",
      new Map([...plain()].filter(([path]) => path !== "/a/b")),
      "/a/b",
      /holds it, but server\.\d does not/,
    ],
    ["has a znode too many", plain().set("/more", { czxid: 7n, mzxid: 7n, data: "" }), "/more", /server\.2 holds it/],
    [
      "is behind",
      plain().set("/a", { czxid: 1n, mzxid: 3n, data: "w" }),
      "/a",
      /server\.2 holds it as of zxid 0x3, server\.1 as of 0x4/,
    ],
    [
      "has other data at the same zxid",
      plain().set("/a", { czxid: 1n, mzxid: 4n, data: "!" }),
      "/a",
      /server\.2 holds other data than server\.1/,
    ],
    [
      "has another ACL",
      plain().set("/a", { czxid: 1n, mzxid: 4n, data: "x", acl: "r:world:anyone" }),
      "/a",
      /server\.2 holds another ACL/,
    ],
  ])("finds a server that %s, and says where", async (_, wrong, path, why) => {
    const found = await compare(sessionOver(plain()), sessionOver(wrong), sessionOver(plain()));
    expect(found).toMatchObject({ kind: "different", path });
    expect(found.kind === "different" && found.why).toMatch(why);
  });

  it("finds a server that is ahead of the first, which cannot be after a sync", async () => {
    const ahead = plain().set("/a", { czxid: 1n, mzxid: 6n, data: "new" });
    expect(await compare(sessionOver(plain()), sessionOver(ahead))).toMatchObject({
      kind: "different",
      why: "server.1 holds it as of zxid 0x4, server.2 as of 0x6",
    });
  });

  it("does not take a client that writes all the time for a difference", async () => {
    const shared = plain();
    let now = 10n;
    const write = (): void => {
      // Every read brings a new znode to read: without an end of the writing the walk would have none.
      if (now === 200n) return;
      now++;
      shared.set("/a", { czxid: 1n, mzxid: now, data: `at ${now}` });
      if (now % 3n === 0n) shared.delete("/a/b");
      else if (!shared.has("/a/b")) shared.set("/a/b", { czxid: now, mzxid: now, data: "again" });
      shared.set(`/a/write-${now}`, { czxid: now, mzxid: now, data: "" });
    };
    const sessions = [1, 2, 3].map(() => sessionOver(shared, write));
    expect((await compare(...sessions)).kind).toBe("same");
    expect(now).toBeGreaterThan(100n);
  });

  it("still finds a lost znode while a client writes all the time", async () => {
    const shared = plain();
    let now = 10n;
    const write = (): void => {
      now++;
      shared.set("/a", { czxid: 1n, mzxid: now, data: `at ${now}` });
    };
    const lost: Tree = new Proxy(shared, {
      get: (target, key) => {
        if (key === "get") return (path: string) => (path === "/a/b" ? undefined : target.get(path));
        if (key === "keys") return () => [...target.keys()].filter((path) => path !== "/a/b").values();
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const found = await compare(sessionOver(shared, write), sessionOver(lost, write), sessionOver(shared, write));
    expect(found).toMatchObject({ kind: "different", path: "/a/b" });
  });
});
