// One entry of an ACL as text, as zkCli prints it.
import type { RawAcl } from "node-zookeeper-client";

/** ZooDefs.Perms, in zkCli's order. */
const PERMISSIONS = [
  ["c", 4],
  ["d", 8],
  ["r", 1],
  ["w", 2],
  ["a", 16],
] as const;

/** `cdrwa:world:anyone` */
export const aclText = ({ perms, id }: RawAcl): string => {
  const letters = PERMISSIONS.flatMap(([letter, bit]) => ((perms & bit) === 0 ? [] : [letter])).join("");
  return `${letters}:${id.scheme ?? ""}:${id.id ?? ""}`;
};
