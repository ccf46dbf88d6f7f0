// A worker's dependencies that die at a chosen moment, as kill -9 would end it: from then on it changes nothing any more, and
// what was under way never comes to an end in the log.
import type { AppDeps } from "../../src/app/app-deps.ts";
import { aclBeforeFence } from "../../src/model/acl-fence.ts";
import type { Session } from "../../src/ports.ts";

/** Dies after so many ACLs were fenced, or given back; those under way may or may not arrive. */
export const dyingAfter = (count: number, which: "fenced" | "given back"): ((deps: AppDeps) => AppDeps) => {
  let left = count;
  const mortal = (session: Session): Session => ({
    ...session,
    setAcl: async (path, acl, aversion) => {
      const counts = (aclBeforeFence(acl) !== null) === (which === "fenced");
      if (left <= 0) throw Object.assign(new Error("killed"), { name: "AbortError" });
      if (counts) left--;
      return session.setAcl(path, acl, aversion);
    },
  });
  return (deps) => ({
    ...deps,
    zookeeper: { ...deps.zookeeper, connect: async (options) => mortal(await deps.zookeeper.connect(options)) },
  });
};
