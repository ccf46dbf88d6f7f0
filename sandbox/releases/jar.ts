// Takes the hard-coded class path out of a jar's manifest. Debian's jars point at /usr/share/java, and whatever is
// installed there would win over the jars that a release brings itself.
import { inflateRawSync } from "node:zlib";

const manifestName = "META-INF/MANIFEST.MF";

/** The jars that the manifest's `Class-Path` names, without their directories; empty when there is none. */
export const classPathOf = (jar: Buffer): readonly string[] => {
  const manifest = readManifest(jar);
  const line = manifest === null ? undefined : unfold(manifest).find((text) => text.startsWith("Class-Path:"));
  if (line === undefined) return [];
  const names = line.slice("Class-Path:".length).trim().split(/\s+/);
  return names.map((name) => name.slice(name.lastIndexOf("/") + 1));
};

/** The same jar, its manifest without `Class-Path`; every other entry is copied as it is. */
export const withoutClassPath = (jar: Buffer): Buffer => {
  const manifest = readManifest(jar);
  if (manifest === null || !/^Class-Path:/m.test(manifest)) return jar;
  const kept = unfold(manifest).filter((line) => !line.startsWith("Class-Path:"));
  return replaceEntry(jar, manifestName, Buffer.from(kept.map(fold).join("\r\n")));
};

type Entry = {
  readonly name: string;
  /** The central directory's record of it. */
  readonly record: Buffer;
  /** Local header and data. */
  readonly local: Buffer;
};

const readManifest = (jar: Buffer): string | null => {
  const entry = entries(jar).find(({ name }) => name === manifestName);
  if (entry === undefined) return null;
  const method = entry.record.readUInt16LE(10);
  const start = 30 + entry.local.readUInt16LE(26) + entry.local.readUInt16LE(28);
  const data = entry.local.subarray(start, start + entry.record.readUInt32LE(20));
  return (method === 0 ? data : inflateRawSync(data)).toString("utf8");
};

// Layout of a zip file: PKWARE's APPNOTE, 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
const findEnd = (zip: Buffer): number => {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) throw new Error("not a jar: it has no central directory");
  return end;
};

const entries = (zip: Buffer): readonly Entry[] => {
  const end = findEnd(zip);
  const directoryAt = zip.readUInt32LE(end + 16);
  const headers: { readonly name: string; readonly record: Buffer; readonly at: number }[] = [];
  for (let at = directoryAt; at < end; ) {
    const nameLength = zip.readUInt16LE(at + 28);
    const length = 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    headers.push({ name, record: zip.subarray(at, at + length), at: zip.readUInt32LE(at + 42) });
    at += length;
  }
  // An entry's local part ends where the next one begins: its own header may not know its length.
  headers.sort((a, b) => a.at - b.at);
  return headers.map(({ name, record, at }, index) => ({
    name,
    record,
    local: zip.subarray(at, headers[index + 1]?.at ?? directoryAt),
  }));
};

const replaceEntry = (zip: Buffer, name: string, content: Buffer): Buffer => {
  const locals: Buffer[] = [];
  const records: Buffer[] = [];
  let at = 0;
  for (const entry of entries(zip)) {
    const local = entry.name === name ? storedLocal(name, content) : entry.local;
    const record = Buffer.from(entry.record);
    if (entry.name === name) {
      record.writeUInt16LE(0, 8);
      record.writeUInt16LE(0, 10);
      record.writeUInt32LE(crc32(content), 16);
      record.writeUInt32LE(content.length, 20);
      record.writeUInt32LE(content.length, 24);
    }
    record.writeUInt32LE(at, 42);
    locals.push(local);
    records.push(record);
    at += local.length;
  }
  const directory = Buffer.concat(records);
  const end = Buffer.from(zip.subarray(findEnd(zip)));
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
};

const storedLocal = (name: string, content: Buffer): Buffer => {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(10, 4);
  header.writeUInt32LE(crc32(content), 14);
  header.writeUInt32LE(content.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(Buffer.byteLength(name), 26);
  return Buffer.concat([header, Buffer.from(name), content]);
};

/** A manifest's lines, each continuation joined to the line it belongs to (JAR File Specification, "Line length"). */
const unfold = (manifest: string): readonly string[] => manifest.replace(/\r?\n /g, "").split(/\r?\n/);

const fold = (line: string): string => line.replace(/(.{70})(?=.)/g, "$1\r\n ");

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

// Node's own `zlib.crc32` is younger than the oldest Node that the project runs on.
const crc32 = (data: Buffer): number => {
  let sum = 0xffffffff;
  for (const byte of data) sum = (crcTable[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
};
