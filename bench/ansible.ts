// The same upgrade by a serial playbook of Ansible's and by zkshift, each on an ensemble of its own, one right after the other, with a
// client that writes all through. Pure, but for the playing itself.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensurePrerequisites } from "../sandbox/prerequisites.ts";
import { ensureReleases } from "../sandbox/releases.ts";
import { runCommand } from "../sandbox/run-command.ts";
import type { Stage } from "../sandbox/stage.ts";
import { startWriter, type Writer } from "../sandbox/writer.ts";
import { FROM, onStage, TO } from "./bench-stage.ts";
import { untilCalm } from "./machine.ts";
import type { Bench, Measured, Row } from "./measurement.ts";
import { judge, sumOf, upgradeAll } from "./side-by-side.ts";
import { summaryOf } from "./statistics.ts";
import { ms, spreadOf } from "./table.ts";

type Client = {
  readonly acknowledged: number;
  readonly refused: number;
  readonly sessionsLost: number;
  readonly lost: number;
};
type Upgraded = { readonly totalMs: number; readonly worstStallMs: number; readonly client: Client };
type AnsiblePair = {
  readonly busyBefore: readonly string[];
  readonly playbook: Upgraded;
  readonly zkshift: Upgraded;
};

const EVERY_MS = 10;
/** More tell little for the time they take. */
const MOST_REPETITIONS = 5;

export const measureAnsible = async (bench: Bench): Promise<Measured> => {
  await ensurePrerequisites(["ansible"], (line) => bench.say(line));
  const pairs: AnsiblePair[] = [];
  const count = Math.min(bench.repetitions, MOST_REPETITIONS);
  const play = (
    name: string,
    upgrade: (stage: Stage, writer: Writer) => Promise<number>,
  ): Promise<Upgraded & { busy: string }> =>
    onStage(bench, name, { policy: { extra: { soak: "0s" } } }, (stage) => playOne(stage, upgrade));
  for (let i = 1; i <= count; i++) {
    const playbook = await play(`playbook-${i}`, byPlaybook);
    const zkshift = await play(`zkshift-${i}`, async (stage, writer) => (await upgradeAll(stage, writer)).totalMs);
    pairs.push({ busyBefore: [playbook.busy, zkshift.busy], playbook, zkshift });
    bench.say(
      `${i} of ${count}: playbook ${ms(playbook.totalMs)}, zkshift ${ms(zkshift.totalMs)}; worst stall ${playbook.worstStallMs} ms by the playbook, ${zkshift.worstStallMs} ms by zkshift`,
    );
  }
  return { rows: ansibleRows(pairs), raw: pairs };
};

const playOne = async (
  stage: Stage,
  upgrade: (stage: Stage, writer: Writer) => Promise<number>,
): Promise<Upgraded & { readonly busy: string }> => {
  await stage.ensemble.waitUntilSynced();
  // The client's own writes are no calm, and go on all through.
  const busy = await untilCalm();
  const writer: Writer = await startWriter({
    connectString: stage.ensemble.connectString,
    path: "/bench-client",
    everyMs: EVERY_MS,
  });
  try {
    const from = Date.now();
    const totalMs = await upgrade(stage, writer);
    const worstStallMs = writer.longestGapMs(from, Date.now());
    await writer.stop();
    return { busy, totalMs, worstStallMs, client: await judge(stage, writer) };
  } finally {
    await writer.close();
  }
};

const byPlaybook = async (stage: Stage): Promise<number> => {
  const leader = await stage.ensemble.leader();
  const { servers } = stage.ensemble;
  const inOrder = [...servers.filter(({ id }) => id !== leader), ...servers.filter(({ id }) => id === leader)];
  const { files } = await ensureReleases([FROM, TO], () => undefined);
  const lines = inOrder.map(
    ({ host, root, conf, logs, address, clientPort }) =>
      `${host} ansible_connection=local root=${root} conf=${conf} logs=${logs} address=${address} port=${clientPort}`,
  );
  const inventory = join(stage.redis.dir, "..", "playbook.ini");
  await writeFile(inventory, `${lines.join("\n")}\n`);
  const playbook = join(import.meta.dirname, "ansible", "upgrade.yml");
  const from = Date.now();
  await runCommand(
    "ansible-playbook",
    ["-i", inventory, "-e", `release=${TO}`, "-e", `archive=${files.get(TO) ?? ""}`, playbook],
    { env: { ANSIBLE_NOCOWS: "1", ANSIBLE_RETRY_FILES_ENABLED: "0", LC_ALL: "C.UTF-8" }, timeoutMs: 300_000 },
  );
  return Date.now() - from;
};

const ratio = (value: number): string => value.toFixed(2);

const ansibleRows = (pairs: readonly AnsiblePair[]): readonly Row[] => {
  const row = (what: string, of: (pair: AnsiblePair) => number, show = ms): Row => {
    const summary = summaryOf(pairs.map(of));
    return { what, measured: show(summary.median), spread: spreadOf(summary, show), target: "", met: null };
  };
  const none = (what: string, by: "playbook" | "zkshift", of: (client: Client) => number): Row => {
    const count = sumOf(pairs.map((pair) => of(pair[by].client)));
    return {
      what: `${what}, ${by}`,
      measured: String(count),
      spread: `${sumOf(pairs.map((pair) => pair[by].client.acknowledged))} acknowledged`,
      target: by === "zkshift" ? "0" : "",
      met: by === "zkshift" ? count === 0 : null,
    };
  };
  return [
    row("three servers upgraded by a serial playbook", ({ playbook }) => playbook.totalMs),
    row("the same by zkshift, from the approval to the proof", ({ zkshift }) => zkshift.totalMs),
    row("zkshift ÷ playbook", ({ playbook, zkshift }) => zkshift.totalMs / playbook.totalMs, ratio),
    row("worst write stall, playbook", ({ playbook }) => playbook.worstStallMs),
    row("worst write stall, zkshift", ({ zkshift }) => zkshift.worstStallMs),
    row(
      "stall by zkshift ÷ stall by playbook",
      ({ playbook, zkshift }) => zkshift.worstStallMs / playbook.worstStallMs,
      ratio,
    ),
    none("sessions lost", "playbook", ({ sessionsLost }) => sessionsLost),
    none("sessions lost", "zkshift", ({ sessionsLost }) => sessionsLost),
    none("acknowledged writes lost", "playbook", ({ lost }) => lost),
    none("acknowledged writes lost", "zkshift", ({ lost }) => lost),
  ];
};
