// People's names for tables and files, where a mention cannot be shown. Asked of Slack once each, kept for an hour.
import type { WebClient } from "@slack/web-api";
import type { Clock } from "../src/ports.ts";

export type People = {
  /** A function from user id to name; the id itself where Slack does not tell. Never throws. */
  names(users: readonly string[]): Promise<(user: string) => string>;
};

const KEPT_MS = 3_600_000;

export const makePeople = (slack: WebClient, clock: Clock): People => {
  const known = new Map<string, { readonly name: string; readonly at: number }>();
  const ask = async (user: string): Promise<void> => {
    const cached = known.get(user);
    if (cached !== undefined && clock.now() - cached.at < KEPT_MS) return;
    const answer = await slack.users.info({ user }).catch(() => null);
    const name = answer?.user?.profile?.display_name || answer?.user?.real_name || answer?.user?.name;
    if (name !== undefined && name !== "") known.set(user, { name, at: clock.now() });
  };
  return {
    async names(users) {
      await Promise.all([...new Set(users)].map(ask));
      return (user) => known.get(user)?.name ?? user;
    },
  };
};
