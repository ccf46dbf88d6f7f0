import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { classPathOf, withoutClassPath } from "../../../sandbox/releases/jar.ts";

/** A zip file of deflated entries, as small as the format allows; sums are left zero. */
const zip = (entries: Readonly<Record<string, string>>): Buffer => {
  const locals: Buffer[] = [];
  const records: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(entries)) {
    const data = deflateRawSync(Buffer.from(text));
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(8, 10);
    record.writeUInt32LE(data.length, 20);
    record.writeUInt32LE(text.length, 24);
    record.writeUInt16LE(name.length, 28);
    record.writeUInt32LE(at, 42);
    locals.push(local, Buffer.from(name), data);
    records.push(record, Buffer.from(name));
    at += local.length + name.length + data.length;
  }
  const directory = Buffer.concat(records);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
};

const manifest =
  "Manifest-Version: 1.0\r\nClass-Path: /usr/share/java/slf4j-api.jar /usr/share/java/commons-i\r\n o.jar\r\nMulti-Release: true\r\n\r\n";

describe("a jar's class path", () => {
  const jar = zip({ "before.txt": "before", "META-INF/MANIFEST.MF": manifest, "after.txt": "after, after, after" });

  it("is read across folded lines", () => {
    expect(classPathOf(jar)).toEqual(["slf4j-api.jar", "commons-io.jar"]);
  });

  it("is taken out, and the rest of the jar is as before", () => {
    const changed = withoutClassPath(jar);
    expect(classPathOf(changed)).toEqual([]);
    expect(changed.toString("latin1")).toContain("Manifest-Version: 1.0\r\nMulti-Release: true\r\n");
    const after = changed.indexOf("after.txt") + "after.txt".length;
    expect(inflateRawSync(changed.subarray(after)).toString()).toBe("after, after, after");
    // The end record points at the directory, which begins with its signature.
    expect(changed.readUInt32LE(changed.readUInt32LE(changed.length - 6))).toBe(0x02014b50);
  });

  it("leaves a jar without one untouched", () => {
    const plain = zip({ "META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\n\r\n" });
    expect(withoutClassPath(plain)).toBe(plain);
  });
});
