// However the network cuts a stream of frames into chunks, the same frames come out.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { takeFrames } from "../../../src/zookeeper/frames.ts";

const framed = (body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
};

describe("frames", () => {
  test("any chunking gives the same frames and leaves nothing over", () => {
    const body = fc.uint8Array({ maxLength: 20 }).map((bytes) => framed(Buffer.from(bytes)));
    fc.assert(
      fc.property(fc.array(body, { maxLength: 8 }), fc.array(fc.nat(10), { maxLength: 60 }), (sent, sizes) => {
        let left = Buffer.concat(sent);
        let unread: readonly Buffer[] = [];
        const received: Buffer[] = [];
        for (const size of [...sizes, left.length]) {
          const taken = takeFrames(unread, left.subarray(0, size));
          expect(taken).not.toBeNull();
          received.push(...(taken?.frames ?? []));
          unread = taken?.rest ?? [];
          left = left.subarray(size);
        }
        expect(received.map((frame) => frame.toString("hex"))).toEqual(sent.map((frame) => frame.toString("hex")));
        expect(Buffer.concat(unread)).toHaveLength(0);
      }),
      { numRuns: 1000 },
    );
  });

  test("an incomplete frame waits for its rest", () => {
    const taken = takeFrames([], framed(Buffer.from("abc")).subarray(0, 5));
    expect(taken?.frames).toEqual([]);
    expect(Buffer.concat(taken?.rest ?? [])).toHaveLength(5);
  });

  test("a length that no server sends is no frame", () => {
    expect(takeFrames([], Buffer.from("HTTP/1.1 400 Bad Request"))).toBeNull();
    expect(takeFrames([], Buffer.from([0xff, 0xff, 0xff, 0xff]))).toBeNull();
  });
});
