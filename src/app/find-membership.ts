// Finds out who the members of an ensemble are. The ensemble's own word counts; the inventory only says where to begin, and
// may name servers that are long retired: what their files say of their successors is followed, for nothing else remembers.
import { OpsError } from "../errors.ts";
import { parseMembers, staticMembership } from "../model/dynamic-config.ts";
import type { Address, HostFacts, Member, MemberSeen, Membership, Role } from "../model/ensemble.ts";
import { type ServerId, serverId } from "../model/ids.ts";
import type { EnsembleSpec, Inventory, Placement } from "../model/inventory.ts";
import { placeOn } from "../model/placement.ts";
import type { Hosts, Session, ZooKeeper } from "../ports.ts";
import { adminOf, clientOf, placeMember } from "./place-member.ts";

export type FindDeps = { readonly zookeeper: ZooKeeper; readonly hosts: Hosts };

/** A server that was asked, member or not. */
export type Asked = { readonly placement: Placement; readonly client: Address; readonly seen: MemberSeen };

export type Found = { readonly membership: Membership; readonly asked: readonly Asked[] };

/** How often an ensemble may have moved on since a file was written: each round follows one move. */
const MOST_ROUNDS = 5;

/**
 * The membership, and every server that was asked on the way. Throws `transient` when no server tells it and no host can be
 * read. `session`: a connected session to ask by, else a short one is opened.
 */
export const findMembership = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  deps: FindDeps,
  session: Session | undefined,
): Promise<Found> => {
  const listed = [...ensemble.servers].flatMap(([id, name]) => {
    const host = inventory.hosts.get(name);
    return host === undefined ? [] : [placeOn(ensemble, id, host)];
  });
  let asked = await askAll(listed, ensemble, deps);
  for (let round = 0; ; round++) {
    const dynamic = await readDynamic(deps.zookeeper, asked.filter(isServing), round === 0 ? session : undefined);
    if (dynamic !== null && dynamic.members.length > 0) return { membership: dynamic, asked };
    const texts = await readTexts(asked, deps);
    const running = texts.find(({ one, text }) => isServing(one) && lists(text, one.placement.id));
    const stated = running === undefined ? null : staticMembership(running.text);
    if (stated !== null) return { membership: stated, asked };
    const more =
      round >= MOST_ROUNDS || asked.some(isServing) ? [] : await successors(inventory, ensemble, texts, asked, deps);
    if (more.length === 0) return { membership: statedBy(texts, listed, asked), asked };
    asked = [...asked, ...(await askAll(more, ensemble, deps))];
  }
};

const isServing = ({ seen }: Asked): boolean => seen.status === "serving";

const askAll = (placements: readonly Placement[], ensemble: EnsembleSpec, deps: FindDeps): Promise<readonly Asked[]> =>
  Promise.all(
    placements.map(async (placement) => {
      const client = clientOf(placement, null);
      return { placement, client, seen: await deps.zookeeper.see(client, adminOf(placement, ensemble, client)) };
    }),
  );

const readDynamic = async (
  zookeeper: ZooKeeper,
  servers: readonly Asked[],
  shared: Session | undefined,
): Promise<Membership | null> => {
  if (shared !== undefined && shared.state() === "connected") {
    try {
      return await shared.getMembership();
    } catch {
      // The shared session's server may be the one that is being restarted; a fresh session asks the others.
    }
  }
  if (servers.length === 0) return null;
  const session = await zookeeper.connect({
    servers: servers.map(({ client }) => client),
    timeoutMs: 5_000,
    sessionTimeoutMs: 6_000,
  });
  try {
    return await session.getMembership();
  } finally {
    await session.close();
  }
};

type Text = { readonly one: Asked; readonly text: string };

/** zoo.cfg with its dynamic file, of every host that can be read. */
const readTexts = async (asked: readonly Asked[], deps: FindDeps): Promise<readonly Text[]> => {
  const read = await Promise.all(
    asked.map(async (one): Promise<readonly Text[]> => {
      try {
        const facts: HostFacts = await deps.hosts.server(one.placement).facts();
        return [{ one, text: `${facts.configText ?? ""}\n${facts.dynamicText ?? ""}` }];
      } catch {
        return [];
      }
    }),
  );
  return read.flat();
};

const lists = (text: string, id: ServerId): boolean => parseMembers(text).members.some((member) => member.id === id);

/** Servers not asked yet that a retired server's files name, or that hosts nobody lists remember to have. */
const successors = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  texts: readonly Text[],
  asked: readonly Asked[],
  deps: FindDeps,
): Promise<readonly Placement[]> => {
  const isNew = ({ host }: Placement): boolean => !asked.some(({ placement }) => placement.host.name === host.name);
  const named = texts.flatMap(({ text }) =>
    parseMembers(text).members.flatMap((member) => placedOrNot(inventory, ensemble, member)),
  );
  const byName = new Map(named.filter(isNew).map((placement) => [placement.host.name, placement]));
  if (byName.size > 0) return [...byName.values()];
  const taken = new Set([...inventory.ensembles.values()].flatMap((other) => [...other.servers.values()]));
  const free = [...inventory.hosts.values()].filter(({ name }) => !taken.has(name));
  const remembered = await Promise.all(
    free.map(async (host) => {
      const claims = await deps.hosts.claims(host).catch(() => []);
      return claims
        .filter((claim) => claim.ensemble === ensemble.name && !claim.retired)
        .map((claim) => placeOn(ensemble, serverId(claim.id), host));
    }),
  );
  return remembered.flat().filter(isNew);
};

const placedOrNot = (inventory: Inventory, ensemble: EnsembleSpec, member: Member): readonly Placement[] => {
  try {
    return [placeMember(inventory, ensemble, member)];
  } catch {
    // A host that was taken out of the inventory since.
    return [];
  }
};

/** Where no server tells: what the files say; of a standalone server and of hosts that say nothing, the inventory's list. */
const statedBy = (texts: readonly Text[], listed: readonly Placement[], asked: readonly Asked[]): Membership => {
  for (const { text } of texts) {
    const stated = staticMembership(text);
    if (stated !== null) return stated;
  }
  const [only] = listed;
  const standalone = asked.some(({ seen }) => seen.status === "serving" && seen.mode === "standalone");
  if (only !== undefined && listed.length === 1 && (standalone || texts.length > 0)) {
    return { source: "static", version: null, members: [standaloneMember(only)] };
  }
  if (texts.length === 0) {
    throw new OpsError("transient", {
      what: `No server of ${only?.ensemble ?? "the ensemble"} answers, and none of its hosts can be read.`,
      next: "Check the addresses and ports in ensembles.yaml, and that the servers run.",
    });
  }
  return { source: "static", version: null, members: listed.map(standaloneMember) };
};

const standaloneMember = (placement: Placement): Member => ({
  id: placement.id,
  role: "participant" satisfies Role,
  address: placement.host.address,
  quorumPort: placement.host.ports.quorum,
  electionPort: placement.host.ports.election,
  client: null,
});
