// The text of known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), and what it says of a host's key. Pure: reads no file.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export type KnownHost = {
  readonly marker: "revoked" | "cert-authority" | null;
  /** As written: patterns parted by commas, or one hashed name. */
  readonly hosts: string;
  /** Such as `ssh-ed25519`. */
  readonly keyType: string;
  /** The key as it goes over the wire. */
  readonly key: Buffer;
  /** Where it stands, `<file>:<line>`. */
  readonly at: string;
};

/** What the files say of the key that a host shows. */
export type Verdict =
  | { readonly kind: "known" }
  | { readonly kind: "unknown" }
  | { readonly kind: "changed"; readonly known: readonly KnownHost[] }
  | { readonly kind: "revoked"; readonly by: KnownHost }
  /** Only a certificate authority is named for the host, and certificates are not read here. */
  | { readonly kind: "only-by-authority"; readonly by: KnownHost };

/** The type a key names itself by, such as `ssh-ed25519`; empty when it is no key. */
export const keyTypeOf = (key: Buffer): string =>
  key.length < 4 ? "" : key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");

/** Reads a file's text; lines that are no entry are passed over, as ssh does. `file`: its name for texts. */
export const parseKnownHosts = (text: string, file: string): readonly KnownHost[] => {
  const entries: KnownHost[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim().split(/[ \t]+/);
    const first = words[0] ?? "";
    if (first === "" || first.startsWith("#")) continue;
    const marked = first.startsWith("@");
    if (marked && first !== "@revoked" && first !== "@cert-authority") continue;
    const [hosts, keyType, encoded] = marked ? words.slice(1) : words;
    if (hosts === undefined || keyType === undefined || encoded === undefined) continue;
    const key = Buffer.from(encoded, "base64");
    // The key repeats its type: a line of ssh-1, or a torn one, does not.
    if (keyTypeOf(key) !== keyType) continue;
    entries.push({
      marker: first === "@revoked" ? "revoked" : first === "@cert-authority" ? "cert-authority" : null,
      hosts,
      keyType,
      key,
      at: `${file}:${index + 1}`,
    });
  }
  return entries;
};

/** `host` for port 22, else `[host]:port`. */
export const nameInKnownHosts = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

const isHashOf = (hashed: string, name: string): boolean => {
  const [, salt = "", hash = ""] = /^\|1\|([^|]+)\|([^|]+)$/.exec(hashed) ?? [];
  const wanted = Buffer.from(hash, "base64");
  const got = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return wanted.length === got.length && timingSafeEqual(wanted, got);
};

const asExpression = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.replace(/[.*+?^${}()|[\]\\]/g, (sign) => (sign === "*" ? ".*" : sign === "?" ? "." : `\\${sign}`))}$`,
    "i",
  );

/** True when the entry speaks of that name; a `!pattern` that fits takes the whole entry out. */
const speaksOf = ({ hosts }: KnownHost, name: string): boolean => {
  if (hosts.startsWith("|")) return isHashOf(hosts, name);
  const patterns = hosts.split(",");
  const fits = (pattern: string): boolean => asExpression(pattern).test(name);
  if (patterns.some((pattern) => pattern.startsWith("!") && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && fits(pattern));
};

/** The entries for a host; those without its port count where none names it, as for ssh. */
export const entriesFor = (all: readonly KnownHost[], host: string, port: number): readonly KnownHost[] => {
  const named = all.filter((entry) => speaksOf(entry, nameInKnownHosts(host, port)));
  if (port === 22 || named.some(({ marker }) => marker === null)) return named;
  return [...named, ...all.filter((entry) => !named.includes(entry) && speaksOf(entry, host.toLowerCase()))];
};

/** Judges a key by a host's entries. A revoked key is refused whatever else is written. */
export const judgeKey = (entries: readonly KnownHost[], key: Buffer): Verdict => {
  const revoked = entries.find((entry) => entry.marker === "revoked" && entry.key.equals(key));
  if (revoked !== undefined) return { kind: "revoked", by: revoked };
  const plain = entries.filter(({ marker }) => marker === null);
  if (plain.some((entry) => entry.key.equals(key))) return { kind: "known" };
  if (plain.length > 0) return { kind: "changed", known: plain };
  const authority = entries.find(({ marker }) => marker === "cert-authority");
  return authority === undefined ? { kind: "unknown" } : { kind: "only-by-authority", by: authority };
};

/** As `ssh-keygen -l` shows it. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** Signature algorithms by key type. RSA only with SHA-2: SHA-1 signatures can be forged. */
const ALGORITHMS = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
} as const;
export type HostKeyAlgorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS][number];

/**
 * What to let the host choose from: of a host with several keys only those that are known, or it might show another and look
 * changed. Where none is known, all, so that the refusal can show a fingerprint. Best first.
 */
export const algorithmsFor = (entries: readonly KnownHost[]): readonly HostKeyAlgorithm[] => {
  const known = new Set(entries.filter(({ marker }) => marker === null).map(({ keyType }) => keyType));
  const of = Object.entries(ALGORITHMS).filter(([type]) => known.has(type));
  return (of.length > 0 ? of : Object.entries(ALGORITHMS)).flatMap(([, names]) => [...names]);
};
