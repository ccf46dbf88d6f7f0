import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
    let secondWaits = (): void => undefined;
    const secondWaiting = new Promise<void>((resolve) => {
      secondWaits = resolve;
    });
    const path = join(dir, "one-at-a-time");
    let second: Promise<void> = Promise.resolve();
    const first = withLock(
      path,
      () => undefined,
      async () => {
        events.push("first begins");
        second = withLock(
          path,
          () => {
            events.push("second waits");
            secondWaits();
          },
          async () => void events.push("second begins"),
        );
        await secondWaiting;
        events.push("first ends");
      },
    );
    await first;
    await second;
    expect(events).toEqual(["first begins", "second waits", "first ends", "second begins"]);
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
