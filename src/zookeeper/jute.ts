// ZooKeeper's wire format (jute): big-endian numbers, texts and byte arrays behind their length, −1 for null. Primitives
// only; which of them make up a request or a reply stands in operations.ts.

/** A place in a reply, moved on by every read. */
export type Cursor = { readonly bytes: Buffer; at: number };

export const readInt = (cursor: Cursor): number => {
  const value = cursor.bytes.readInt32BE(cursor.at);
  cursor.at += 4;
  return value;
};

export const readLong = (cursor: Cursor): bigint => {
  const value = cursor.bytes.readBigInt64BE(cursor.at);
  cursor.at += 8;
  return value;
};

/** A view, not a copy. Null and empty are one to every reader here. Throws RangeError on a length beyond the reply. */
export const readBytes = (cursor: Cursor): Buffer => {
  const length = Math.max(0, readInt(cursor));
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new RangeError("a length beyond the end of the reply");
  const value = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return value;
};

export const readText = (cursor: Cursor): string => readBytes(cursor).toString("utf8");

export const readVector = <T>(cursor: Cursor, read: (cursor: Cursor) => T): T[] => {
  const items: T[] = [];
  for (let left = readInt(cursor); left > 0; left--) items.push(read(cursor));
  return items;
};

export const int = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
};

export const long = (value: bigint): Buffer => {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

export const bool = (value: boolean): Buffer => Buffer.of(value ? 1 : 0);

export const bytes = (value: Uint8Array): Buffer => Buffer.concat([int(value.length), value]);

export const text = (value: string | null): Buffer => (value === null ? int(-1) : bytes(Buffer.from(value, "utf8")));
