// Slack's rate limits: posting about once a second in each channel, everything else by tier, counted over the last minute.
// Source: docs.slack.dev/apis/web-api/rate-limits.

/** Calls a minute. */
const tiers = { two: 20, three: 50, four: 100 } as const;

const perMinute: Readonly<Record<string, number>> = {
  "apps.connections.open": tiers.two,
  "bots.info": tiers.three,
  "chat.delete": tiers.three,
  "chat.postEphemeral": tiers.four,
  "chat.update": tiers.three,
  "conversations.history": tiers.three,
  "conversations.info": tiers.three,
  "conversations.join": tiers.three,
  "conversations.list": tiers.two,
  "conversations.open": tiers.three,
  "conversations.replies": tiers.three,
  "files.completeUploadExternal": tiers.four,
  "files.getUploadURLExternal": tiers.four,
  "files.info": tiers.four,
  "reactions.add": tiers.three,
  "reactions.get": tiers.three,
  "reactions.remove": tiers.two,
  "team.info": tiers.three,
  "usergroups.list": tiers.two,
  "usergroups.users.list": tiers.two,
  "users.info": tiers.four,
  "users.list": tiers.two,
  "users.lookupByEmail": tiers.three,
  "views.open": tiers.four,
  "views.publish": tiers.four,
  "views.push": tiers.four,
  "views.update": tiers.four,
};

// Slack allows short bursts above one post a second and does not say how short; five is what it has been seen to bear.
const POST_BURST = 5;
const MINUTE_MS = 60_000;

export type RateLimits = {
  /** Counts one call; returns the seconds to wait when it is one too many. */
  count(method: string, channel: string): number | undefined;
};

export function createRateLimits(mode: "strict" | "relaxed", now: () => number = Date.now): RateLimits {
  const posts = new Map<string, { readonly left: number; readonly at: number }>();
  const calls = new Map<string, readonly number[]>();

  const countPost = (channel: string): number | undefined => {
    const bucket = posts.get(channel) ?? { left: POST_BURST, at: now() };
    const left = Math.min(POST_BURST, bucket.left + (now() - bucket.at) / 1000);
    if (left < 1) return 1;
    posts.set(channel, { left: left - 1, at: now() });
    return undefined;
  };

  const countInWindow = (method: string, most: number): number | undefined => {
    const recent = (calls.get(method) ?? []).filter((at) => now() - at < MINUTE_MS);
    const [oldest] = recent;
    if (recent.length >= most && oldest !== undefined)
      return Math.max(1, Math.ceil((oldest + MINUTE_MS - now()) / 1000));
    calls.set(method, [...recent, now()]);
    return undefined;
  };

  return {
    count(method, channel) {
      if (mode === "relaxed") return undefined;
      if (method === "chat.postMessage") return countPost(channel);
      const most = perMinute[method];
      return most === undefined ? undefined : countInWindow(method, most);
    },
  };
}
