// What the page knows and where its reader is, in one object. `change` alters it and asks for one redraw a frame;
// `refresh` fetches what the current place needs. It draws nothing itself.

import { fetchDirectory, fetchHome, fetchMessages, fetchViews } from "./api.js";
import { formatPlace, parsePlace } from "./place.js";

/**
 * @typedef {import("./api.js").Directory} Directory
 * @typedef {import("./api.js").Message} Message
 * @typedef {import("./api.js").View} View
 * @typedef {{ id: string, user: string, channel: string, thread?: string | undefined, at: number, text: string,
 *   blocks?: import("./api.js").Block[], tone: "info" | "error" }} Notice what only this reader is told, kept in the page
 * @typedef {{ confirm: Record<string, any>, resolve: (agreed: boolean) => void }} Question
 */

export const state = {
  /** @type {Directory} */
  directory: { users: [], channels: [] },
  loaded: false,
  connected: true,
  user: "",
  channel: "",
  /** @type {string | undefined} */
  thread: undefined,
  home: false,
  /** @type {Message[]} */
  messages: [],
  /** @type {Message[]} */
  replies: [],
  /** @type {View[]} */
  views: [],
  /** @type {View | null} */
  homeView: null,
  /** @type {Notice[]} */
  notices: [],
  /** Elements whose click is on its way. @type {Set<string>} */
  busy: new Set(),
  /** Text of files that were opened, or why it could not be read. @type {Readonly<Record<string, { text?: string, error?: string }>>} */
  previews: {},
  /** @type {Record<string, Record<string, string>>} viewId → blockId → what is wrong */
  viewErrors: {},
  /** @type {Question | undefined} */
  question: undefined,
  /** How fast the app answered last; shown small under the composer. @type {string} */
  lastAck: "",
};

/** @type {() => void} */
let redraw = () => undefined;
let isRedrawPlanned = false;

/** @param {() => void} draw */
export function onRedraw(draw) {
  redraw = draw;
}

/** @param {(current: typeof state) => void} edit */
export function change(edit) {
  edit(state);
  if (isRedrawPlanned) return;
  isRedrawPlanned = true;
  requestAnimationFrame(() => {
    isRedrawPlanned = false;
    redraw();
  });
}

/** Reads who and what exists, then goes where the address bar says. */
export async function loadDirectory() {
  const directory = await fetchDirectory();
  change((current) => {
    current.directory = directory;
    current.loaded = true;
  });
  goTo(parsePlace(location.hash));
}

/**
 * @param {import("./place.js").Place} place what is missing or unknown becomes the first there is
 */
export function goTo(place) {
  const { users, channels } = state.directory;
  const user = findNamed(users, place.user) ?? users[0];
  const visible = channels.filter(({ withUser }) => withUser === undefined || withUser === user?.id);
  const channel = findNamed(visible, place.channel) ?? visible[0];
  if (user === undefined || channel === undefined) return;
  const isOpeningHome = place.home === true && !(state.home && state.user === user.id);
  change((current) => {
    if (current.channel !== channel.id || current.user !== user.id) current.messages = [];
    if (current.user !== user.id) {
      current.views = [];
      current.homeView = null;
    }
    if (current.thread !== place.thread || current.user !== user.id) current.replies = [];
    current.user = user.id;
    current.channel = channel.id;
    current.thread = place.thread;
    current.home = place.home === true;
  });
  const hash = formatPlace({ ...place, user: user.name, channel: channel.name });
  if (hash !== location.hash) history.replaceState(null, "", hash);
  refresh();
  if (isOpeningHome) openHome(user.id);
}

/** Apart from `refresh`, because the answer waits for the app. @param {string} user */
async function openHome(user) {
  try {
    const homeView = await fetchHome(user, { isOpening: true });
    if (state.user === user && state.home) change((current) => Object.assign(current, { homeView }));
  } catch {
    // The next change or reconnection shows what there is.
  }
}

/** @returns {import("./place.js").Place} */
export function currentPlace() {
  const place = /** @type {import("./place.js").Place} */ ({ user: state.user, channel: state.channel });
  if (state.thread !== undefined) place.thread = state.thread;
  if (state.home) place.home = true;
  return place;
}

/**
 * @param {{ id: string, name: string }[]} all
 * @param {string | undefined} nameOrId
 */
function findNamed(all, nameOrId) {
  return all.find(({ id, name }) => id === nameOrId || name === nameOrId);
}

let isRefreshing = false;
let isRefreshWanted = false;

/** Fetches the current place; calls that come meanwhile make one more round, not many. */
export async function refresh() {
  isRefreshWanted = true;
  if (isRefreshing) return;
  isRefreshing = true;
  try {
    while (isRefreshWanted) {
      isRefreshWanted = false;
      await refreshOnce();
    }
  } finally {
    isRefreshing = false;
  }
}

async function refreshOnce() {
  const { user, channel, thread, home } = state;
  if (user === "") return;
  try {
    const [directory, messages, replies, views, homeView] = await Promise.all([
      fetchDirectory(),
      fetchMessages({ channel, user }),
      thread === undefined ? [] : fetchMessages({ channel, thread, user }),
      fetchViews(user),
      home ? fetchHome(user, { isOpening: false }) : null,
    ]);
    // The reader may have moved on while this was under way; then the next round brings the right thing.
    if (state.user !== user || state.channel !== channel || state.thread !== thread || state.home !== home) return;
    change((current) => {
      Object.assign(current, { views, homeView, connected: true });
      current.directory = keepEqual(current.directory, directory);
      current.messages = keepEqualMessages(current.messages, messages);
      current.replies = keepEqualMessages(current.replies, replies);
    });
  } catch {
    change((current) => {
      current.connected = false;
    });
  }
}

/**
 * What did not change stays the same object, so that a drawing made of it can be kept (message.js).
 * @template T
 * @param {T} before
 * @param {T} after
 * @returns {T}
 */
function keepEqual(before, after) {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

/** @param {Message[]} before @param {Message[]} after */
function keepEqualMessages(before, after) {
  const known = new Map(before.map((message) => [message.ts, message]));
  return after.map((message) => keepEqual(known.get(message.ts) ?? message, message));
}

/**
 * Tells only this reader something, at the end of the channel or thread they are in.
 * @param {{ text: string, blocks?: import("./api.js").Block[], tone?: "info" | "error", thread?: string | undefined }} notice
 */
export function tell({ text, blocks, tone = "error", thread }) {
  change((current) => {
    const at = Date.now();
    const id = `notice-${at}-${current.notices.length}`;
    const { user, channel } = current;
    current.notices.push({ id, user, channel, thread, at, text, tone, ...(blocks === undefined ? {} : { blocks }) });
  });
}
