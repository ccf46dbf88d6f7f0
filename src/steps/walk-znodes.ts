// Goes through all znodes from the root down, a parent always before its children, many at once.
import { codeOf } from "../errors.ts";
import type { Session } from "../ports.ts";

/** Requests under way: enough that the network's way there and back is not what it waits for. */
const CONCURRENCY = 64;
/** ZooKeeper's own. */
const SYSTEM = "/zookeeper";

/**
 * Calls `visit` for each znode but `/zookeeper` and what `ignore` says; only when it has come back the znode's children are
 * listed, so a child that is created meanwhile is either found or was refused by what `visit` did. `visit` answers false for a
 * znode that is gone: nothing is below it then. The first failure ends the walk.
 */
export const walkZnodes = async (
  session: Session,
  options: { readonly ignore: (path: string) => boolean; readonly signal: AbortSignal },
  visit: (path: string) => Promise<boolean>,
): Promise<void> => {
  /** A stack, not a queue: depth first keeps it short. */
  const open = ["/"];
  const one = async (path: string): Promise<void> => {
    if (!(await visit(path))) return;
    for (const child of await childrenOf(session, path)) {
      const below = path === "/" ? `/${child}` : `${path}/${child}`;
      if (below !== SYSTEM && !options.ignore(below)) open.push(below);
    }
  };
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  while (failures.length === 0 && (open.length > 0 || running.size > 0)) {
    options.signal.throwIfAborted();
    while (open.length > 0 && running.size < CONCURRENCY) {
      const work: Promise<void> = one(open.pop() ?? "/")
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => running.delete(work));
      running.add(work);
    }
    await Promise.race(running);
  }
  // Nothing of it goes on when this returns: the caller may close the session.
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
};

const childrenOf = async (session: Session, path: string): Promise<readonly string[]> => {
  try {
    return await session.getChildren(path);
  } catch (error) {
    // Without super some may not be read; what is below them stays unseen.
    if (codeOf(error) === "NO_NODE" || codeOf(error) === "NO_AUTH") return [];
    throw error;
  }
};
