// The members in a static zoo.cfg: which servers it lists, and whether the server itself has a vote. Pure: text in, text out.
import { formatMember, parseMembers } from "../model/dynamic-config.ts";
import type { Member } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import { applyChanges, entriesOf, parseZooCfg } from "../model/zoo-cfg.ts";

const isMemberKey = (key: string): boolean => /^(server|group|weight)\.\d+$/.test(key);

/** The text without any word about members. */
export const withoutMembers = (text: string): string =>
  applyChanges(
    text,
    [...entriesOf(parseZooCfg(text)).keys()]
      .filter((key) => isMemberKey(key) || key === "peerType" || key === "dynamicConfigFile" || key === "version")
      .map((key) => ({ key, to: null })),
  );

/**
 * The text with exactly these members, as server `self` reads it; `self` need not be among them. The same text when it
 * says so already, so that a difference means that something is to be done.
 */
export const withMembers = (text: string, members: readonly Member[], self: ServerId): string => {
  if (listsExactly(text, members, self)) return text;
  const own = members.find(({ id }) => id === self);
  const lines = members.map((member) => {
    const [key = "", value = ""] = split(formatMember({ ...member, client: null }));
    return { key, to: value };
  });
  const peer = own?.role === "observer" ? [{ key: "peerType", to: "observer" }] : [];
  return applyChanges(withoutMembers(text), [...peer, ...lines]);
};

const split = (line: string): readonly string[] => {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
};

const listsExactly = (text: string, members: readonly Member[], self: ServerId): boolean => {
  const cfg = entriesOf(parseZooCfg(text));
  const isObserver = cfg.get("peerType")?.toLowerCase() === "observer";
  const shouldObserve = members.find(({ id }) => id === self)?.role === "observer";
  return isObserver === shouldObserve && sameLines(parseMembers(text).members, members);
};

const sameLines = (a: readonly Member[], b: readonly Member[]): boolean => {
  const texts = (members: readonly Member[]): string =>
    members
      .map((member) => formatMember({ ...member, client: null }))
      .sort()
      .join("\n");
  return texts(a) === texts(b);
};
