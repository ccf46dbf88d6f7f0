import { expect, test } from "vitest";
import { OpsError } from "../../../src/errors.ts";
import { hostName, serverId } from "../../../src/model/ids.ts";
import { onEveryServer } from "../../../src/steps/on-every-server.ts";
import type { ServerHandle } from "../../../src/steps/world.ts";

const servers = [1, 2, 3].map(
  (id) => ({ id: serverId(id), host: hostName(`zk${id}`) }) as Partial<ServerHandle> as ServerHandle,
);
const broken = (what: string) => new OpsError("transient", { what, next: "" });
const on = (errors: readonly (Error | null)[]) =>
  onEveryServer(servers, "It could not be done", async ({ id }) => {
    const error = errors[id - 1] ?? null;
    if (error !== null) throw error;
    return id;
  });

test("answers in the order of the servers, or with every host's reason", async () => {
  expect(await on([])).toEqual([1, 2, 3]);
  await expect(on([broken("a"), null, broken("c")])).rejects.toMatchObject({
    failure: { what: "It could not be done on 2 of 3 hosts. zk1: a zk3: c" },
  });
});

test("a worker that is stopped, or replaced, is no failure of the step, whatever failed elsewhere", async () => {
  const abort = Object.assign(new Error("stop"), { name: "AbortError" });
  await expect(on([broken("a"), abort, abort])).rejects.toBe(abort);
  const fenced = new OpsError("refused", { what: "another worker", next: "" }, { code: "FENCED" });
  await expect(on([broken("a"), null, fenced])).rejects.toBe(fenced);
});
