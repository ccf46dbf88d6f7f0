// What is said of backups: the one just taken, and the list. Pure.
import type { Reply } from "../../jobs/queues.ts";
import { type BackupListed, type BackupManifest, backupBytes } from "../../src/model/backup.ts";
import { context, type Message, message, sections } from "./message.ts";
import { bytes, code, dateTime, duration, esc, person, plural, shortHash } from "./words.ts";

const takenAt = ({ takenAt: at }: BackupManifest): string => {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? esc(at) : dateTime(ms);
};

const wayWords = ({ way, wayWhy, server, mode, release, snapshot }: BackupManifest): string =>
  way === "snapshot-stream"
    ? `server.${server} (${esc(mode)}, ${esc(release)}) took a snapshot and sent it; the log after it was copied`
    : `${snapshot === "none" || snapshot === "0x0" ? "all its logs (it has written no snapshot since its beginning)" : "newest complete snapshot and the logs after it"}, copied from server.${server} (${esc(mode)}, ${esc(release)})${wayWhy === null ? "" : `. Not by the AdminServer's stream: ${esc(wayWhy.replace(/\.$/, ""))}`}`;

/** A restore needs a flag of the servers for those. */
const ttlWords = (ttl: number | null): string =>
  ttl === null || ttl === 0 ? "" : `, ${ttl} of them with a time to live,`;

const proofLines = ({ ensemble, proof }: BackupManifest): readonly string[] => {
  if (!proof.proved) {
    return [
      `⚠️ *Not proved*: ${esc(proof.why.replace(/\.$/, ""))}. Whether it can be restored is not known; its files have their sums, no more. When that is mended, ${code(`/zk backup ${ensemble}`)} takes one that is proved.`,
    ];
  }
  const { compared, shared, mismatches } = proof;
  const against = [
    ...(compared === null
      ? []
      : [
          `${plural(compared.same, "znode")} the same as on the server now${compared.since === 0 ? "" : `, ${compared.since} written since`}${compared.unreadable === 0 ? "" : `, ${compared.unreadable} that I may not read there`}`,
        ]),
    ...(shared === null ? [] : [`digest as the ensemble noted it at ${code(shared.zxid)}`]),
    ...(mismatches === null ? [] : ["no digest mismatch in its log"]),
  ];
  return [
    `✅ *Proved*: a throw-away server ${esc(proof.release)} read it in ${duration(proof.tookMs)}. It holds ${plural(proof.znodes, "znode")}${ttlWords(proof.ttl)} up to zxid ${code(proof.zxid)}, digest ${code(shortHash(proof.digest))}${against.length === 0 ? "" : ` · ${against.join(" · ")}`}`,
  ];
};

/** The backup that was just taken. */
export const backedUpMessage = ({ report }: Extract<Reply, { kind: "backed-up" }>): Message => {
  const { manifest, folder, removed } = report;
  const size = bytes(backupBytes(manifest));
  return message(`${manifest.ensemble} is backed up: ${manifest.name}, ${size}`, [
    ...sections([
      `💾 *${esc(manifest.ensemble)}* is backed up: ${code(manifest.name)}, ${size}`,
      wayWords(manifest),
      ...proofLines(manifest),
      `It lies on the worker in ${code(`${folder}/${manifest.name}`)}`,
    ]),
    context(
      `Ephemeral znodes are not counted: their sessions end with time.${removed.length === 0 ? "" : ` Past their time and removed: ${removed.map(esc).join(", ")}.`} To see what restoring it would do: ${code(`/zk restore ${manifest.ensemble} from ${manifest.name} dry-run`)}`,
    ),
  ]);
};

const listLine = (listed: BackupListed): string => {
  const { manifest } = listed;
  if (manifest === null) return `⛔ ${code(listed.name)} cannot be used: ${esc(listed.problem)}`;
  const { proof } = manifest;
  const held = proof.proved
    ? `✅ proved · ${plural(proof.znodes, "znode")} · zxid ${code(proof.zxid)}`
    : "⚠️ not proved";
  const by = manifest.run === null ? `by ${person(manifest.by)}` : `by run ${code(manifest.run)}`;
  return `${code(manifest.name)} · ${takenAt(manifest)} · ${esc(manifest.release)} · ${bytes(backupBytes(manifest))} · ${held} · ${by}`;
};

const MOST = 20;

export const backupsMessage = ({ ensemble, folder, listed }: Extract<Reply, { kind: "backups" }>): Message => {
  if (listed.length === 0) {
    const text = `There is no backup of *${esc(ensemble)}* in ${code(folder)} yet. Take one: ${code(`/zk backup ${ensemble}`)}`;
    return message(text, sections([text]));
  }
  const newest = listed.find(({ manifest }) => manifest !== null);
  return message(`${plural(listed.length, "backup")} of ${ensemble}`, [
    ...sections([
      `*${esc(ensemble)}*: ${plural(listed.length, "backup")}, newest first`,
      ...listed.slice(0, MOST).map(listLine),
      ...(listed.length > MOST ? [`and ${listed.length - MOST} older`] : []),
    ]),
    context(
      `In ${code(folder)} on the worker.${newest === undefined ? "" : ` To see what restoring one would do: ${code(`/zk restore ${ensemble} from ${newest.name} dry-run`)}`}`,
    ),
  ]);
};

/** Said at once, while a worker takes it. */
export const backingUpText = (ensemble: string): string =>
  `Backing up *${esc(ensemble)}*: copying the data of one server and starting a throw-away server on the copy. The ensemble is not disturbed. I say here how it went; large data take minutes.`;
