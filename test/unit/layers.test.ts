// Holds the house's direction of imports: what each folder may import is listed here, and nothing else is allowed.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** Folder or file → what of the project it may import. A folder may always import itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "src/model": ["src/errors.ts"],
  "src/errors.ts": [],
  "src/ports.ts": ["src/model"],
  "src/clock.ts": ["src/ports.ts"],
  "src/plan": ["src/model", "src/errors.ts"],
  "src/run": ["src/model", "src/errors.ts", "src/plan"],
  "src/steps": ["src/model", "src/plan", "src/run", "src/ports.ts", "src/errors.ts"],
  "src/app": ["src/model", "src/plan", "src/run", "src/steps", "src/ports.ts", "src/errors.ts"],
  "src/file-sum.ts": [],
  "src/backups": ["src/model", "src/ports.ts", "src/errors.ts", "src/file-sum.ts"],
  "src/zookeeper": ["src/model", "src/ports.ts", "src/errors.ts"],
  "src/hosts": ["src/model", "src/ports.ts", "src/errors.ts", "src/file-sum.ts"],
  "src/store": ["src/model", "src/run", "src/ports.ts", "src/errors.ts", "handlers/posted.ts"],
  "src/config.ts": ["src/model", "src/errors.ts"],
  "src/inventory.ts": ["src/model", "src/errors.ts", "src/inventory"],
  "src/inventory": ["src/model", "src/errors.ts"],
  "src/secrets.ts": ["src/model", "src/errors.ts"],
  "src/logging.ts": ["src/model", "src/errors.ts"],
  "src/metrics.ts": ["src/model", "src/errors.ts"],
  "src/health.ts": ["src/model", "src/errors.ts", "src/metrics.ts"],
  handlers: ["src/app", "src/model", "src/plan", "src/run", "src/ports.ts", "src/errors.ts", "jobs/queues.ts"],
  jobs: ["src/app", "src/model", "src/run", "src/ports.ts", "src/errors.ts"],
};

const files = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map((found) =>
    relative(root, resolve(root, dirname(file), found[1] ?? "")),
  );

const isIn = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);

describe("layers", () => {
  const all = [...files("src"), ...files("handlers"), ...files("jobs")].filter((file) => file !== "src/main.ts");

  it("every source file belongs to a layer", () => {
    expect(all.filter((file) => !Object.keys(allowed).some((place) => isIn(file, place)))).toEqual([]);
  });

  it("imports point inward only", () => {
    const wrong: string[] = [];
    for (const file of all) {
      const layer = Object.keys(allowed)
        .filter((place) => isIn(file, place))
        .sort((a, b) => b.length - a.length)[0];
      if (layer === undefined) continue;
      for (const imported of importsOf(file)) {
        const fine = [layer, ...(allowed[layer] ?? [])].some((place) => isIn(imported, place));
        if (!fine) wrong.push(`${file} imports ${imported}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("the check itself sees imports", () => {
    expect(importsOf("src/app/advance.ts")).toContain("src/run/decide.ts");
  });
});
