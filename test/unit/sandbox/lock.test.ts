import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withLock } from "../../../sandbox/lock.ts";

describe("a lock", () => {
  let dir = "";
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-lock-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it("lets one at a time in, and tells the one who waits", async () => {
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} begins`);
      await sleep(50);
      events.push(`${name} ends`);
    };
    const path = join(dir, "one-at-a-time");
    const first = withLock(path, () => undefined, work("first"));
    await sleep(20);
    await Promise.all([first, withLock(path, () => events.push("second waits"), work("second"))]);
    expect(events).toEqual(["first begins", "second waits", "first ends", "second begins", "second ends"]);
  });

  it("is taken over from a process that died", async () => {
    const path = join(dir, "abandoned");
    await mkdir(path);
    // Above the greatest process id that Linux gives.
    await writeFile(join(path, "pid"), "4194305");
    expect(
      await withLock(
        path,
        () => undefined,
        async () => "done",
      ),
    ).toBe("done");
  });
});
