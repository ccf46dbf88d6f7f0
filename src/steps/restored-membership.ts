// After a restore, what servers tell clients of their members. With reconfig switched on each server brings its own list along.
// Without it a leader tells what its data hold, which are the members of the ensemble that the backup is of (seen on 3.8.0 and
// 3.9.6): clients, and zkshift, would be led astray.
import { codeOf, OpsError } from "../errors.ts";
import { dynamicMembership, formatMember } from "../model/dynamic-config.ts";
import type { Member } from "../model/ensemble.ts";
import { sessionTo } from "./seeing.ts";
import type { ServerHandle, World } from "./world.ts";

const CONFIG = "/zookeeper/config";

/** True where it had to be set right, as super. Throws `step-failed` where that cannot be done. */
export const setMembershipRight = async (
  servers: readonly ServerHandle[],
  members: readonly Member[],
  world: World,
): Promise<boolean> => {
  const told = await tellAll(servers, world);
  const wrong = servers.filter((_, i) => isOfOthers(told[i] ?? null, members));
  const [first] = wrong;
  if (first === undefined) return false;
  // Each follower tells its own, which is in its server's very words.
  const right = told.find((text) => text !== null && !isOfOthers(text, members)) ?? written(members);
  const session = await sessionTo(world, first);
  try {
    await session.setData(CONFIG, Buffer.from(right));
  } catch (cause) {
    if (codeOf(cause) !== "NO_AUTH") throw cause;
    throw notSet(first, "only super may set it right", cause);
  } finally {
    await session.close();
  }
  const now = await tellAll(servers, world);
  const still = servers.find((_, i) => isOfOthers(now[i] ?? null, members));
  if (still !== undefined) throw notSet(still, "setting it right did not help", undefined);
  return true;
};

/** Null from releases before 3.5, which tell nothing, and where it is empty, as on a standalone server. */
const tellAll = (servers: readonly ServerHandle[], world: World): Promise<readonly (string | null)[]> =>
  Promise.all(
    servers.map(async (server) => {
      const session = await sessionTo(world, server);
      try {
        await session.sync("/");
        return (await session.getData(CONFIG)).data.toString();
      } catch (error) {
        if (codeOf(error) === "NO_NODE") return null;
        throw error;
      } finally {
        await session.close();
      }
    }),
  );

const nameOf = ({ id, address, quorumPort }: Member): string => `${id} ${address}:${quorumPort}`;

const isOfOthers = (text: string | null, members: readonly Member[]): boolean => {
  const told = text === null ? null : dynamicMembership(text);
  if (told === null) return false;
  const names = (some: readonly Member[]): string => some.map(nameOf).sort().join();
  return names(told.members) !== names(members);
};

const written = (members: readonly Member[]): string => [...members.map(formatMember), "version=0"].join("\n");

const notSet = ({ id }: ServerHandle, why: string, cause: unknown): OpsError =>
  new OpsError(
    "step-failed",
    {
      what: `server.${id} tells clients the members of the ensemble that the backup is of, and ${why}.`,
      left: "Every server serves the restored data.",
      next: "Name `super` of the ensemble in ensembles.yaml (its servers need the superDigest), then Retry; or Roll back.",
    },
    { cause, code: "MEMBERS_OF_OTHERS" },
  );
