// Where the reader is (user, channel or App Home, thread) ↔ the address bar's hash, so that a place can be reloaded,
// bookmarked and sent. Pure.

/** @typedef {{ user?: string, channel?: string, thread?: string, home?: boolean }} Place names, not ids; thread is a ts */

/**
 * @param {string} hash "#channel=zookeeper&user=operator&thread=1700000000.000100"
 * @returns {Place}
 */
export function parsePlace(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {Place} */
  const place = {};
  const user = params.get("user");
  const channel = params.get("channel");
  const thread = params.get("thread");
  if (user) place.user = user;
  if (channel) place.channel = channel;
  if (thread && /^\d+\.\d+$/.test(thread)) place.thread = thread;
  if (params.get("view") === "home") place.home = true;
  return place;
}

/**
 * @param {Place} place
 * @returns {string}
 */
export function formatPlace(place) {
  const params = new URLSearchParams();
  if (place.channel !== undefined) params.set("channel", place.channel);
  if (place.user !== undefined) params.set("user", place.user);
  if (place.thread !== undefined) params.set("thread", place.thread);
  if (place.home === true) params.set("view", "home");
  return `#${params}`;
}
