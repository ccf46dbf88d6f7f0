// How an ensemble is found that has moved on since the inventory was written: by what its old servers' files say, again and
// again, then by what hosts remember.
import { describe, expect, it } from "vitest";
import { findMembership } from "../../../src/app/find-membership.ts";
import { parseInventory } from "../../../src/inventory.ts";
import { formatMembers } from "../../../src/model/dynamic-config.ts";
import type { Claim, HostFacts } from "../../../src/model/ensemble.ts";
import { ensembleName } from "../../../src/model/ids.ts";
import type { Hosts, ServerControl, Session, ZooKeeper } from "../../../src/ports.ts";
import { sampleFacts, sampleMember, sampleObservation } from "../../support/sample-ensemble.ts";

const ids = [1, 2, 3, 4, 5, 6, 7];
const inventory = parseInventory(
  [
    "hosts:",
    ...ids.map((id) => `  zk${id}: { driver: ssh, address: 10.0.0.${id}, root: /opt/zookeeper }`),
    "ensembles:",
    "  orders:",
    "    servers: { 1: zk1, 2: zk2 }",
    '    channel: "#zookeeper"',
    "    approvers: { users: [U1] }",
  ].join("\n"),
  "ensembles.yaml",
);
const ensemble = inventory.ensembles.get(ensembleName("orders"));
if (ensemble === undefined) throw new Error("no orders");

/** A world in which `up` serve, each host's files list `files`, and hosts remember `claims`. */
const world = (given: {
  readonly up: readonly number[];
  readonly files?: Readonly<Record<number, readonly number[]>>;
  readonly claims?: Readonly<Record<number, readonly Claim[]>>;
  /** True: no server tells its configuration (3.4). */
  readonly isStatic?: boolean;
}): { readonly zookeeper: ZooKeeper; readonly hosts: Hosts } => {
  const members = (some: readonly number[]) =>
    some.map((id) => sampleMember(id, given.isStatic ? { client: null } : {}));
  const idOf = (address: string): number => Number(address.split(".").at(-1));
  const serving = sampleObservation().servers[0]?.seen;
  if (serving === undefined) throw new Error("no sample");
  const session = {
    getMembership: async () =>
      given.isStatic ? null : { source: "dynamic", version: "500000000", members: members(given.up) },
    close: async () => {},
  } as unknown as Session;
  const zookeeper = {
    see: async ({ host }: { host: string }) =>
      given.up.includes(idOf(host)) ? serving : { status: "not-serving", reason: "refused" },
    connect: async () => session,
  } as unknown as ZooKeeper;
  const factsOf = (id: number): HostFacts =>
    sampleFacts(id, { configText: "tickTime=2000\n", dynamicText: formatMembers(members(given.files?.[id] ?? [])) });
  const hosts = {
    server: ({ host }: { host: { address: string } }) =>
      ({ facts: async () => factsOf(idOf(host.address)) }) as unknown as ServerControl,
    claims: async ({ address }: { address: string }) => given.claims?.[idOf(address)] ?? [],
  } as unknown as Hosts;
  return { zookeeper, hosts };
};

const found = async (given: Parameters<typeof world>[0]) => {
  const { membership, asked } = await findMembership(inventory, ensemble, world(given), undefined);
  return {
    source: membership.source,
    ids: membership.members.map(({ id }) => Number(id)),
    asked: asked.map(({ placement }) => String(placement.host.name)),
  };
};

describe("who the members of an ensemble are", () => {
  it("is what a listed server says that serves", async () => {
    expect(await found({ up: [2, 4] })).toEqual({ source: "dynamic", ids: [2, 4], asked: ["zk1", "zk2"] });
  });

  it("is found by the files of retired servers, also where the ensemble has moved twice since", async () => {
    const files = { 1: [3, 4], 2: [2, 3, 4], 3: [5, 6], 4: [4, 5, 6] };
    expect(await found({ up: [5, 6], files })).toEqual({
      source: "dynamic",
      ids: [5, 6],
      asked: ["zk1", "zk2", "zk3", "zk4", "zk5", "zk6"],
    });
  });

  it("is found by what hosts remember, where no file leads on; a retired server's memory leads nowhere", async () => {
    const claims = {
      5: [{ ensemble: "orders", id: 5, retired: true }],
      6: [{ ensemble: "orders", id: 6, retired: false }],
      7: [{ ensemble: "kafka", id: 7, retired: false }],
    };
    expect((await found({ up: [6], claims })).ids).toEqual([6]);
    expect((await found({ up: [6], claims })).asked).toEqual(["zk1", "zk2", "zk6"]);
  });

  it("is what a serving server's own list says before 3.5, not what a retired one's says", async () => {
    const files = { 1: [2, 3], 2: [3, 4], 3: [3, 4], 4: [3, 4] };
    expect(await found({ up: [3, 4], files, isStatic: true })).toMatchObject({ source: "static", ids: [3, 4] });
  });

  it("is what the files say while nobody serves, so that a status can name who is missing", async () => {
    expect((await found({ up: [], files: { 1: [1, 2], 2: [1, 2] } })).ids).toEqual([1, 2]);
  });
});
