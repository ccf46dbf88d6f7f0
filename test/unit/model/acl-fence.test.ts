import { expect, test } from "vitest";
import { aclBeforeFence, fencedAcl } from "../../../src/model/acl-fence.ts";

const anyone = { perms: 31, scheme: "world", id: "anyone" };
const team = { perms: 31, scheme: "digest", id: "team:ZCouIMsleiBCaHDVxcAtJFFgzOU=" };
const writesOnly = { perms: 6, scheme: "sasl", id: "loader@EXAMPLE" };
const reads = { perms: 1, scheme: "x509", id: "CN=ä b,O=c:d" };

test.each([[[anyone]], [[team, reads]], [[writesOnly]], [[reads, team, writesOnly, anyone]]])(
  "a fenced ACL lets those read who could, nobody do more, and is put back exactly",
  (acl) => {
    const fenced = fencedAcl(acl);
    if (fenced === null) return expect.unreachable();
    expect(fenced.every(({ perms }) => (perms & ~1) === 0)).toBe(true);
    expect(fenced.filter(({ perms }) => perms === 1).map(({ id }) => id)).toEqual(
      acl.filter(({ perms }) => perms % 2 === 1).map(({ id }) => id),
    );
    expect(aclBeforeFence(fenced)).toEqual(acl);
    // ZooKeeper takes a digest id only with exactly one colon in it.
    expect(fenced.at(-1)?.id.split(":")).toHaveLength(2);
  },
);

test("what nobody may write needs no fence, and what is fenced no second one", () => {
  expect(fencedAcl([reads])).toBeNull();
  expect(fencedAcl(fencedAcl([anyone]) ?? [])).toBeNull();
});

test("an ACL that only looks fenced is taken for what it is", () => {
  expect(aclBeforeFence([anyone, team])).toBeNull();
  for (const carried of ["", "bm90IGpzb24", Buffer.from('[["a"]]').toString("base64url")]) {
    const odd = { perms: 31, scheme: "digest", id: `zkshift-fence:${carried}` };
    expect(aclBeforeFence([odd])).toBeNull();
    expect(fencedAcl([odd])).not.toBeNull();
  }
});
