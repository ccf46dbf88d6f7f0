// The forms of sum files that stand in Apache's archive.
import { describe, expect, it } from "vitest";
import { parseSha512File } from "../../../src/hosts/sha512-file.ts";

const sum = "0123456789abcdef".repeat(8);
const archive = "apache-zookeeper-3.9.6-bin.tar.gz";

describe("a .sha512 file", () => {
  it.each([
    ["sum and file", `${sum}  ${archive}\n`],
    ["sum and file in binary mode", `${sum} *${archive}\n`],
    ["sum and path", `${sum}  ./target/${archive}\n`],
    ["sum alone", `${sum}\n`],
    ["upper case", `${sum.toUpperCase()}  ${archive}`],
    ["BSD form", `SHA512 (${archive}) = ${sum}\n`],
    ["several files", `${"f".repeat(128)}  other.tar.gz\n${sum}  ${archive}\n`],
    [
      "gpg --print-md",
      `${archive}: ${(sum.toUpperCase().match(/.{8}/g) ?? []).map((group, i) => (i % 8 === 7 ? `${group}\n${" ".repeat(35)}` : group)).join(" ")}\n`,
    ],
  ])("is understood: %s", (_, text) => {
    expect(parseSha512File(text, archive)).toBe(sum);
  });

  it.each([
    ["nothing", ""],
    ["a page of HTML", "<html><body>Not found</body></html>"],
    ["a sum of another kind", `${"a".repeat(64)}  ${archive}\n`],
    ["the sum of another file", `${sum}  apache-zookeeper-3.9.5-bin.tar.gz\n`],
    ["a cut sum in gpg form", `${archive}: 0123 4567 89AB\n`],
  ])("gives no sum: %s", (_, text) => {
    expect(parseSha512File(text, archive)).toBeNull();
  });
});
