// Where an ensemble is not as ensembles.yaml and it itself say, or its servers are not alike. Pure; judges nothing that
// may differ from host to host, such as paths, ports and a host's own key store.
import type { Drift, FoundValue } from "../model/drift-report.ts";
import { formatMember, parseMembers } from "../model/dynamic-config.ts";
import type { HostFacts, Member, Observation, ServerSeen } from "../model/ensemble.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import { wantedFlagsIn } from "../model/java-env.ts";
import { namesSecret } from "../model/secret-keys.ts";
import { entriesOf, parseZooCfg } from "../model/zoo-cfg.ts";
import { isNotOurs } from "./config-changes.ts";

/** A server whose host was read. */
type Read = { readonly server: ServerSeen; readonly facts: HostFacts; readonly settings: ReadonlyMap<string, string> };

/** Keys of zoo.cfg that say where a server is or what its own host has: they may differ. */
const ownToAHost = (key: string): boolean =>
  (isNotOurs(key) && !/^(group|weight)\.\d+$/.test(key)) ||
  /^(admin\.server(Port|Address)|metricsProvider\.https?(Port|Host)|observerMasterPort)$/.test(key) ||
  /^ssl\.(quorum\.)?keyStore\./.test(key);

/** Every difference, those against ensembles.yaml first; within a kind by name. */
export const driftsOf = (
  seen: Observation,
  ensemble: EnsembleSpec,
  /** What servers that tell it say of their own configuration (`conf`), by id. */
  running: ReadonlyMap<number, ReadonlyMap<string, string>> = new Map(),
): readonly Drift[] => {
  const reads = seen.servers.flatMap((server): readonly Read[] =>
    server.onHost === null || "unreadable" in server.onHost || server.onHost.configText === null
      ? []
      : [{ server, facts: server.onHost, settings: entriesOf(parseZooCfg(server.onHost.configText)) }],
  );
  return [
    ...settingDrifts(reads, ensemble.settings),
    ...jvmDrift(reads, ensemble.jvm),
    ...unlikeDrifts(reads, ensemble.settings),
    ...releaseDrift(seen),
    ...runningDrifts(reads, running),
    ...reads.flatMap(flagDrift),
    ...reads.flatMap(nextStartDrift),
    ...memberDrifts(seen, reads),
    ...reads.flatMap(myidDrift),
  ];
};

const HIDDEN = "(not shown)";
const shown = (key: string, value: string | null): string | null =>
  value !== null && namesSecret(key) ? HIDDEN : value;

/** Servers by the value they have, the value of the lowest id first. */
const grouped = (key: string, pairs: readonly (readonly [number, string | null])[]): readonly FoundValue[] => {
  const groups = new Map<string | null, number[]>();
  for (const [id, value] of pairs) groups.set(value, [...(groups.get(value) ?? []), id]);
  return [...groups].map(([value, servers]) => ({ value: shown(key, value), servers }));
};

const settingDrifts = (reads: readonly Read[], wanted: EnsembleSpec["settings"]): readonly Drift[] =>
  Object.entries(wanted)
    .map(([key, value]) => [key, value.trim()] as const)
    .filter(([key]) => !isNotOurs(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]): readonly Drift[] => {
      const others = reads.flatMap(({ server, settings }) => {
        const has = settings.get(key) ?? null;
        return has === value ? [] : [[Number(server.id), has] as const];
      });
      return others.length === 0
        ? []
        : [{ about: "setting", name: key, wanted: shown(key, value), found: grouped(key, others) }];
    });

const jvmDrift = (reads: readonly Read[], wanted: readonly string[]): readonly Drift[] => {
  const asText = (flags: readonly string[]): string | null => (flags.length === 0 ? null : flags.join(" "));
  const others = reads.flatMap(({ server, facts }) => {
    const has = asText(wantedFlagsIn(facts.javaEnvText));
    return has === asText(wanted) ? [] : [[Number(server.id), has] as const];
  });
  return others.length === 0
    ? []
    : [{ about: "jvm", name: "java.env", wanted: asText(wanted), found: grouped("java.env", others) }];
};

const unlikeDrifts = (reads: readonly Read[], wanted: EnsembleSpec["settings"]): readonly Drift[] => {
  const keys = new Set(reads.flatMap(({ settings }) => [...settings.keys()]));
  return [...keys]
    .filter((key) => wanted[key] === undefined && !ownToAHost(key))
    .toSorted()
    .flatMap((key): readonly Drift[] => {
      const found = grouped(
        key,
        reads.map(({ server, settings }) => [Number(server.id), settings.get(key) ?? null] as const),
      );
      return found.length < 2 ? [] : [{ about: "unlike", name: key, wanted: null, found }];
    });
};

const releaseDrift = (seen: Observation): readonly Drift[] => {
  const pairs = seen.servers.flatMap((server) =>
    server.seen.status === "serving" ? [[Number(server.id), server.seen.release as string] as const] : [],
  );
  const found = grouped("release", pairs);
  return found.length < 2 ? [] : [{ about: "release", name: "release", wanted: null, found }];
};

/** Lines that `conf` tells as zoo.cfg has them (zookeeperAdmin, The Four Letter Words: conf); others it leaves out or changes. */
const TOLD = ["tickTime", "initLimit", "syncLimit", "maxClientCnxns", "minSessionTimeout", "maxSessionTimeout"];

/** zoo.cfg was written since the server's start. */
const runningDrifts = (
  reads: readonly Read[],
  running: ReadonlyMap<number, ReadonlyMap<string, string>>,
): readonly Drift[] =>
  TOLD.flatMap((key) =>
    reads.flatMap(({ server, settings }): readonly Drift[] => {
      const wanted = settings.get(key) ?? null;
      const value = running.get(Number(server.id))?.get(key) ?? null;
      if (wanted === null || value === null || wanted === value) return [];
      return [{ about: "running", name: key, wanted, found: [{ value, servers: [Number(server.id)] }] }];
    }),
  );

/** Its files give JVM flags that its process was not started with. */
const flagDrift = ({ server, facts }: Read): readonly Drift[] => {
  const waiting = facts.process?.awaitingStart ?? [];
  if (waiting.length === 0) return [];
  const found = [{ value: null, servers: [Number(server.id)] }];
  return [{ about: "running", name: "JVM flags", wanted: waiting.join(" "), found }];
};

/** The process runs from one distribution, and the link that the next start follows leads to another. */
const nextStartDrift = ({ server, facts }: Read): readonly Drift[] => {
  const home = facts.process?.home ?? null;
  if (home === null || facts.current === null || home === facts.current) return [];
  const found = [{ value: facts.current, servers: [Number(server.id)] }];
  return [{ about: "next-start", name: "distribution of the next start", wanted: home, found }];
};

const isAlone = ({ seen }: ServerSeen): boolean => seen.status === "serving" && seen.mode === "standalone";

/** A member as far as two texts about it can be compared: a static line names no client port. */
const memberText = (member: Member, withClient: boolean): string =>
  withClient && member.client !== null
    ? formatMember({ ...member, client: { address: null, port: member.client.port } })
    : `${formatMember({ ...member, client: null }).replace(/:observer$/, "")}:${member.role}`;

const memberDrifts = (seen: Observation, reads: readonly Read[]): readonly Drift[] => {
  const members = new Map(seen.membership.members.map((member) => [Number(member.id), member]));
  const differing = reads.flatMap(({ server, facts }) => {
    if (isAlone(server)) return [];
    const text = facts.dynamicText ?? facts.configText ?? "";
    const listed = new Map(parseMembers(text).members.map((member) => [Number(member.id), member]));
    const ids = [...new Set([...members.keys(), ...listed.keys()])].toSorted((a, b) => a - b);
    return ids.flatMap((id) => {
      const [wanted, has] = [members.get(id), listed.get(id)];
      const both = (wanted?.client ?? null) !== null && (has?.client ?? null) !== null;
      const want = wanted === undefined ? null : memberText(wanted, both);
      const have = has === undefined ? null : memberText(has, both);
      return want === have ? [] : [{ id, want, have, server: Number(server.id) }];
    });
  });
  const names = [...new Set(differing.map(({ id, want }) => `${id} ${want}`))];
  return names.flatMap((name): readonly Drift[] => {
    const of = differing.filter(({ id, want }) => `${id} ${want}` === name);
    const [first] = of;
    if (first === undefined) return [];
    const found = grouped(
      "member",
      of.map(({ server, have }) => [server, have] as const),
    );
    return [{ about: "members", name: `server.${first.id}`, wanted: first.want, found }];
  });
};

const myidDrift = ({ server, facts }: Read): readonly Drift[] => {
  if (isAlone(server)) return [];
  const has = facts.myid?.trim() ?? null;
  if (has !== null && Number(has) === Number(server.id)) return [];
  const found = [{ value: has, servers: [Number(server.id)] }];
  return [{ about: "myid", name: "myid", wanted: String(server.id), found }];
};
