// views.*: the app opens, stacks and changes modals, and publishes App Home.

import { readField } from "../content.ts";
import type { Context } from "../context.ts";
import { isObject, type JsonObject, stringIn } from "../json.ts";
import type { TriggerOrigin } from "../triggers.ts";
import {
  findByExternalId,
  findView,
  MOST_STACKED,
  modalsOf,
  openModal,
  publishHome,
  replaceView,
  slackView,
  viewProblems,
} from "../views.ts";
import { type Answer, type Methods, ok, refuse } from "./answers.ts";

type ViewRead =
  | { readonly kind: "view"; readonly view: JsonObject }
  | { readonly kind: "refused"; readonly answer: Answer };

function readView(args: JsonObject, context: Context, type: "modal" | "home" | undefined): ViewRead {
  const view = readField(args, "view");
  if (!isObject(view))
    return { kind: "refused", answer: refuse("invalid_arguments", ["the argument view is missing"]) };
  const problems = viewProblems(context, view);
  const wrongType = type !== undefined && view.type !== type ? [`the view must have the type ${type} here`] : [];
  if (problems.length > 0 || wrongType.length > 0) {
    return { kind: "refused", answer: refuse("invalid_arguments", [...wrongType, ...problems]) };
  }
  const externalId = stringIn(view, "external_id");
  const holder = externalId === undefined ? undefined : findByExternalId(context.state, externalId);
  if (holder !== undefined && holder.id !== targetOf(args, context)?.id) {
    return { kind: "refused", answer: refuse("duplicate_external_id") };
  }
  return { kind: "view", view };
}

const targetOf = (args: JsonObject, { state }: Context) =>
  findView(state, stringIn(args, "view_id") ?? "") ?? findByExternalId(state, stringIn(args, "external_id") ?? "-");

type Origin =
  | { readonly kind: "good"; readonly origin: TriggerOrigin }
  | { readonly kind: "refused"; readonly answer: Answer };

function exchange(args: JsonObject, { triggers }: Context): Origin {
  const id = stringIn(args, "trigger_id");
  if (id === undefined) {
    return { kind: "refused", answer: refuse("invalid_arguments", ["the argument trigger_id is missing"]) };
  }
  const exchanged = triggers.exchange(id);
  return exchanged.kind === "good" ? exchanged : { kind: "refused", answer: refuse(exchanged.error) };
}

export const viewMethods: Methods = {
  "views.open": (args, context) => {
    // The view is read first: a refused view does not use the trigger up.
    const read = readView(args, context, "modal");
    if (read.kind === "refused") return read.answer;
    const from = exchange(args, context);
    if (from.kind === "refused") return from.answer;
    const open = openModal(context, from.origin.user, read.view);
    return ok({ view: slackView(context.state, open) });
  },

  "views.push": (args, context) => {
    const read = readView(args, context, "modal");
    if (read.kind === "refused") return read.answer;
    const from = exchange(args, context);
    if (from.kind === "refused") return from.answer;
    const stack = modalsOf(context.state, from.origin.user);
    const below = stack.find(({ id }) => id === from.origin.viewId);
    if (below === undefined) return refuse("not_found");
    if (stack.length >= MOST_STACKED) return refuse("push_limit_reached");
    return ok({ view: slackView(context.state, openModal(context, from.origin.user, read.view, below)) });
  },

  "views.update": (args, context) => {
    const open = targetOf(args, context);
    if (open === undefined) return refuse("not_found");
    const read = readView(args, context, undefined);
    if (read.kind === "refused") return read.answer;
    const hash = stringIn(args, "hash");
    if (hash !== undefined && hash !== open.hash) return refuse("hash_conflict");
    return ok({ view: slackView(context.state, replaceView(context, open, read.view)) });
  },

  "views.publish": (args, context) => {
    const user = context.state.users.get(stringIn(args, "user_id") ?? "");
    if (user === undefined) return refuse("user_not_found");
    const known = context.state.homes.get(user.id);
    const read = readView({ ...args, view_id: known?.id }, context, "home");
    if (read.kind === "refused") return read.answer;
    const hash = stringIn(args, "hash");
    if (hash !== undefined && known !== undefined && hash !== known.hash) return refuse("hash_conflict");
    return ok({ view: slackView(context.state, publishHome(context, user.id, read.view)) });
  },
};
