// Plays the people of the demo: one asks, another approves the plan and passes every gate.
import { setTimeout as sleep } from "node:timers/promises";
import type { SandboxClient, ShownMessage } from "../workspace/client.ts";
import type { Conversation } from "./conversation.ts";

const channel = "zookeeper";

type Button = { readonly action: string; readonly value: string };

const buttonsOf = (message: ShownMessage): readonly Button[] =>
  message.blocks.flatMap((block) =>
    block.type === "actions" && Array.isArray(block.elements)
      ? block.elements.flatMap((element) =>
          typeof element === "object" && element !== null && "action_id" in element && "value" in element
            ? [{ action: String(element.action_id), value: String(element.value) }]
            : [],
        )
      : [],
  );

/** A button, on the newest message of the channel and its threads that shows it now. */
type Shown = Button & { readonly message: ShownMessage };

/** `done`: values of buttons that were pressed; a button stands on more than one message and goes at Slack's pace. */
const findButton = async (slack: SandboxClient, action: string, done: ReadonlySet<string>): Promise<Shown | null> => {
  let found: Shown | null = null;
  for (const top of await slack.messages({ channel })) {
    const thread = top.replyCount > 0 ? await slack.messages({ channel, thread: top.ts }) : [top];
    for (const message of thread) {
      const button = buttonsOf(message).find((each) => each.action === action && !done.has(each.value));
      if (button !== undefined) found = { ...button, message };
    }
  }
  return found;
};

/** Null when the run is over without it. */
const waitForButton = async (
  slack: SandboxClient,
  action: string,
  options: { readonly done: ReadonlySet<string>; readonly withinMs: number; readonly unless: () => Promise<boolean> },
): Promise<Shown | null> => {
  const deadline = Date.now() + options.withinMs;
  for (;;) {
    const found = await findButton(slack, action, options.done);
    if (found !== null) return found;
    if (await options.unless()) return null;
    if (Date.now() > deadline)
      throw new Error(`no message showed the button "${action}" within ${options.withinMs / 1000} s`);
    await sleep(100);
  }
};

/** Asks for status and types `command` as `operator`, approves as `approver`, until the run is over. */
export const playRun = async (
  slack: SandboxClient,
  conversation: Conversation,
  options: {
    readonly ensemble: string;
    readonly command: string;
    readonly finished: () => Promise<boolean>;
    readonly withinMs: number;
  },
): Promise<void> => {
  const type = async (text: string): Promise<void> => {
    conversation.says("operator", text);
    const { error } = await slack.command("operator", channel, text);
    if (error !== undefined) throw new Error(`${text} was refused: ${error}`);
  };
  const done = new Set<string>();
  const press = async ({ message, action, value }: Shown): Promise<void> => {
    conversation.says("approver", `[ ${action} ]`);
    done.add(value);
    const { error } = await slack.click("approver", message, action);
    if (error !== undefined) throw new Error(`the button "${action}" failed: ${error}`);
  };
  await type(`/zk status ${options.ensemble}`);
  await sleep(1_500);
  await type(options.command);
  const plan = await waitForButton(slack, "approve", { done, withinMs: 60_000, unless: async () => false });
  if (plan !== null) await press(plan);
  for (;;) {
    const gate = await waitForButton(slack, "continue", { done, withinMs: options.withinMs, unless: options.finished });
    if (gate === null) return;
    await press(gate);
  }
};
