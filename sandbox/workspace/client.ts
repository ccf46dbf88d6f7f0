// A person's hands and eyes, typed: what tests and the demo use to type, click, submit and look in a workspace.

import type { JsonObject } from "./json.ts";

export type ShownMessage = {
  readonly ts: string;
  readonly channel: string;
  readonly threadTs?: string;
  readonly user: string;
  readonly userName?: string;
  readonly text: string;
  readonly blocks: readonly JsonObject[];
  readonly attachments: readonly JsonObject[];
  readonly ephemeralFor?: string;
  readonly broadcast?: boolean;
  readonly deleted?: boolean;
  readonly reactions: readonly { readonly name: string; readonly users: readonly string[]; readonly count: number }[];
  readonly files: readonly { readonly id: string; readonly name: string; readonly url_private: string }[];
  readonly metadata?: JsonObject;
  readonly editedTs?: string;
  readonly replyCount: number;
};
type ShownView = JsonObject & { readonly id: string; readonly blocks: readonly JsonObject[] };
type Acknowledged = { readonly ackMs: number; readonly error?: string };
type Asked = { readonly channel: string; readonly thread?: string; readonly user?: string };

export type SandboxClient = {
  command(
    user: string,
    channel: string,
    text: string,
    extra?: { readonly threadTs?: string },
  ): Promise<Acknowledged & { readonly response?: ShownMessage }>;
  messages(asked: Asked): Promise<readonly ShownMessage[]>;
  click(
    user: string,
    message: Pick<ShownMessage, "channel" | "ts">,
    actionId: string,
    value?: unknown,
  ): Promise<Acknowledged>;
  clickInView(user: string, viewId: string, actionId: string, value?: unknown): Promise<Acknowledged>;
  mention(user: string, channel: string, text: string, threadTs?: string): Promise<{ readonly ts: string }>;
  post(user: string, channel: string, text: string, threadTs?: string): Promise<{ readonly ts: string }>;
  views(user: string): Promise<readonly ShownView[]>;
  submit(
    user: string,
    viewId: string,
    values: JsonObject,
  ): Promise<Acknowledged & { readonly errors?: Readonly<Record<string, string>> }>;
  closeView(user: string, viewId: string): Promise<Acknowledged>;
  /** Opens the Home tab. */
  home(user: string): Promise<ShownView | null>;
  /** Looks at the Home tab as it is, without telling the app. */
  peekHome(user: string): Promise<ShownView | null>;
  setGroup(group: string, users: readonly string[]): Promise<void>;
  faults(wanted: JsonObject): Promise<void>;
  calls(
    method?: string,
  ): Promise<
    readonly { readonly at: number; readonly method: string; readonly status: number; readonly error?: string }[]
  >;
  fileText(file: { readonly url_private: string }): Promise<string>;
  /** Asks again until a message fits; rejects after `withinMs` and shows what was there instead. */
  waitForMessage(asked: Asked, fits: (message: ShownMessage) => boolean, withinMs?: number): Promise<ShownMessage>;
};

export function createSandboxClient(url: string): SandboxClient {
  async function ask<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}/sandbox/${path}`, {
      ...(body === undefined
        ? {}
        : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path} was refused: ${JSON.stringify(answer)}`);
    return answer as T;
  }
  const query = (fields: object) => new URLSearchParams(Object.entries(fields)).toString();
  const messages = (asked: Asked) => ask<readonly ShownMessage[]>(`messages?${query(asked)}`);

  return {
    messages,
    command: (user, channel, text, extra = {}) => ask("command", { user, channel, text, ...extra }),
    click: (user, { channel, ts }, actionId, value) => ask("click", { user, channel, ts, actionId, value }),
    clickInView: (user, viewId, actionId, value) => ask("click", { user, viewId, actionId, value }),
    mention: (user, channel, text, threadTs) => ask("mention", { user, channel, text, threadTs }),
    post: (user, channel, text, threadTs) => ask("post", { user, channel, text, threadTs }),
    views: (user) => ask(`views?${query({ user })}`),
    submit: (user, viewId, values) => ask("submit", { user, viewId, values }),
    closeView: (user, viewId) => ask("close", { user, viewId }),
    home: (user) => ask(`home?${query({ user })}`),
    peekHome: (user) => ask(`home?${query({ user, peek: "true" })}`),
    setGroup: async (group, users) => void (await ask("groups", { group, users })),
    faults: async (wanted) => void (await ask("faults", wanted)),
    calls: (method) => ask(`calls?${query(method === undefined ? {} : { method })}`),
    fileText: async (file) => (await fetch(file.url_private)).text(),
    async waitForMessage(asked, fits, withinMs = 5_000) {
      const deadline = Date.now() + withinMs;
      for (;;) {
        const all = await messages(asked);
        const fitting = all.find(fits);
        if (fitting !== undefined) return fitting;
        if (Date.now() > deadline) {
          const there = all.map(({ text, ephemeralFor }) => `${ephemeralFor ? "(private) " : ""}${text}`);
          throw new Error(`No message fitted within ${withinMs} ms. There were:\n${there.join("\n")}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
  };
}
