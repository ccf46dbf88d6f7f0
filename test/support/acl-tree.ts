// Znodes with the kinds of ACL that real ensembles have, and what their ACLs are at a moment.
import { createHash } from "node:crypto";
import type { AclEntry, Session } from "../../src/ports.ts";

/** Authenticates as the owner of some of the znodes. */
export const TEAM_AUTH = "team:secret";
const TEAM: AclEntry = {
  perms: 31,
  scheme: "digest",
  id: `team:${createHash("sha1").update(TEAM_AUTH).digest("base64")}`,
};
const ANYONE_READS: AclEntry = { perms: 1, scheme: "world", id: "anyone" };
/** Open, a team's own, a team's that all may read, readable only. */
const ACLS: readonly (readonly AclEntry[])[] = [
  [{ perms: 31, scheme: "world", id: "anyone" }],
  [TEAM],
  [TEAM, ANYONE_READS],
  [ANYONE_READS],
];

/** Makes `/app` and below it so many znodes, in two levels, a quarter with each kind of ACL. The session is super's. */
export const createAclTree = async (session: Session, znodes: number): Promise<void> => {
  await session.create("/app", Buffer.from(""));
  const places = Array.from({ length: znodes }, (_, i) => (i < 50 ? `/app/${i}` : `/app/${i % 50}/${i}`));
  for (const some of [places.slice(0, 50), places.slice(50)]) {
    await Promise.all(some.map((path) => session.create(path, Buffer.from(path))));
  }
  await Promise.all(places.map((path, i) => session.setAcl(path, ACLS[i % ACLS.length] ?? [])));
};

/** Path → ACL exactly as stored, of everything but what comes and goes by itself below `/client`. The session is super's. */
export const readAcls = async (session: Session): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    if (/^\/zookeeper|^\/zkshift-canary|^\/client\/./.test(path)) return;
    found.set(path, JSON.stringify((await session.getAclEntries(path)).acl));
    const children = await session.getChildren(path);
    await Promise.all(children.map((child) => visit(path === "/" ? `/${child}` : `${path}/${child}`)));
  };
  await session.sync("/");
  await visit("/");
  return found;
};
