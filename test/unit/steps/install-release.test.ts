import { describe, expect, it } from "vitest";
import { OpsError } from "../../../src/errors.ts";
import { serverId } from "../../../src/model/ids.ts";
import { release } from "../../../src/model/release.ts";
import { installRelease } from "../../../src/steps/install-release.ts";
import type { World } from "../../../src/steps/world.ts";

type Install = () => Promise<"installed" | "already there">;

/** A world with one host for each of `installs`. */
const worldWith = (installs: readonly Install[]): World =>
  ({
    waiting: () => {},
    fence: () => 1n,
    releases: { fetch: async () => ({ release: release("3.9.6"), file: "/f", sha512: "ab", bytes: 1 }) },
    server: (id: number) => ({ host: `zk${id}`, control: { installRelease: installs[id - 1] } }),
  }) as unknown as World;

const step = (count: number) => ({
  kind: "install-release" as const,
  release: release("3.9.6"),
  servers: Array.from({ length: count }, (_, i) => serverId(i + 1)),
});

const pauseFor = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("install-release", () => {
  it("copies to all hosts at once and tells of each how it was", async () => {
    let under = 0;
    let most = 0;
    const installs = Array.from(
      { length: 5 },
      (_, i): Install =>
        async () => {
          under += 1;
          most = Math.max(most, under);
          await pauseFor(20);
          under -= 1;
          return i === 0 ? "already there" : "installed";
        },
    );
    const evidence = await installRelease.verify(step(5), worldWith(installs), null);
    expect(most).toBe(5);
    expect(evidence).toMatchObject({
      hosts: [{ host: "zk1", how: "already there" }, { how: "installed" }, {}, {}, {}],
    });
  });

  it("waits for the other hosts when one has failed, and fails with its reason", async () => {
    let done = false;
    const failing: Install = async () => {
      throw new OpsError("transient", { what: "zk1: the connection was lost.", next: "Try again." });
    };
    const slow: Install = async () => {
      await pauseFor(50);
      done = true;
      return "installed";
    };
    await expect(installRelease.verify(step(2), worldWith([failing, slow]), null)).rejects.toThrow(
      "zk1: the connection was lost.",
    );
    expect(done).toBe(true);
  });

  it("names every host that failed", async () => {
    const failing =
      (host: string): Install =>
      async () => {
        throw new OpsError("refused", {
          what: `${host}: the archive holds links out of its folder.`,
          next: "Mend it.",
        });
      };
    const error = await installRelease
      .verify(step(3), worldWith([failing("zk1"), async () => "installed", failing("zk3")]), null)
      .then(
        () => null,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(OpsError);
    expect((error as OpsError).kind).toBe("refused");
    expect((error as OpsError).failure.what).toBe(
      "3.9.6 could not be installed on 2 of 3 hosts. zk1: the archive holds links out of its folder. zk3: the archive holds links out of its folder.",
    );
  });
});
