// The page's only way to the workspace: its documented HTTP API (`/sandbox/…`) and the stream of change events. Answers
// that are no success become an Error with a sentence a person can read.

/**
 * @typedef {{ id: string, name: string }} Named
 * @typedef {Named & { isBot?: boolean }} User
 * @typedef {Named & { withUser?: string }} Channel `withUser`: a direct conversation of the app with this user
 * @typedef {{ name?: string, users: User[], channels: Channel[], usergroups?: (Named & { handle?: string })[] }} Directory
 * @typedef {{ name: string, users: string[], count: number }} Reaction
 * @typedef {{ id: string, name?: string, title?: string, mimetype?: string, size?: number, url?: string }} SharedFile
 * @typedef {Record<string, any> & { type: string, block_id?: string }} Block a Block Kit block as the app sent it
 * @typedef {{
 *   ts: string, threadTs?: string, user: string, text: string, blocks?: Block[], attachments?: Record<string, any>[],
 *   ephemeralFor?: string,
 *   reactions?: Reaction[], files?: SharedFile[], editedTs?: string, broadcast?: boolean, deleted?: boolean, replyCount?: number,
 *   latestReply?: string
 * }} Message
 * @typedef {Record<string, any> & { id: string, blocks: Block[] }} View a Slack view object
 */

/**
 * @param {string} path
 * @param {Record<string, string | undefined>} [query]
 */
async function get(path, query = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, value);
  return answerOf(await fetch(`${path}?${params}`));
}

/**
 * @param {string} path
 * @param {Record<string, unknown>} body
 */
async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return answerOf(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** @param {Response} response */
async function answerOf(response) {
  const text = await response.text();
  /** @type {any} */
  let answer;
  try {
    answer = text === "" ? {} : JSON.parse(text);
  } catch {
    answer = { error: text.slice(0, 300) };
  }
  if (!response.ok) throw new Error(answer?.error ?? `the workspace answered ${response.status}`);
  return answer;
}

/** @returns {Promise<Directory>} people and the app; channels, and direct conversations as channels of one reader */
export async function fetchDirectory() {
  const { users, channels, directs = [], ...rest } = await get("/sandbox/state");
  const nameOf = (/** @type {string} */ id) => users.find((/** @type {User} */ user) => user.id === id)?.name ?? id;
  return {
    ...rest,
    users,
    channels: [
      ...channels,
      ...directs.map((/** @type {{ id: string, user: string }} */ { id, user }) => ({
        id,
        name: `dm-${nameOf(user)}`,
        withUser: user,
      })),
    ],
  };
}

/** @param {{ channel: string, thread?: string | undefined, user: string }} query @returns {Promise<Message[]>} */
export const fetchMessages = (query) => get("/sandbox/messages", query);

/** @param {string} user @returns {Promise<View[]>} */
export const fetchViews = (user) => get("/sandbox/views", { user });

/**
 * Opening the Home tells the app, which then publishes it anew; looking at it again while it is open must not.
 * @param {string} user
 * @param {{ isOpening: boolean }} how
 * @returns {Promise<View | null>}
 */
export const fetchHome = (user, { isOpening }) => get("/sandbox/home", isOpening ? { user } : { user, peek: "true" });

/** @param {string} id */
export const fileUrl = (id) => `/sandbox/files/${encodeURIComponent(id)}`;

/** @param {string} id @returns {Promise<string>} */
export async function fetchFileText(id) {
  const response = await fetch(fileUrl(id));
  if (!response.ok) throw new Error(`the workspace answered ${response.status}`);
  return response.text();
}

/**
 * @param {{ user: string, channel: string, text: string }} body
 * @returns {Promise<{ ackMs?: number, response?: any, error?: string }>}
 */
export const sendCommand = (body) => post("/sandbox/command", body);

/** @param {{ user: string, channel: string, threadTs?: string | undefined, text: string }} body */
export const sendPost = (body) => post("/sandbox/post", body);

/**
 * @param {Record<string, unknown>} body user, actionId, value and either channel and ts or viewId
 * @returns {Promise<{ ackMs?: number, error?: string }>}
 */
export const sendClick = (body) => post("/sandbox/click", body);

/**
 * @param {{ user: string, viewId: string, values: Record<string, Record<string, unknown>> }} body
 * @returns {Promise<{ errors?: Record<string, string>, error?: string }>}
 */
export const submitView = (body) => post("/sandbox/submit", body);

/** @param {{ user: string, viewId: string }} body */
export const closeView = (body) => post("/sandbox/close", body);

/**
 * @param {() => void} onChange something changed, or may have while the stream was down
 * @param {(connected: boolean) => void} onConnection
 */
export function listen(onChange, onConnection) {
  const events = new EventSource("/sandbox/events");
  events.onopen = () => {
    onConnection(true);
    onChange();
  };
  events.onmessage = onChange;
  // EventSource tries again by itself.
  events.onerror = () => onConnection(false);
}
