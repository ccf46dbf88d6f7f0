// The pause by ACLs: every znode becomes read-only for all but super. Who is connected stays connected and reads on.
import { codeOf, OpsError } from "../errors.ts";
import { lowerFence, raiseFence } from "./acl-fence.ts";
import type { PauseWay } from "./pause-way.ts";
import { saveAcls } from "./save-acls.ts";
import type { ServerHandle, World } from "./world.ts";

export const pauseByAcl: PauseWay = {
  byAcl: true,
  whyNot: async ({ auth, ensemble }) =>
    auth === null
      ? {
          what: "Writes cannot be paused by ACLs: only super may change every ACL, and the inventory names no super.",
          left: "No ACL was changed.",
          next: `Name \`super\` of ${ensemble.name} in ensembles.yaml, then Retry.`,
        }
      : null,
  pause: async (world) => {
    const session = await world.session();
    await session.sync("/");
    const { file } = await saveAcls(session, world.backupDirectory, {
      ...walkOptions(world),
      progress: (znodes) => world.waiting(`every ACL to be saved (${znodes} so far)`),
    });
    world.fence();
    const { znodes, persistent, fenced } = await raiseFence(session, {
      ...walkOptions(world),
      progress: (looked) => world.waiting(`every znode to be read-only (${looked} looked at)`),
    });
    return { znodes, persistent, fenced, saved: file };
  },
  refusals: async (world) => {
    const seen = await world.observe({ withHosts: false });
    const serving = seen.servers.filter((server) => server.seen.status === "serving");
    return Promise.all(
      serving.map(async ({ id }) => {
        await refusedBy(world, world.server(id));
        return id;
      }),
    );
  },
  resume: async (world) => {
    const session = await world.session();
    world.fence();
    const { changed } = await lowerFence(session, {
      ...walkOptions(world),
      progress: (looked) => world.waiting(`every ACL to be put back (${looked} looked at)`),
    });
    return changed;
  },
};

/** What a walk through the tree leaves out: znodes of canaries, which are written all the time and go with their sessions. */
export const walkOptions = ({ ensemble, signal }: World) => {
  const canaries = `${parentOf(ensemble.canaryPath)}/zkshift-canary-`;
  return { signal, ignore: (path: string): boolean => path.startsWith(canaries) };
};

const parentOf = (path: string): string => (path === "/" ? "" : path);

/** Tries, as a client without any rights of its own, to create a znode beside the canary's. */
const refusedBy = async (world: World, server: ServerHandle): Promise<void> => {
  const path = `${parentOf(world.ensemble.canaryPath)}/zkshift-refused-${world.run}`;
  const session = await world.zookeeper.connect({ servers: [server.client], timeoutMs: 10_000, auth: null });
  try {
    await session.create(path, Buffer.from(""), { ephemeral: true });
  } catch (error) {
    if (codeOf(error) === "NO_AUTH") return;
    throw error;
  } finally {
    // Its znode, if there is one, goes with it.
    await session.close();
  }
  throw new OpsError("step-failed", {
    what: `server.${server.id} took a write of an ordinary client although every ACL forbids it.`,
    left: "The ACLs are read-only; that one test write was taken back.",
    next: "See whether its JVM has `zookeeper.skipACL=yes`: then ACLs do not count. Roll back puts the ACLs back.",
  });
};
