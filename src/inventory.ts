// ensembles.yaml → Inventory. Says everything that is wrong with it at once, each thing with file, line and field; reads no
// secret and asks no host.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { OpsError } from "./errors.ts";
import { checkApprovers, checkServers, checkSharing } from "./inventory/checks.ts";
import { dockerAccess } from "./inventory/docker-access.ts";
import { type Problem, problemLine } from "./inventory/problem.ts";
import { EnsembleText, HostText, isName, keysAt, NAME_RULE, type PortsText } from "./inventory/schema.ts";
import { parseAt } from "./inventory/schema-problems.ts";
import { ensembleSpec, hostSpec } from "./inventory/specs.ts";
import { sshAccess } from "./inventory/ssh-access.ts";
import { readYaml } from "./inventory/yaml-text.ts";
import { didYouMean } from "./model/did-you-mean.ts";
import { ensembleName, hostName } from "./model/ids.ts";
import type { HostSpec, Inventory } from "./model/inventory.ts";

const unusable = (file: string, lines: readonly string[], cause?: unknown): OpsError =>
  new OpsError(
    "input",
    {
      what: `${file} cannot be used:\n${lines.join("\n")}`,
      next: `Correct ${file}; it is read again by itself.`,
    },
    cause === undefined ? {} : { cause },
  );

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The entries of a top-level section; a problem when it is not there or not a group. */
const section = (root: Readonly<Record<string, unknown>>, name: string, problems: Problem[]): [string, unknown][] => {
  const group = root[name];
  if (!isGroup(group) || Object.keys(group).length === 0) {
    const text = group === undefined ? "is missing" : group === null ? "is empty" : "must be a group of named entries";
    problems.push({ path: [name], text, atKey: true });
    return [];
  }
  return Object.entries(group).filter(([entry]) => {
    if (isName(entry)) return true;
    problems.push({ path: [name, entry], text: NAME_RULE, atKey: true });
    return false;
  });
};

const build = (value: unknown, directory: string, problems: Problem[]): Inventory => {
  const root = isGroup(value) ? value : {};
  if (!isGroup(value)) problems.push({ path: [], text: "must have the keys hosts and ensembles" });
  for (const key of Object.keys(root).filter((key) => !keysAt([]).includes(key))) {
    const meant = didYouMean(key, keysAt([]));
    problems.push({ path: [key], text: `unknown key${meant === null ? "" : `; did you mean ${meant}?`}`, atKey: true });
  }
  const hostEntries = isGroup(value) ? section(root, "hosts", problems) : [];
  const ensembleEntries = isGroup(value) ? section(root, "ensembles", problems) : [];

  const ensembles = new Map<string, EnsembleText>();
  const portsOf = new Map<string, PortsText>();
  for (const [name, entry] of ensembleEntries) {
    const text = parseAt(EnsembleText, entry, ["ensembles", name], problems);
    if (text === null) continue;
    ensembles.set(name, text);
    checkServers(
      name,
      text.servers,
      hostEntries.map(([host]) => host),
      problems,
    );
    checkApprovers(name, text.approvers, problems);
    for (const host of Object.values(text.servers)) if (!portsOf.has(host)) portsOf.set(host, text.ports);
  }
  const hostTexts = new Map<string, HostText>();
  for (const [name, entry] of hostEntries) {
    const text = parseAt(HostText, entry, ["hosts", name], problems);
    if (text !== null) hostTexts.set(name, text);
  }
  const hosts = new Map<string, HostSpec>();
  const written = new Map<string, ReadonlySet<string>>();
  for (const [name, text] of hostTexts) {
    const ensemblePorts = portsOf.get(name) ?? {};
    if (text.driver !== "ssh" && text.ssh !== undefined) {
      problems.push({ path: ["hosts", name, "ssh"], text: `is only for driver ssh, and this host has ${text.driver}` });
    }
    const ssh = text.driver === "ssh" ? sshAccess(name, hostTexts, directory, problems) : null;
    const docker = dockerAccess(name, text, directory, problems);
    hosts.set(name, hostSpec(name, text, ensemblePorts, { ssh, docker }, directory, problems));
    written.set(name, new Set([...Object.keys(text.ports), ...Object.keys(ensemblePorts)]));
  }
  checkSharing(ensembles, hosts, written, problems);
  return {
    hosts: new Map([...hosts].map(([name, spec]) => [hostName(name), spec])),
    ensembles: new Map([...ensembles].map(([name, text]) => [ensembleName(name), ensembleSpec(name, text, directory)])),
  };
};

/** Fields that are text whatever they look like: `settings: { jute.maxbuffer: 0x400000 }` keeps its digits. */
const isText = (path: readonly string[]): boolean =>
  path[0] === "ensembles" && path[2] === "settings" && path.length === 4;

/**
 * Reads the text of an inventory. `file` is the name errors use and, by its folder, what relative paths are relative to.
 * Throws `input` with all problems, one a line, `<file>:<line>: <field>: <what>`.
 */
export const parseInventory = (text: string, file: string): Inventory => {
  const yaml = readYaml(text, isText);
  const lines = (all: readonly { readonly line: number; readonly problem: Problem }[]): readonly string[] =>
    all.toSorted((a, b) => a.line - b.line).map(({ line, problem }) => problemLine(file, line, problem));
  if (yaml.errors.length > 0) throw unusable(file, lines(yaml.errors));
  const problems: Problem[] = [];
  const inventory = build(yaml.value, dirname(resolve(file)), problems);
  if (problems.length === 0) return inventory;
  throw unusable(file, lines(problems.map((problem) => ({ line: yaml.lineOf(problem.path, problem.atKey), problem }))));
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code ?? String(error)})`;
    throw unusable(path, [`${path}: ${why}; ENSEMBLES_FILE names it`], error);
  }
};

/** Reads an inventory from its file. Throws `input` as {@link parseInventory} does, also when there is no such file. */
export const loadInventory = (path: string): Inventory => parseInventory(readText(path), path);

export type InventorySource = {
  /** The inventory as the file has it now; the last good one while the file is broken. */
  current(): Inventory;
  /** What is wrong with the file as it is now; null when nothing is. */
  problem(): OpsError | null;
};

/**
 * An inventory that follows its file: each call reads it, so that edits take effect without a restart. The first reading
 * throws as {@link loadInventory} does; of each later broken edit `onBroken` hears once.
 */
export const followInventory = (path: string, onBroken: (problem: OpsError) => void): InventorySource => {
  let good = loadInventory(path);
  let lastText: string | null = null;
  let problem: OpsError | null = null;
  const look = (): void => {
    let text: string | null = null;
    try {
      text = readText(path);
      if (text === lastText) return;
      good = parseInventory(text, path);
      problem = null;
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      const isNew = problem?.message !== error.message;
      problem = error;
      if (isNew) onBroken(error);
    } finally {
      lastText = text;
    }
  };
  return {
    current: () => {
      look();
      return good;
    },
    problem: () => {
      look();
      return problem;
    },
  };
};
