// How typed text reaches the app: names become ids in angle brackets, and the three characters that mark them are escaped.

import { findChannel, findGroup, findUser, type State } from "./state.ts";

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// Already in angle brackets, an address, @name or #name.
const marked =
  /(<[@#!][^<>]+>|<https?:[^<>]+>)|(https?:\/\/[^\s<>]+)|((?<!\w)[@#][a-z0-9](?:[a-z0-9_.-]*[a-z0-9_-])?)/gi;

function mention(state: State, word: string, style: "message" | "command"): string | undefined {
  const name = word.slice(1);
  if (word.startsWith("#")) {
    const channel = findChannel(state, name);
    return channel === undefined ? undefined : `<#${channel.id}|${channel.name}>`;
  }
  const user = findUser(state, name);
  if (user !== undefined) return style === "command" ? `<@${user.id}|${user.name}>` : `<@${user.id}>`;
  const group = findGroup(state, name);
  return group === undefined ? undefined : `<!subteam^${group.id}|@${group.handle}>`;
}

/** Text as Slack sends it to the app, with users, groups, channels and addresses marked up. */
export function escapeText(state: State, text: string, style: "message" | "command"): string {
  let out = "";
  let from = 0;
  for (const match of text.matchAll(marked)) {
    const [whole, done, address, word] = match;
    out += escaped(text.slice(from, match.index));
    if (done !== undefined) out += mention(state, `@${/^<@(\w+)>$/.exec(done)?.[1] ?? ""}`, style) ?? done;
    else if (address !== undefined) out += `<${escaped(address)}>`;
    else out += mention(state, word ?? "", style) ?? escaped(whole);
    from = match.index + whole.length;
  }
  return out + escaped(text.slice(from));
}
