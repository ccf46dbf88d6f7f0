// `server.N=` lines, in zoo.cfg or in a dynamic configuration (zookeeperReconfig, "Specifying the client port"), to
// members and back. Text in, data out; it reads no file and asks no server.
import type { Member, Membership, Role } from "./ensemble.ts";
import { serverId } from "./ids.ts";
import { entriesOf, parseZooCfg } from "./zoo-cfg.ts";

/** What the lines of a configuration say, and in words what they say that zkshift cannot hold. */
export type MembersRead = {
  /** Config version in hex without `0x`; null where the text has none. */
  readonly version: string | null;
  /** By id. */
  readonly members: readonly Member[];
  readonly problems: readonly string[];
};

/** Reads the `server.N` lines and the version of a zoo.cfg, a dynamic file or the data of `/zookeeper/config`. */
export const parseMembers = (text: string): MembersRead => {
  const entries = entriesOf(parseZooCfg(text));
  const members: Member[] = [];
  const problems: string[] = [];
  for (const [key, value] of entries) {
    const id = /^server\.(\d+)$/.exec(key)?.[1];
    if (id === undefined) continue;
    const read = parseMember(Number(id), value);
    if (typeof read === "string") {
      problems.push(`server.${id}: ${read}`);
      continue;
    }
    members.push(read.member);
    problems.push(...read.problems.map((problem) => `server.${id}: ${problem}`));
  }
  const version = entries.get("version");
  return {
    version: version === undefined || !/^[0-9a-fA-F]{1,16}$/.test(version) ? null : version.toLowerCase(),
    members: members.sort((a, b) => a.id - b.id),
    problems,
  };
};

/** A dynamic configuration as Membership; null when it names no member, as on a standalone server. */
export const dynamicMembership = (text: string): Membership | null => {
  const { version, members } = parseMembers(text);
  return members.length === 0 ? null : { source: "dynamic", version, members };
};

/** The `server.N` lines of a zoo.cfg as Membership; null when there are none. */
export const staticMembership = (text: string): Membership | null => {
  const { members } = parseMembers(text);
  return members.length === 0 ? null : { source: "static", version: null, members };
};

/** `server.N=…`, as a reconfig's joining list and a dynamic file have it; without `;…` where the member has no client port. */
export const formatMember = (member: Member): string => `server.${member.id}=${formatMemberValue(member)}`;

/** The part after `server.N=`. */
const formatMemberValue = (member: Member): string => {
  const server = `${bracketed(member.address)}:${member.quorumPort}:${member.electionPort}`;
  // A static observer is marked, a static participant is not: releases before 3.5 know no `:participant`.
  if (member.client === null) return member.role === "observer" ? `${server}:observer` : server;
  const { address, port } = member.client;
  return `${server}:${member.role};${address === null ? "" : `${bracketed(address)}:`}${port}`;
};

/** A dynamic file: one line a member, without a version, as a joiner starts from it. */
export const formatMembers = (members: readonly Member[]): string =>
  members.map((member) => `${formatMember(member)}\n`).join("");

const bracketed = (address: string): string => (address.includes(":") ? `[${address}]` : address);

/** Reads what stands behind `server.N=`; a sentence when it is not to be understood. */
const parseMember = (
  id: number,
  value: string,
): { readonly member: Member; readonly problems: readonly string[] } | string => {
  const [servers = "", client, ...more] = value.split(";").map((part) => part.trim());
  if (more.length > 0) return `more than one ";" in "${value}"`;
  const [first = "", ...others] = servers.split("|").map((part) => part.trim());
  const parts = splitAddress(first);
  const [address, quorum, election, role] = parts;
  if (address === undefined || address === "" || parts.length < 3 || parts.length > 4) {
    return `"${value}" is not host:port:port[:role]`;
  }
  const quorumPort = parsePort(quorum);
  const electionPort = parsePort(election);
  if (quorumPort === null || electionPort === null) return `"${value}" has no two ports between 1 and 65535`;
  const readRole = parseRole(role);
  if (readRole === null) return `"${role}" is neither participant nor observer`;
  const readClient = client === undefined || client === "" ? null : parseClient(client);
  if (readClient === "wrong") return `"${client}" is not [address:]port`;
  return {
    member: { id: serverId(id), role: readRole, address, quorumPort, electionPort, client: readClient },
    problems:
      others.length === 0
        ? []
        : [
            `has ${others.length + 1} addresses; only the first, ${first}, is looked at, the others are left as they are`,
          ],
  };
};

const parseClient = (text: string): Member["client"] | "wrong" => {
  const parts = splitAddress(text);
  const port = parsePort(parts.at(-1));
  if (port === null || parts.length > 2) return "wrong";
  return { address: parts.length === 2 ? (parts[0] ?? null) : null, port };
};

/** Splits at colons; an IPv6 address stands in brackets, which are taken off. */
const splitAddress = (text: string): readonly string[] => {
  const bracket = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracket === null) return text.split(":").map((part) => part.trim());
  const rest = bracket[2];
  return [bracket[1] ?? "", ...(rest === undefined ? [] : rest.split(":").map((part) => part.trim()))];
};

const parsePort = (text: string | undefined): number | null => {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return null;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : null;
};

/** Roles are read without regard to case (QuorumPeer, setType); none means participant. */
const parseRole = (text: string | undefined): Role | null => {
  const role = text?.toLowerCase() ?? "participant";
  return role === "participant" || role === "observer" ? role : null;
};
