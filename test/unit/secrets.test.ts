import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSecret } from "../../src/secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "zkshift-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return { from: "file", path } as const;
};

test("a secret comes from the environment", () => {
  expect(readSecret({ from: "env", name: "ZK_SUPER" }, { ZK_SUPER: "super:a b" })).toBe("super:a b");
});

test("a secret comes from a file, without the line end an editor puts there", () => {
  expect(readSecret(file("unix", "super:x\n"))).toBe("super:x");
  expect(readSecret(file("windows", "super:x\r\n"))).toBe("super:x");
  expect(readSecret(file("spaces", " super:x \n\n"))).toBe(" super:x \n");
});

test("a secret that is not there is refused, and the error names where it should be", () => {
  const missing = { kind: "refused", code: "SECRET_MISSING" };
  const thrown = (call: () => string): unknown => {
    try {
      return call();
    } catch (error) {
      return error;
    }
  };
  expect(thrown(() => readSecret({ from: "env", name: "ZK_SUPER" }, {}))).toMatchObject({
    ...missing,
    message: "The worker's environment has no ZK_SUPER, which ensembles.yaml names as a secret.",
  });
  expect(thrown(() => readSecret({ from: "env", name: "ZK_SUPER" }, { ZK_SUPER: "" }))).toMatchObject(missing);
  expect(thrown(() => readSecret({ from: "file", path: join(folder, "nobody") }))).toMatchObject({
    ...missing,
    message: expect.stringContaining("nobody (ENOENT)"),
  });
  expect(thrown(() => readSecret(file("empty", "\n")))).toMatchObject(missing);
});
