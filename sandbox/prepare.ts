// Makes a machine ready for the tests; npm runs it before `npm test`. The second time it only looks.
import { ensurePrerequisites } from "./prerequisites.ts";
import { ensureReleases } from "./releases.ts";

/** The releases that tests use unless they ask for others themselves. */
const releases = ["3.4.13", "3.8.0", "3.9.6"] as const;

const say = (line: string): void => console.log(`prepare: ${line}`);

try {
  const found = await ensurePrerequisites(
    [
      "java",
      "ps",
      "redis",
      "chromium",
      "emoji-font",
      "nft",
      "sshd",
      "ip",
      "openssl",
      "logback",
      "ansible",
      "runit",
      "systemd",
      "dbus",
      "sudo",
    ],
    say,
  );
  const { directory } = await ensureReleases(releases, say);
  say(`ready: ${found.java}, ${found.redis}, ${found.chromium}, ZooKeeper ${releases.join(", ")} in ${directory}`);
} catch (error) {
  console.error(`prepare: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
