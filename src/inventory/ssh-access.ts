// How the hosts of driver ssh are reached: defaults filled in, and jump hosts found among the other hosts.
import { resolve } from "node:path";
import type { SecretRef, SshAccess } from "../model/inventory.ts";
import type { Problem } from "./problem.ts";
import { type HostText, SshText } from "./schema.ts";

/** A secret's place; a relative file is in the folder of the inventory. */
export const secretIn = (directory: string, ref: SecretRef): SecretRef =>
  ref.from === "file" ? { from: "file", path: resolve(directory, ref.path) } : ref;

/** Longer chains are a mistake. */
const MOST_JUMPS = 3;

/** An IPv6 address without the brackets that part it from a port. */
const bare = (address: string): string => address.replace(/^\[(.*)\]$/, "$1");

/**
 * The access to one host; null when it is not among `hosts`, all that are sound. A jump host that is no name of theirs is
 * `[user@]host[:port]`, and is let in with the same key and known_hosts.
 */
export const sshAccess = (
  name: string,
  hosts: ReadonlyMap<string, HostText>,
  directory: string,
  problems: Problem[],
  through: readonly string[] = [],
): SshAccess | null => {
  const host = hosts.get(name);
  if (host === undefined) return null;
  const text = host.ssh ?? SshText.parse({});
  const at = (path: string | undefined): string | null => (path === undefined ? null : resolve(directory, path));
  const straight: SshAccess = {
    address: bare(text.address ?? host.address),
    port: text.port,
    user: host.user ?? null,
    key: at(text.key),
    passphrase: text.passphrase === undefined ? null : secretIn(directory, text.passphrase),
    agent: at(text.agent),
    knownHosts: at(text.knownHosts),
    sudo: text.sudo,
    jump: null,
  };
  const { jump } = text;
  if (jump === undefined) return straight;
  const chain = [...through, name];
  if (chain.includes(jump) || chain.length > MOST_JUMPS) {
    const way = [...chain, jump].join(", ");
    problems.push({
      path: ["hosts", chain[0] ?? name, "ssh", "jump"],
      text: `goes round in a circle, or over more than ${MOST_JUMPS} hosts: ${way}`,
    });
    return straight;
  }
  if (hosts.has(jump)) {
    const access = sshAccess(jump, hosts, directory, problems, chain);
    return { ...straight, jump: access === null ? null : { name: jump, access } };
  }
  const [, user, address = "", port] = /^(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(jump) ?? [];
  const access: SshAccess = {
    ...straight,
    address: bare(address),
    port: port === undefined ? 22 : Number(port),
    user: user ?? straight.user,
    sudo: null,
  };
  return { ...straight, jump: { name: jump, access } };
};
