// Everything the workspace remembers, and the people, channels and group it starts with. Records are replaced, never edited in
// place, and every change is announced once to those who watch.

import type { JsonObject } from "./json.ts";

export type User = { readonly id: string; readonly name: string; readonly realName: string; readonly isBot: boolean };
export type Channel = {
  readonly id: string;
  readonly name: string;
  readonly botIsMember: boolean;
  /** Set for a direct conversation between the bot and this user. */
  readonly withUser?: string;
};
export type Group = { readonly id: string; readonly handle: string; readonly users: readonly string[] };
export type Reaction = { readonly name: string; readonly users: readonly string[] };

export type Message = {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly blocks: readonly JsonObject[];
  readonly attachments: readonly JsonObject[];
  readonly reactions: readonly Reaction[];
  readonly fileIds: readonly string[];
  readonly threadTs?: string | undefined;
  readonly broadcast?: boolean | undefined;
  readonly ephemeralFor?: string | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly editedTs?: string | undefined;
  /** A deleted message that keeps its place because its thread lives on. */
  readonly deleted?: boolean | undefined;
};

/** What people have entered: block id → action id → Slack's state entry. */
export type Values = { readonly [blockId: string]: { readonly [actionId: string]: JsonObject } };

export type OpenView = {
  readonly id: string;
  readonly user: string;
  readonly view: JsonObject;
  /** The view as the app gave it, before ids were added. */
  readonly given: JsonObject;
  readonly values: Values;
  readonly hash: string;
  readonly rootId: string;
  readonly previousId?: string | undefined;
};

export type StoredFile = {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly length: number;
  readonly uploadKey: string;
  readonly content?: Buffer | undefined;
  readonly shared: boolean;
};

export type State = {
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly appId: string;
  readonly bot: User & { readonly botId: string };
  readonly users: Map<string, User>;
  readonly channels: Map<string, Channel>;
  readonly groups: Map<string, Group>;
  /** Channel id → timestamp → message, oldest first. */
  readonly messages: Map<string, Map<string, Message>>;
  /** Channel id and parent's timestamp → timestamps of its replies, those that everyone sees. */
  readonly threads: Map<string, readonly string[]>;
  /** Open modals by id, in the order they were opened; the last of a user lies on top. */
  readonly modals: Map<string, OpenView>;
  /** App Home by user id. */
  readonly homes: Map<string, OpenView>;
  /** How often App Home was published, by user id. */
  readonly homesPublished: Map<string, number>;
  /** When App Home was last opened, by user id. */
  readonly homesOpenedAt: Map<string, number>;
  readonly files: Map<string, StoredFile>;
  /** Values chosen in messages, by user and message: Slack sends them along with each action. */
  readonly choices: Map<string, Values>;
  changed(): void;
  onChange(listener: () => void): () => void;
};

const person = (id: string, name: string, realName: string): User => ({ id, name, realName, isBot: false });

export function createState(botChannels: readonly string[]): State {
  const listeners = new Set<() => void>();
  const bot = { id: "U0ZKSHIFT", name: "zkshift", realName: "zkshift", isBot: true, botId: "B0ZKSHIFT" };
  const people = [
    person("U0OPERATOR", "operator", "Olivia Operator"),
    person("U0APPROVER", "approver", "Arno Approver"),
    person("U0VIEWER", "viewer", "Vera Viewer"),
  ];
  const channels = [
    { id: "C0ZOOKEEPER", name: "zookeeper" },
    { id: "C0OPS", name: "ops" },
  ].map((channel) => ({ ...channel, botIsMember: botChannels.includes(channel.name) }));
  const group: Group = { id: "S0APPROVERS", handle: "zk-approvers", users: ["U0APPROVER"] };
  return {
    team: { id: "T0LOCAL", name: "Local workspace", domain: "local" },
    appId: "A0ZKSHIFT",
    bot,
    users: new Map([...people, bot].map((user) => [user.id, user])),
    channels: new Map(channels.map((channel) => [channel.id, channel])),
    groups: new Map([[group.id, group]]),
    messages: new Map(channels.map((channel) => [channel.id, new Map()])),
    threads: new Map(),
    modals: new Map(),
    homes: new Map(),
    homesPublished: new Map(),
    homesOpenedAt: new Map(),
    files: new Map(),
    choices: new Map(),
    changed() {
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const bare = (name: string): string => name.replace(/^[#@]/, "");

/** A user by id or name, with or without `@`. */
export const findUser = (state: State, name: string): User | undefined =>
  state.users.get(name) ?? [...state.users.values()].find((user) => user.name === bare(name));

/** A channel by id or name, with or without `#`. */
export const findChannel = (state: State, name: string): Channel | undefined =>
  state.channels.get(name) ?? [...state.channels.values()].find((channel) => channel.name === bare(name));

/** A user group by id or handle, with or without `@`. */
export const findGroup = (state: State, name: string): Group | undefined =>
  state.groups.get(name) ?? [...state.groups.values()].find((group) => group.handle === bare(name));

/** The direct conversation of the bot with a user, made when it is first needed. */
export function openDirect(state: State, user: User): Channel {
  const id = `D${user.id.slice(1)}`;
  const known = state.channels.get(id);
  if (known !== undefined) return known;
  const channel: Channel = { id, name: `dm-${user.name}`, botIsMember: true, withUser: user.id };
  state.channels.set(id, channel);
  state.messages.set(id, new Map());
  return channel;
}
