// Modals and App Homes as the workspace keeps them: opened, stacked, replaced, closed, and shown in Slack's own shape.

import { randomBytes } from "node:crypto";
import { checkView } from "../../handlers/views/block-limits.ts";
import { withIds } from "./block-ids.ts";
import { unsupportedBlocks } from "./content.ts";
import type { Context } from "./context.ts";
import { valuesOf } from "./elements.ts";
import { isObject, type JsonObject, objectsIn } from "./json.ts";
import type { OpenView, State } from "./state.ts";

/** Slack stacks no more than three modals. */
export const MOST_STACKED = 3;
const MOST_BYTES = 250_000;

export const findView = (state: State, id: string): OpenView | undefined =>
  state.modals.get(id) ?? [...state.homes.values()].find((home) => home.id === id);

export const findByExternalId = (state: State, externalId: string): OpenView | undefined =>
  [...state.modals.values(), ...state.homes.values()].find((open) => open.view.external_id === externalId);

/** A user's open modals, the one on top last. */
export const modalsOf = (state: State, user: string): readonly OpenView[] =>
  [...state.modals.values()].filter((open) => open.user === user);

export function keepView(state: State, open: OpenView): void {
  if (open.view.type === "home") state.homes.set(open.user, open);
  else state.modals.set(open.id, open);
  state.changed();
}

const newHash = (): string => `${Math.floor(Date.now() / 1000)}.${randomBytes(4).toString("hex")}`;

/** What Slack would say about a view before showing it; empty when all is well. */
export function viewProblems(context: Context, view: JsonObject): readonly string[] {
  if (JSON.stringify(view).length > MOST_BYTES) return [`the view is larger than ${MOST_BYTES} bytes`];
  const unsupported = unsupportedBlocks(objectsIn(view.blocks), context.settings.refuseBlocks);
  return [...unsupported, ...checkView(view)];
}

const prepared = (view: JsonObject): JsonObject => ({ ...view, blocks: withIds(objectsIn(view.blocks)) });

/** Shows a new modal to a user, alone or on top of another. */
export function openModal(context: Context, user: string, view: JsonObject, below?: OpenView): OpenView {
  const { state, ids } = context;
  if (below === undefined) for (const open of modalsOf(state, user)) state.modals.delete(open.id);
  const id = ids.next("V");
  const ready = prepared(view);
  const open: OpenView = {
    id,
    user,
    view: ready,
    given: view,
    values: valuesOf(state, objectsIn(ready.blocks), {}),
    hash: newHash(),
    rootId: below?.rootId ?? id,
    previousId: below?.id,
  };
  keepView(state, open);
  return open;
}

/** Puts new content into an open view; what was entered in inputs that are still there stays. */
export function replaceView(context: Context, open: OpenView, view: JsonObject): OpenView {
  const ready = prepared(view);
  const values = valuesOf(context.state, objectsIn(ready.blocks), open.values);
  const changed = { ...open, view: ready, given: view, values, hash: newHash() };
  keepView(context.state, changed);
  return changed;
}

/** Shows App Home content to a user. */
export function publishHome(context: Context, user: string, view: JsonObject): OpenView {
  const { homes, homesPublished } = context.state;
  homesPublished.set(user, (homesPublished.get(user) ?? 0) + 1);
  const known = homes.get(user);
  // The same again is no change: else a page that looks again at each change would never come to rest.
  if (known !== undefined && JSON.stringify(known.given) === JSON.stringify(view)) return known;
  if (known !== undefined) return replaceView(context, known, view);
  const id = context.ids.next("V");
  const open: OpenView = { id, user, view: {}, given: {}, values: {}, hash: "", rootId: id };
  return replaceView(context, open, view);
}

export function closeModal(state: State, open: OpenView): void {
  state.modals.delete(open.id);
  state.changed();
}

export function closeAllModals(state: State, user: string): void {
  for (const open of modalsOf(state, user)) state.modals.delete(open.id);
  state.changed();
}

/** The view as Slack's Web API and payloads show it. */
export function slackView(state: State, open: OpenView): JsonObject {
  const { view } = open;
  const text = (name: string): unknown => (isObject(view[name]) ? view[name] : null);
  return {
    id: open.id,
    team_id: state.team.id,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.private_metadata ?? "",
    callback_id: view.callback_id ?? "",
    external_id: view.external_id ?? "",
    state: { values: open.values },
    hash: open.hash,
    title: text("title"),
    submit: text("submit"),
    close: text("close"),
    clear_on_close: view.clear_on_close ?? false,
    notify_on_close: view.notify_on_close ?? false,
    previous_view_id: open.previousId ?? null,
    root_view_id: open.rootId,
    app_id: state.appId,
    app_installed_team_id: state.team.id,
    bot_id: state.bot.botId,
  };
}
