// Laws of the `server.N=` lines: what zkshift writes it reads back as the same.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMember, formatMembers, parseMembers } from "../../src/model/dynamic-config.ts";
import type { Member } from "../../src/model/ensemble.ts";
import { serverId } from "../../src/model/ids.ts";

const address = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.constantFrom("zk1", "zk-2.internal", "::1"));
const port = fc.integer({ min: 1, max: 65535 });
const member: fc.Arbitrary<Member> = fc.record({
  id: fc.integer({ min: 1, max: 254 }).map(serverId),
  role: fc.constantFrom("participant" as const, "observer" as const),
  address,
  quorumPort: port,
  electionPort: port,
  client: fc.option(fc.record({ address: fc.option(address), port })),
});
const members = fc.uniqueArray(member, { selector: (each) => each.id, maxLength: 7 });

describe("server lines", () => {
  test("a member that was written is read as the same", () => {
    fc.assert(
      fc.property(members, (written) => {
        const read = parseMembers(formatMembers(written));
        expect(read.members).toEqual([...written].sort((a, b) => a.id - b.id));
        expect(read.problems).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test("the order of the lines does not matter", () => {
    fc.assert(
      fc.property(members, (written) => {
        expect(parseMembers(formatMembers([...written].reverse()))).toEqual(parseMembers(formatMembers(written)));
      }),
    );
  });

  test("blanks and escaped colons around the parts do not matter", () => {
    fc.assert(
      fc.property(member, (each) => {
        const [key = "", value = ""] = formatMember(each).split(/=(.*)/s);
        // A properties file may escape its separators, and ZooKeeper itself writes none of them escaped.
        const text = `  ${key} = ${value.replaceAll(":", "\\:")}  \r\n`;
        expect(parseMembers(text).members).toEqual([each]);
      }),
    );
  });

  test("no text makes the reader throw, and every line that is not understood is reported", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.string({ maxLength: 30 }), (id, junk) => {
        const value = junk.replace(/[\r\n\\]/g, "");
        const read = parseMembers(`server.${id}=${value}\n`);
        expect(read.members.length + read.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});
