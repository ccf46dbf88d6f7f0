// manifest.json of a backup, read with suspicion: somebody may have edited it, or it may be another program's.
import { z } from "zod";
import { OpsError } from "../errors.ts";
import type { BackupManifest } from "../model/backup.ts";

const hex = z.string().regex(/^[0-9a-f]{64}$/, "is no SHA-256");
/** Names become paths: nothing in them may lead elsewhere. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "is no plain file name");
const zxidText = z.string().regex(/^0x[0-9a-f]{1,16}$/, "is no zxid");
const count = z.int().min(0);

const manifest = z.object({
  format: z.literal(1),
  name: fileName,
  ensemble: z.string(),
  takenAt: z.string(),
  by: z.string(),
  run: z.string().nullable(),
  server: z.int(),
  host: z.string(),
  mode: z.string(),
  release: z.string().regex(/^\d+\.\d+\.\d+\S*$/, "is no release"),
  way: z.enum(["snapshot-stream", "files"]),
  wayWhy: z.string().nullable(),
  snapshot: z.union([zxidText, z.literal("none")]),
  configVersion: z.string().nullable(),
  members: z.array(z.string()),
  files: z.array(z.object({ name: fileName, bytes: count, sha256: hex })).min(1, "lists no file"),
  contents: z.array(z.object({ name: z.string(), bytes: count })),
  proof: z.discriminatedUnion("proved", [
    z.object({
      proved: z.literal(true),
      at: z.string(),
      release: z.string(),
      zxid: zxidText,
      znodes: count,
      ttl: count.nullable().default(null),
      largestBytes: count.nullable().default(null),
      digest: hex,
      mismatches: count.nullable(),
      shared: z.object({ zxid: zxidText, digest: z.string() }).nullable(),
      compared: z.object({ same: count, since: count, unreadable: count }).nullable(),
      tookMs: z.number(),
    }),
    z.object({ proved: z.literal(false), why: z.string() }),
  ]),
});

/** Throws `refused` (`DAMAGED`) with what is wrong. `name`: that of the folder it was found in. */
export const parseManifest = (text: string, name: string): BackupManifest => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw damaged(name, "manifest.json is no JSON; it may have been cut short");
  }
  const read = manifest.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw damaged(name, `manifest.json: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "cannot be used"}`);
  }
  if (read.data.name !== name) throw damaged(name, `manifest.json is that of the backup ${read.data.name}`);
  return read.data;
};

/** The refusal of a backup that is not as it was made. */
export const damaged = (name: string, how: string): OpsError =>
  new OpsError(
    "refused",
    {
      what: `The backup ${name} is damaged: ${how}.`,
      left: "No server was touched, and the backup was left as it is.",
      next: "Use another backup (`/zk backups <ensemble>` lists them), or copy this one again from where it is whole.",
    },
    { code: "DAMAGED" },
  );
