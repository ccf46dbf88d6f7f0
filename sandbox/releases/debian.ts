// Builds a distribution in Apache's layout from Debian's packages, for where Apache's archive cannot be reached.
import { cp, mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unpackDebianPackages } from "./apt-root.ts";
import { classPathOf, withoutClassPath } from "./jar.ts";
import { distributionName } from "./naming.ts";
import { packRelease } from "./pack.ts";

type Source = { readonly suite: string; readonly packages: readonly string[] };

const jackson = ["libjackson2-annotations-java", "libjackson2-core-java", "libjackson2-databind-java"];

const packagesOf38 = [
  "libzookeeper-java",
  "zookeeper",
  "libslf4j-java",
  "liblog4j1.2-java",
  "libjline2-java",
  "libcommons-cli-java",
  "libcommons-io-java",
  "libdropwizard-metrics-java",
  "libjetty9-java",
  "libservlet-api-java",
  "libnetty-java",
  "libsnappy-java",
  "libfindbugs-annotations-java",
  "libjctools-java",
];

const sources: Readonly<Record<string, readonly Source[]>> = {
  "3.4.13": [
    {
      suite: "bullseye",
      packages: ["libzookeeper-java", "zookeeper", "libslf4j-java", "liblog4j1.2-java", "libjline-java"],
    },
  ],
  "3.8.0": [{ suite: "bookworm", packages: [...packagesOf38, ...jackson] }],
  "3.9.3": [{ suite: "trixie", packages: [...packagesOf38, ...jackson] }],
  // forky's own jackson is compiled for Java 21; on an older one the AdminServer would answer 500.
  "3.9.6": [
    { suite: "forky", packages: [...packagesOf38, "libnetty-common-java", "libnetty-buffer-java"] },
    { suite: "trixie", packages: jackson },
  ],
};

/** The releases that Debian's suites carry. */
export const debianReleases: readonly string[] = Object.keys(sources);

// Needed at run time though the manifest does not name them: logging, the servlet API, and netty's own dependencies.
const unnamedJars = [
  "slf4j-api.jar",
  "slf4j-log4j12.jar",
  "log4j-1.2.jar",
  "servlet-api.jar",
  "jctools-core.jar",
  "jetty9-util-ajax.jar",
  "netty-codec.jar",
  "netty-resolver.jar",
  "netty-transport-native-unix-common.jar",
];

const files = fileURLToPath(new URL("files/", import.meta.url));

/** Builds the release's tarball and sum in `folder`, working in `workspace`. Throws when Debian no longer has it. */
export const buildFromDebian = async (
  release: string,
  folder: string,
  workspace: string,
  say: (line: string) => void,
): Promise<void> => {
  const unpacked = join(workspace, "unpacked");
  for (const { suite, packages } of sources[release] ?? []) {
    say(`ZooKeeper ${release}: taking ${packages.length} packages from Debian's ${suite}`);
    await unpackDebianPackages(suite, packages, workspace, unpacked);
  }
  const staging = join(workspace, "staging");
  await layOut(release, unpacked, join(staging, distributionName(release)));
  await packRelease(release, staging, folder);
};

const layOut = async (release: string, unpacked: string, distribution: string): Promise<void> => {
  const java = join(unpacked, "usr/share/java");
  const lib = join(distribution, "lib");
  const conf = join(distribution, "conf");
  const bin = join(distribution, "bin");
  for (const folder of [lib, conf, bin]) await mkdir(folder, { recursive: true });

  const main = await readJar(join(java, `zookeeper-${release}.jar`));
  if (main === null) throw new Error(`Debian's package is no longer ZooKeeper ${release}`);
  const named = classPathOf(main);
  // 3.4 has its own jar at the top, later releases have all jars in lib/.
  const isBefore35 = !named.includes("zookeeper-jute.jar");
  await writeFile(join(isBefore35 ? distribution : lib, `zookeeper-${release}.jar`), withoutClassPath(main));

  // What later manifests call jline.jar is Debian's jline2.jar.
  const wanted = new Set([...named, ...unnamedJars, ...(isBefore35 ? [] : ["jline2.jar"])]);
  for (const name of wanted) {
    const jar = await readJar(join(java, name));
    const target = name === "zookeeper-jute.jar" ? `zookeeper-jute-${release}.jar` : name;
    if (jar !== null) await writeFile(join(lib, target), withoutClassPath(jar));
  }

  for (const script of ["zkServer.sh", "zkCli.sh", "zkCleanup.sh"]) {
    await cp(join(unpacked, "usr/share/zookeeper/bin", script), join(bin, script), { dereference: true });
  }
  // Debian's own points into /etc; this one finds everything relative to itself, as Apache's does.
  await cp(join(files, "zkEnv.sh"), join(bin, "zkEnv.sh"));
  for (const name of ["zoo_sample.cfg", "log4j.properties"]) await cp(join(files, name), join(conf, name));
};

const readJar = async (path: string): Promise<Buffer | null> => {
  try {
    return await readFile(await realpath(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
};
