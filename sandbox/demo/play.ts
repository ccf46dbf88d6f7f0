// Plays the people of the demo: one asks for the upgrade, another approves it and every gate.
import { setTimeout as sleep } from "node:timers/promises";
import type { SandboxClient, ShownMessage } from "../workspace/client.ts";
import type { Conversation } from "./conversation.ts";

const channel = "zookeeper";

const buttons = (message: ShownMessage): readonly string[] =>
  message.blocks.flatMap((block) =>
    block.type === "actions" && Array.isArray(block.elements)
      ? block.elements.flatMap((element) =>
          typeof element === "object" && element !== null && "action_id" in element ? [String(element.action_id)] : [],
        )
      : [],
  );

/** Every message of the channel and its threads that shows this button now. */
const withButton = async (slack: SandboxClient, actionId: string): Promise<readonly ShownMessage[]> => {
  const found: ShownMessage[] = [];
  for (const message of await slack.messages({ channel })) {
    const thread = message.replyCount > 0 ? await slack.messages({ channel, thread: message.ts }) : [message];
    found.push(...thread.filter((shown) => buttons(shown).includes(actionId)));
  }
  return found;
};

const waitForButton = async (
  slack: SandboxClient,
  actionId: string,
  withinMs: number,
  unless: () => Promise<boolean>,
): Promise<ShownMessage | null> => {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = (await withButton(slack, actionId)).at(-1);
    if (found !== undefined) return found;
    if (await unless()) return null;
    if (Date.now() > deadline)
      throw new Error(`no message showed the button "${actionId}" within ${withinMs / 1000} s`);
    await sleep(100);
  }
};

/** Asks for status and upgrade as `operator`, approves as `approver`, until the run is over. */
export const playUpgrade = async (
  slack: SandboxClient,
  conversation: Conversation,
  options: {
    readonly ensemble: string;
    readonly release: string;
    readonly finished: () => Promise<boolean>;
    readonly withinMs: number;
  },
): Promise<void> => {
  const type = async (text: string): Promise<void> => {
    conversation.says("operator", text);
    const { error } = await slack.command("operator", channel, text);
    if (error !== undefined) throw new Error(`${text} was refused: ${error}`);
  };
  const press = async (message: ShownMessage, actionId: string): Promise<void> => {
    conversation.says("approver", `[ ${actionId} ]`);
    const { error } = await slack.click("approver", message, actionId);
    if (error !== undefined) throw new Error(`the button "${actionId}" failed: ${error}`);
  };
  await type(`/zk status ${options.ensemble}`);
  await sleep(1_500);
  await type(`/zk upgrade ${options.ensemble} ${options.release}`);
  const never = async () => false;
  const plan = await waitForButton(slack, "approve", 30_000, never);
  if (plan !== null) await press(plan, "approve");
  for (;;) {
    const gate = await waitForButton(slack, "continue", options.withinMs, options.finished);
    if (gate === null) return;
    await press(gate, "continue");
    // The button stands on more than one message, and goes from each at Slack's pace: pressing it twice would only earn an
    // explanation.
    while ((await withButton(slack, "continue")).length > 0 && !(await options.finished())) await sleep(200);
  }
};
