// The ACL of a znode whose writes are paused: everyone who might read still may, nobody but super may do more. It carries
// the ACL from before in itself, so that it can be put back exactly by whoever finds it, whatever else was lost. Pure.

/** As `AclEntry` in src/ports.ts. */
type Entry = { readonly perms: number; readonly scheme: string; readonly id: string };

const READ = 1;
/** The entry that carries the ACL from before: to ZooKeeper a digest id like any other, and one that is given no permission. */
const MARK = "zkshift-fence:";
/** First item of what is carried. It also makes the id longer than the digest of any password, so that nobody can be it. */
const FORMAT = "zkshift-acl-before-pause";

/**
 * The fenced form of an ACL. Null where there is nothing to fence: it is fenced already, or lets nobody do anything but read.
 */
export const fencedAcl = (acl: readonly Entry[]): readonly Entry[] | null => {
  if (aclBeforeFence(acl) !== null) return null;
  if (acl.every(({ perms }) => (perms & ~READ) === 0)) return null;
  const before = JSON.stringify([FORMAT, ...acl.map(({ perms, scheme, id }) => [perms, scheme, id])]);
  return [
    ...acl.filter(({ perms }) => (perms & READ) !== 0).map(({ scheme, id }) => ({ perms: READ, scheme, id })),
    { perms: 0, scheme: "digest", id: MARK + Buffer.from(before, "utf8").toString("base64url") },
  ];
};

/** What a fenced ACL was before; null when it is not fenced. */
export const aclBeforeFence = (acl: readonly Entry[]): readonly Entry[] | null => {
  const mark = acl.find(({ scheme, id }) => scheme === "digest" && id.startsWith(MARK));
  if (mark === undefined) return null;
  try {
    const read: unknown = JSON.parse(Buffer.from(mark.id.slice(MARK.length), "base64url").toString("utf8"));
    if (!Array.isArray(read) || read[0] !== FORMAT) return null;
    const entries = read.slice(1).map(entryOf);
    return entries.length === 0 || entries.includes(null) ? null : entries.filter((entry) => entry !== null);
  } catch {
    return null;
  }
};

const entryOf = (read: unknown): Entry | null => {
  if (!Array.isArray(read)) return null;
  const [perms, scheme, id]: readonly unknown[] = read;
  return typeof perms === "number" && typeof scheme === "string" && typeof id === "string"
    ? { perms, scheme, id }
    : null;
};
