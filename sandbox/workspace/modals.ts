// Submitting and closing modals: the inputs are checked as Slack's own client checks them, then the app decides what comes next.

import type { Context } from "./context.ts";
import { elementsIn, isEmptyEntry, readEntry, withEntry } from "./elements.ts";
import { isObject, type JsonObject, objectsIn } from "./json.ts";
import { interactionPart } from "./payloads.ts";
import { failureOf } from "./slash-commands.ts";
import type { OpenView, User, Values } from "./state.ts";
import {
  closeAllModals,
  closeModal,
  keepView,
  MOST_STACKED,
  modalsOf,
  openModal,
  replaceView,
  slackView,
  viewProblems,
} from "./views.ts";

export type SubmitResult = {
  readonly ackMs: number;
  /** Block id → what is wrong with its input; the modal stays open. */
  readonly errors?: Readonly<Record<string, string>>;
  readonly error?: string;
};

const refused = (error: string): SubmitResult => ({ ackMs: 0, error });

/** `values` is `{ blockId: { actionId: value } }`, or shorter `{ actionId: value }`. */
export async function submitModal(
  context: Context,
  user: User,
  viewId: string,
  values: JsonObject,
): Promise<SubmitResult> {
  const stack = modalsOf(context.state, user.id);
  const open = stack.at(-1);
  if (open === undefined || open.id !== viewId) {
    const top = open === undefined ? "there is none" : `it is ${open.id}`;
    return refused(`Only the modal on top can be submitted; for ${user.name} ${top}.`);
  }
  const entered = enter(context, open, values);
  if (entered.kind === "refused") return refused(entered.error);
  const filled: OpenView = { ...open, values: entered.values };
  keepView(context.state, filled);

  const errors = inputErrors(filled);
  if (Object.keys(errors).length > 0) return { ackMs: 0, errors };

  const outcome = await context.deliver({
    type: "interactive",
    payload: {
      ...interactionPart(context, user),
      type: "view_submission",
      trigger_id: context.triggers.issue({ user: user.id, viewId }),
      view: slackView(context.state, filled),
      response_urls: [],
    },
  });
  if (outcome.kind !== "acknowledged") {
    return {
      ackMs: outcome.ackMs,
      error: `We had some trouble connecting. Try again? (${failureOf(outcome, "The modal")})`,
    };
  }
  return { ackMs: outcome.ackMs, ...react(context, filled, outcome.body) };
}

type Asked = { readonly blockId: string | undefined; readonly actionId: string; readonly value: unknown };
type Entered =
  | { readonly kind: "entered"; readonly values: Values }
  | { readonly kind: "refused"; readonly error: string };

function enter(context: Context, open: OpenView, wanted: JsonObject): Entered {
  const placed = elementsIn(objectsIn(open.view.blocks)).filter(({ element }) => element.type !== "button");
  const asked = Object.entries(wanted).flatMap(([name, value]): readonly Asked[] => {
    const isBlock = isObject(value) && placed.some(({ blockId }) => blockId === name);
    return isBlock
      ? Object.entries(value).map(([actionId, inner]) => ({ blockId: name, actionId, value: inner }))
      : [{ blockId: undefined, actionId: name, value }];
  });
  let { values } = open;
  for (const { blockId, actionId, value } of asked) {
    const target = placed.find(
      ({ blockId: here, element }) => element.action_id === actionId && (blockId === undefined || here === blockId),
    );
    if (target === undefined) {
      const there = placed.map((one) => `${one.blockId}.${one.element.action_id}`).join(", ") || "none";
      return { kind: "refused", error: `The modal has no input ${actionId}. Its inputs (block.action): ${there}.` };
    }
    const read = readEntry(context.state, target.element, value);
    if (read.kind === "refused") return { kind: "refused", error: `${actionId}: ${read.why}.` };
    values = withEntry(values, target.blockId, actionId, read.entry);
  }
  return { kind: "entered", values };
}

/** What Slack's client says before it bothers the app. */
function inputErrors(open: OpenView): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  for (const block of objectsIn(open.view.blocks)) {
    if (block.type !== "input" || !isObject(block.element)) continue;
    const blockId = String(block.block_id);
    const entry = open.values[blockId]?.[String(block.element.action_id)] ?? {};
    const problem = isEmptyEntry(entry)
      ? block.optional === true
        ? undefined
        : "Please complete this required field."
      : valueError(block.element, String(entry.value ?? ""));
    if (problem !== undefined) errors[blockId] = problem;
  }
  return errors;
}

function valueError(element: JsonObject, value: string): string | undefined {
  const least = typeof element.min_length === "number" ? element.min_length : 0;
  const most = typeof element.max_length === "number" ? element.max_length : 3000;
  switch (element.type) {
    case "plain_text_input":
      if (value.length < least) return `Must be at least ${least} characters long.`;
      return value.length > most ? `Must be at most ${most} characters long.` : undefined;
    case "number_input": {
      const number = Number(value);
      if (!Number.isFinite(number)) return "Please enter a number.";
      if (element.is_decimal_allowed !== true && !Number.isInteger(number)) return "Please enter a whole number.";
      if (element.min_value !== undefined && number < Number(element.min_value))
        return `At least ${element.min_value}.`;
      if (element.max_value !== undefined && number > Number(element.max_value)) return `At most ${element.max_value}.`;
      return undefined;
    }
    case "email_text_input":
      return /^\S+@\S+\.\S+$/.test(value) ? undefined : "Please enter a valid email address.";
    case "url_text_input":
      return URL.canParse(value) ? undefined : "Please enter a valid URL.";
    default:
      return undefined;
  }
}

/** Does what the app's acknowledgement asks for; without a wish the modal closes. */
function react(context: Context, open: OpenView, body: unknown): Omit<SubmitResult, "ackMs"> {
  const wish = isObject(body) ? body : {};
  switch (wish.response_action) {
    case "errors":
      return showErrors(open, wish.errors);
    case "update":
    case "push": {
      const view = isObject(wish.view) ? wish.view : {};
      const problems = viewProblems(context, view);
      if (problems.length > 0)
        return { error: `The app answered with a view that Slack refuses: ${problems.join("; ")}` };
      if (wish.response_action === "update") replaceView(context, open, view);
      else if (modalsOf(context.state, open.user).length >= MOST_STACKED) return { error: "push_limit_reached" };
      else openModal(context, open.user, view, open);
      return {};
    }
    case "clear":
      closeAllModals(context.state, open.user);
      return {};
    case undefined:
      closeModal(context.state, open);
      return {};
    default:
      return { error: `The app answered with the unknown response_action ${JSON.stringify(wish.response_action)}.` };
  }
}

function showErrors(open: OpenView, errors: unknown): Omit<SubmitResult, "ackMs"> {
  const inputs = objectsIn(open.view.blocks).filter(({ type }) => type === "input");
  const told = isObject(errors) ? errors : {};
  const stray = Object.keys(told).find((blockId) => !inputs.some((block) => block.block_id === blockId));
  if (stray !== undefined || Object.keys(told).length === 0) {
    return { error: `The app's errors name ${stray ?? "no block"}, which is no input block of this modal.` };
  }
  return { errors: Object.fromEntries(Object.entries(told).map(([blockId, text]) => [blockId, String(text)])) };
}

/** Closes the modal on top, or with `clear` the whole stack; the app is told if it asked to be. */
export async function dismissModal(
  context: Context,
  user: User,
  viewId: string,
  clear: boolean,
): Promise<SubmitResult> {
  const stack = modalsOf(context.state, user.id);
  const open = stack.find(({ id }) => id === viewId);
  if (open === undefined) return refused(`${user.name} has no modal ${viewId} open.`);
  const clears = clear || open.view.clear_on_close === true;
  if (clears) closeAllModals(context.state, user.id);
  else closeModal(context.state, open);
  if (open.view.notify_on_close !== true) return { ackMs: 0 };
  const outcome = await context.deliver({
    type: "interactive",
    payload: {
      ...interactionPart(context, user),
      type: "view_closed",
      view: slackView(context.state, open),
      is_cleared: clears,
    },
  });
  return { ackMs: outcome.ackMs };
}
