// Cuts the bytes of a ZooKeeper connection into frames: 4 bytes of length, then so many bytes. Pure.

/** Far above any answer of a server (jute.maxbuffer is 1 MB by default); a length beyond it is no ZooKeeper's. */
const LONGEST_FRAME = 512 * 1024 * 1024;

/**
 * Whole frames, each with its length in front, out of what was left over and what has come; `rest` is to be handed in
 * next time. Null when the bytes are not frames.
 */
export const takeFrames = (
  unread: readonly Buffer[],
  chunk: Buffer,
): { readonly frames: readonly Buffer[]; readonly rest: readonly Buffer[] } | null => {
  // A long frame comes in thousands of chunks: they are put together once, when it is whole.
  const pieces = (unread[0]?.length ?? 4) < 4 ? [Buffer.concat([...unread, chunk])] : [...unread, chunk];
  const first = pieces[0] ?? chunk;
  if (first.length < 4) return { frames: [], rest: pieces };
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (isLength(first.readInt32BE(0)) && size < first.readInt32BE(0) + 4) return { frames: [], rest: pieces };
  const bytes = pieces.length === 1 ? first : Buffer.concat(pieces);
  const frames: Buffer[] = [];
  let at = 0;
  while (bytes.length - at >= 4) {
    const length = bytes.readInt32BE(at);
    if (!isLength(length)) return null;
    if (bytes.length - at < length + 4) break;
    frames.push(bytes.subarray(at, at + 4 + length));
    at += 4 + length;
  }
  return { frames, rest: at === bytes.length ? [] : [bytes.subarray(at)] };
};

const isLength = (value: number): boolean => value >= 0 && value <= LONGEST_FRAME;
