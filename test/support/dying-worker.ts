// A worker's dependencies that die at a chosen moment, as kill -9 would end it: from then on it changes nothing any more, and
// what was under way never comes to an end in the log.
import type { AppDeps } from "../../src/app/app-deps.ts";
import type { Session } from "../../src/ports.ts";

/** Dies when the ACLs set by all its sessions together reach `setAcls`; those under way may or may not arrive. */
export const dyingAfter = (setAcls: number): ((deps: AppDeps) => AppDeps) => {
  let left = setAcls;
  const mortal = (session: Session): Session => ({
    ...session,
    setAcl: async (path, acl, aversion) => {
      if (left-- <= 0) throw Object.assign(new Error("killed"), { name: "AbortError" });
      return session.setAcl(path, acl, aversion);
    },
  });
  return (deps) => ({
    ...deps,
    zookeeper: { ...deps.zookeeper, connect: async (options) => mortal(await deps.zookeeper.connect(options)) },
  });
};
