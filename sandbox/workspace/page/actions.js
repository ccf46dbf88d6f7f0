// What a person does on the page → calls to the workspace. Every failure is told to that person in words; none is lost.

import { closeView, sendClick, sendCommand, sendPost, submitView } from "./api.js";
import { slashWord } from "./commands.js";
import { change, currentPlace, goTo, refresh, state, tell } from "./store.js";

/** @typedef {{ ts: string } | { viewId: string }} Surface where an element was clicked */

/**
 * Sends what the composer holds: a command, or a message (in which `@name` mentions somebody, the app too).
 * @param {string} text
 * @param {string | undefined} thread
 */
export async function sendText(text, thread) {
  const { user, channel } = state;
  const command = slashWord(text);
  try {
    if (command !== undefined && thread !== undefined) {
      tell({ thread, text: "Slash commands do not work in threads. Mention the app here, or type it in the channel." });
    } else if (command !== undefined) {
      const { ackMs, response, error } = await sendCommand({ user, channel, text: text.trim() });
      noteAck(ackMs);
      if (error) tell({ text: `\`${text.trim()}\`\n${error}` });
      tellResponse(response);
    } else {
      await sendPost({ user, channel, text, ...(thread === undefined ? {} : { threadTs: thread }) });
    }
  } catch (error) {
    tell({ thread, text: `Not sent: ${reason(error)}` });
  }
  refresh();
}

/**
 * The acknowledgement may carry an answer. The workspace keeps such an answer as a private message already, so it is told
 * here only if it did not.
 * @param {any} response
 */
function tellResponse(response) {
  if (response === undefined || response === null || response === "" || response.ts !== undefined) return;
  const { text, blocks } = typeof response === "string" ? { text: response, blocks: undefined } : response;
  if (text || blocks) tell({ text: text ?? "", blocks, tone: "info" });
}

/**
 * @param {Surface} surface
 * @param {{ actionId: string, blockId: string, value?: unknown, confirm?: Record<string, any> }} action
 */
export async function act(surface, { actionId, blockId, value, confirm }) {
  if (confirm !== undefined && !(await ask(confirm))) return;
  const key = busyKey(surface, blockId, actionId);
  if (state.busy.has(key)) return;
  change((current) => current.busy.add(key));
  const { user, channel } = state;
  const place = "ts" in surface ? { channel, ts: surface.ts } : { viewId: surface.viewId };
  const thread = "ts" in surface && state.replies.some(({ ts }) => ts === surface.ts) ? state.thread : undefined;
  try {
    const answer = await sendClick({ user, ...place, actionId, blockId, ...(value === undefined ? {} : { value }) });
    noteAck(answer.ackMs);
    if (answer.error) tell({ thread, text: `Your click did not get through: ${answer.error}` });
  } catch (error) {
    tell({ thread, text: `Your click did not get through: ${reason(error)}` });
  }
  change((current) => current.busy.delete(key));
  refresh();
}

/**
 * @param {Surface} surface
 * @param {string} blockId
 * @param {string} actionId
 */
export function busyKey(surface, blockId, actionId) {
  return `${"ts" in surface ? surface.ts : surface.viewId}/${blockId}/${actionId}`;
}

/** @param {Record<string, any>} confirm Slack's confirmation object @returns {Promise<boolean>} */
function ask(confirm) {
  return new Promise((resolve) => {
    change((current) => {
      current.question = {
        confirm,
        resolve: (agreed) => {
          change((later) => {
            later.question = undefined;
          });
          resolve(agreed);
        },
      };
    });
  });
}

/**
 * @param {string} viewId
 * @param {Record<string, Record<string, unknown>>} values
 * @returns {Promise<boolean>} whether it was accepted
 */
export async function submit(viewId, values) {
  const key = busyKey({ viewId }, "", "submit");
  if (state.busy.has(key)) return false;
  change((current) => current.busy.add(key));
  /** @type {Record<string, string>} */
  let errors = {};
  try {
    const answer = await submitView({ user: state.user, viewId, values });
    errors = answer.errors ?? {};
    if (answer.error) errors = { ...errors, "": answer.error };
  } catch (error) {
    errors = { "": `Not sent: ${reason(error)}` };
  }
  change((current) => {
    current.busy.delete(key);
    current.viewErrors[viewId] = errors;
  });
  await refresh();
  return Object.keys(errors).length === 0;
}

/** @param {string} viewId */
export async function close(viewId) {
  // Gone at once for the eye; the workspace hears of it, and if it cannot, the next refresh shows the truth.
  change((current) => {
    current.views = current.views.filter(({ id }) => id !== viewId);
  });
  try {
    await closeView({ user: state.user, viewId });
  } catch (error) {
    tell({ text: `Could not close the dialog: ${reason(error)}` });
  }
  refresh();
}

/** @param {string} user */
export function switchUser(user) {
  // Somebody else's direct conversation falls back to the first channel.
  goTo({ ...currentPlace(), user });
}

/** @param {string} channel */
export function openChannel(channel) {
  goTo({ user: state.user, channel });
}

export function openHome() {
  goTo({ user: state.user, channel: state.channel, home: true });
}

/** @param {string | undefined} thread */
export function openThread(thread) {
  const place = currentPlace();
  delete place.thread;
  goTo(thread === undefined ? place : { ...place, thread });
}

/** @param {string} id */
export function dismissNotice(id) {
  change((current) => {
    current.notices = current.notices.filter((notice) => notice.id !== id);
  });
}

/** @param {number | undefined} ackMs */
function noteAck(ackMs) {
  if (ackMs === undefined) return;
  change((current) => {
    current.lastAck = `acknowledged in ${Math.round(ackMs)} ms`;
  });
}

/** @param {import("./api.js").User} user */
export function isApp(user) {
  return user.isBot === true;
}

/** @param {unknown} error */
function reason(error) {
  return error instanceof Error ? error.message : String(error);
}
