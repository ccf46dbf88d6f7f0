// Downloads packages of one Debian suite without being root and without touching the system: an apt root of its own,
// whose index is checked against the signatures the machine already trusts. Nothing is installed.
import { access, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand, tryCommand } from "../run-command.ts";

/**
 * Unpacks `packages` of a Debian suite into the directory `into`, working in `workspace`.
 * Throws when this machine has no apt, knows no Debian mirror, or the mirror lacks the suite.
 */
export const unpackDebianPackages = async (
  suite: string,
  packages: readonly string[],
  workspace: string,
  into: string,
): Promise<void> => {
  const root = join(workspace, `apt-${suite}`);
  const debs = join(root, "debs");
  for (const folder of [debs, join(root, "lists/partial"), join(root, "cache/archives/partial"), into]) {
    await mkdir(folder, { recursive: true });
  }
  await writeFile(join(root, "status"), "");
  await writeFile(join(root, "apt.conf"), aptConfiguration(root));
  try {
    await readIndex(root, suite);
    await runCommand("apt-get", ["-q", "-c", join(root, "apt.conf"), "download", ...packages], {
      cwd: debs,
      timeoutMs: 600_000,
    });
    for (const file of await readdir(debs)) await runCommand("dpkg", ["-x", join(debs, file), into]);
  } finally {
    // A suite's index takes up to 130 MB.
    await rm(root, { recursive: true, force: true });
  }
};

// Given with -c, which is read after the machine's own configuration: proxies, credentials and keys stay in force,
// and only what says where things are is replaced.
const aptConfiguration = (root: string): string => `#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State "${root}";
Dir::State::lists "${root}/lists";
Dir::State::status "${root}/status";
Dir::Cache "${root}/cache";
Dir::Cache::archives "${root}/cache/archives";
Dir::Etc::sourcelist "${root}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
Acquire::Retries "3";
Acquire::http::Timeout "30";
// A suite that is still being made may go longer without a new index than its Valid-Until says; signatures are checked all the same.
Acquire::Check-Valid-Until "false";
`;

const readIndex = async (root: string, suite: string): Promise<void> => {
  const sites = await debianMirrors();
  if (sites.length === 0) throw new Error("this machine's apt configuration names no Debian mirror");
  const options = await signedBy();
  let failure = "";
  for (const site of sites) {
    await writeFile(join(root, "sources.list"), `deb ${options}${site} ${suite} main\n`);
    const args = ["-q", "-c", join(root, "apt.conf"), "-o", "APT::Update::Error-Mode=any", "update"];
    const outcome = await tryCommand("apt-get", args, { timeoutMs: 300_000 });
    if (outcome.code === 0) return;
    failure = outcome.stderr.trim().split("\n").slice(-3).join("\n");
  }
  throw new Error(`apt cannot read the index of Debian's ${suite}: ${failure}`);
};

const debianMirrors = async (): Promise<readonly string[]> => {
  const targets = await runCommand("apt-get", [
    "indextargets",
    "--format",
    "$(ORIGIN)\t$(SITE)",
    "Created-By: Packages",
  ]).catch(() => {
    throw new Error("this machine has no apt");
  });
  const known = targets.split("\n").flatMap((line) => {
    const [origin, site] = line.split("\t");
    return origin === "Debian" && site !== undefined ? [site] : [];
  });
  return plainArchives(known.length > 0 ? known : await configuredMirrors());
};

// Where no index was ever read (a fresh container image), only the configured addresses are known.
const configuredMirrors = async (): Promise<readonly string[]> => {
  const uris = await runCommand("apt-get", ["update", "--print-uris"]);
  return [...uris.matchAll(/^'([^']+?)\/dists\//gm)].map((match) => match[1] ?? "");
};

const plainArchives = (sites: readonly string[]): readonly string[] =>
  // The security archive has its own suites; the plain ones are elsewhere.
  [...new Set(sites.map((site) => site.replace(/\/+$/, "")))].filter((site) => !site.includes("security"));

const signedBy = async (): Promise<string> => {
  for (const keyring of ["debian-archive-keyring.pgp", "debian-archive-keyring.gpg"]) {
    const path = join("/usr/share/keyrings", keyring);
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return `[signed-by=${path}] `;
  }
  return "";
};
