import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wantedFlagsIn, withWantedFlags } from "../../src/model/java-env.ts";

const flag = fc.stringMatching(/^-(XX:\+|D)[A-Za-z.]{1,8}(=[A-Za-z0-9/:]{1,5})?$/);
const flags = fc.uniqueArray(flag, { maxLength: 4 });
const some = fc.uniqueArray(flag, { minLength: 1, maxLength: 4 });
/** What others may have in the file: comments, variables, odd bytes, with or without a last line's end; or no file. */
const line = fc.oneof(
  fc.constantFrom(
    "# ours",
    'export JVMFLAGS="-Xms1g $JVMFLAGS"',
    "ZK_SERVER_HEAP='2000'",
    "",
    "\tx=1\r",
    "SERVER_JVMFLAGS='-Da=b'",
  ),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll("\n", "")),
);
const text = fc.oneof(
  fc.constant(null),
  fc
    .tuple(fc.array(line, { maxLength: 6 }), fc.boolean())
    .map(([lines, ended]) => lines.join("\n") + (ended ? "\n" : "")),
);

describe("zkshift's part of java.env", () => {
  test("gives the flags that were put in", () => {
    fc.assert(
      fc.property(text, flags, (before, wanted) => {
        expect(wantedFlagsIn(withWantedFlags(before, wanted))).toEqual(wanted);
      }),
    );
  });

  test("is the same when it is put in twice", () => {
    fc.assert(
      fc.property(text, flags, (before, wanted) => {
        const once = withWantedFlags(before, wanted);
        expect(withWantedFlags(once, wanted)).toBe(once);
      }),
    );
  });

  test("leaves the file byte for byte as it was when it is taken out, however often it changed", () => {
    fc.assert(
      fc.property(text, fc.array(flags, { maxLength: 4 }), (before, many) => {
        const after = many.reduce<string | null>((now, wanted) => withWantedFlags(now, wanted), before);
        expect(withWantedFlags(after, [])).toBe(before);
      }),
    );
  });

  test("goes back to exactly the file it was, from any flags to any", () => {
    fc.assert(
      fc.property(text, some, flags, (file, from, to) => {
        const before = withWantedFlags(file, from);
        expect(withWantedFlags(withWantedFlags(before, to.length === 0 ? from : to), from)).toBe(before);
      }),
    );
  });

  test("keeps every line of others, in their order, when others write after it", () => {
    fc.assert(
      fc.property(text, some, some, fc.array(line, { maxLength: 3 }), (before, first, second, later) => {
        const tail = later.map((one) => `${one}\n`).join("");
        const edited = `${withWantedFlags(before, first)}${tail}`;
        const after = withWantedFlags(edited, second) ?? "";
        expect(after.startsWith(before ?? "")).toBe(true);
        expect(after.endsWith(tail)).toBe(true);
        expect(wantedFlagsIn(after)).toEqual(second);
      }),
    );
  });
});
