// What the two people of a measurement do: one asks, the other presses buttons.
import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "../sandbox/stage.ts";
import type { ShownMessage } from "../sandbox/workspace/client.ts";
import type { RunId } from "../src/model/ids.ts";
import { CHANNEL, ENSEMBLE, TO } from "./bench-stage.ts";
import type { RunLogs } from "./run-log.ts";

export type Proposal = { readonly run: RunId; readonly message: ShownMessage };

/** Asks for the upgrade and waits until the plan stands in the channel with its buttons. */
export const proposeUpgrade = (stage: Stage, logs: RunLogs): Promise<Proposal> =>
  propose(stage, logs, `/zk upgrade ${ENSEMBLE} ${TO}`);

/** The same for any command that makes a plan. */
export const propose = async (stage: Stage, logs: RunLogs, command: string): Promise<Proposal> => {
  const before = await logs.newestRun();
  const { error } = await stage.slack.command("operator", CHANNEL, command);
  if (error !== undefined) throw new Error(`${command} was not taken on: ${error}`);
  const run = await newRun(stage, logs, before);
  return { run, message: await messageWith(stage, run, "approve") };
};

/** The message of the channel that shows a button of the run. */
export const messageWith = (stage: Stage, run: RunId, actionId: string): Promise<ShownMessage> =>
  stage.slack.waitForMessage(
    { channel: CHANNEL },
    ({ blocks }) => {
      const text = JSON.stringify(blocks);
      return text.includes(run) && text.includes(`"${actionId}"`);
    },
    30_000,
  );

const newRun = async (stage: Stage, logs: RunLogs, before: RunId | null): Promise<RunId> => {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const newest = await logs.newestRun();
    if (newest !== null && newest !== before) return newest;
    if (Date.now() > deadline) {
      const said = (await stage.slack.messages({ channel: CHANNEL, user: "operator" })).at(-1)?.text ?? "nothing";
      throw new Error(`no plan was made within 30 s; the last that was said: ${said}`);
    }
    await sleep(10);
  }
};

/** Presses a button of the run's message; throws when Slack would have shown an error. */
export const press = async (stage: Stage, user: string, message: ShownMessage, actionId: string): Promise<void> => {
  const { error } = await stage.slack.click(user, message, actionId);
  if (error !== undefined) throw new Error(`the button ${actionId} failed: ${error}`);
};
