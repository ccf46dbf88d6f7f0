// The only place where Slack's ids meet callbacks: which command, button, modal and event leads where. Decides nothing itself.
import type { App, BlockAction, ButtonAction, RespondArguments } from "@slack/bolt";
import type { HomeView } from "@slack/types";
import { z } from "zod";
import type { Log } from "../src/app/app-deps.ts";
import type { Click, Decision } from "../src/app/decide-approval.ts";
import { channelId, ensembleOf, type RunId, runId, userId } from "../src/model/ids.ts";
import type { RunLog } from "../src/ports.ts";
import { reduceRun } from "../src/run/reduce.ts";
import type { RunState } from "../src/run/state.ts";
import type { Asker, Commands } from "./command.ts";
import type { Decisions } from "./decision.ts";
import { readMention } from "./mention.ts";
import type { Known } from "./parse/known.ts";
import type { Unknown } from "./parse/words.ts";
import type { Command } from "./parse-command.ts";
import type { Poster } from "./poster.ts";
import type { Records } from "./records.ts";
import { slackError } from "./slack-error.ts";
import type { Listener, Tell } from "./tell.ts";
import { ACTIONS, type ActionId, parseButtonValue } from "./views/button-value.ts";
import { CHOOSE_BACKUP_CALLBACK, lookingForBackupsModal } from "./views/choose-backup.ts";
import { DENY_CALLBACK, DENY_REASON, denyModal } from "./views/deny.ts";
import { detailsModal } from "./views/details.ts";
import { planTitle } from "./views/goal-words.ts";
import { type Message, message, section } from "./views/message.ts";
import { TYPE_NAME, TYPE_NAME_CALLBACK, typeNameModal } from "./views/type-name.ts";
import { WIZARD_CALLBACK, wizardModal } from "./views/wizard.ts";
import { code } from "./views/words.ts";
import { readChosenBackup, readForm } from "./wizard.ts";

export type RegisterDeps = {
  readonly commands: Commands;
  readonly decisions: Decisions;
  readonly records: Records;
  readonly runLog: RunLog;
  readonly poster: Poster;
  readonly tell: Tell;
  readonly home: (user: string) => Promise<HomeView>;
  readonly known: () => Known;
  readonly log: Log;
};

/** An answer that is there this soon is the acknowledgement itself; a slower one follows it. */
const ACK_WITHIN_MS = 250;

const said = (text: string): Message => message(text, [section(text)]);

/** Acknowledgements are refused silently when a block is: they carry only blocks that every workspace has. */
const asAck = ({ text, blocks, classic }: Message): RespondArguments => ({
  response_type: "ephemeral",
  text,
  blocks: classic ?? blocks,
});

const denyMetadata = z.object({
  run: z.string(),
  hash: z.string().nullable(),
  channel: z.string(),
  threadTs: z.string().nullable(),
});

const typeNameMetadata = denyMetadata.extend({
  gate: z.union([z.literal("plan"), z.number()]).nullable(),
  decision: z.enum(["approve", "continue"]),
});

const wizardMetadata = z.object({ channel: z.string() });

/** As `handlers/form-reply.ts` makes it. */
const chooseBackupMetadata = z.object({ channel: z.string(), ensemble: z.string() });

/** Null instead of an exception: the text came back from outside. */
const parsed = <T>(schema: z.ZodType<T>, text: string): T | null => {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
};

export const register = (app: App, deps: RegisterDeps): void => {
  registerCommand(app, deps);
  for (const action of ACTIONS) registerAction(app, action, deps);
  // A link button still sends its click, which must be acknowledged.
  app.action("open", async ({ ack }) => ack());
  registerDeny(app, deps);
  registerTypeName(app, deps);
  registerWizard(app, deps);
  registerChooseBackup(app, deps);
  registerMention(app, deps);
  app.event("app_home_opened", async ({ event, client }) => {
    if (event.tab === "home") await client.views.publish({ user_id: event.user, view: await deps.home(event.user) });
  });
  app.error(async (thrown) => {
    // Bolt types the plain form of its argument; with extendedErrorHandler the error is inside.
    const error: unknown = "error" in thrown ? thrown.error : thrown;
    deps.log.error({ err: error }, "a Slack listener failed");
  });
};

/** Says it to one person; a private answer that cannot be given is worth a log line, not a retry of the click. */
const tellOrLog = async (deps: RegisterDeps, to: Listener, what: Message): Promise<void> => {
  await deps
    .tell(to, what)
    .catch((error: unknown) => deps.log.warn({ err: error, user: to.user }, "a private answer was lost"));
};

const registerCommand = (app: App, deps: RegisterDeps): void => {
  app.command("/zk", async ({ command: typed, ack, client }) => {
    const acknowledge = (what?: Message): Promise<void> => (what === undefined ? ack() : ack(asAck(what)));
    const asker: Asker = {
      user: userId(typed.user_id),
      channel: channelId(typed.channel_id),
      responseUrl: typed.response_url,
    };
    const command = deps.commands.parse(typed.text ?? "");
    if (command.kind === "wizard") {
      await acknowledge();
      const view = wizardModal(deps.known(), JSON.stringify({ channel: typed.channel_id }));
      await client.views.open({ trigger_id: typed.trigger_id, view });
      return;
    }
    await answerSoon(deps.commands.answer(command, asker), acknowledge, (what) =>
      tellOrLog(deps, { ...asker, threadTs: null }, what),
    );
  });
};

/** The answer as the acknowledgement when it is there at once, else after an empty one. */
const answerSoon = async (
  answer: Promise<Message>,
  acknowledge: (what?: Message) => Promise<void>,
  later: (what: Message) => Promise<void>,
): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ACK_WITHIN_MS);
  });
  const first = await Promise.race([answer, slow]);
  clearTimeout(timer);
  if (first !== null) return acknowledge(first);
  await acknowledge();
  await later(await answer);
};

const DECISIONS: Readonly<Partial<Record<ActionId, Decision>>> = {
  approve: "approve",
  continue: "continue",
  stop: "stop",
  retry: "retry",
  roll_back: "roll_back",
  resume_writes: "resume_writes",
};

const registerAction = (app: App, action: ActionId, deps: RegisterDeps): void => {
  app.action<BlockAction<ButtonAction>>(
    { type: "block_actions", action_id: action },
    async ({ ack, body, payload, client }) => {
      await ack();
      const channel = body.channel?.id ?? body.container?.channel_id;
      const threadTs = body.message?.thread_ts;
      const to: Listener = {
        user: body.user.id,
        channel: typeof channel === "string" ? channel : body.user.id,
        threadTs: typeof threadTs === "string" && threadTs !== body.message?.ts ? threadTs : null,
        responseUrl: null,
      };
      const value = parseButtonValue(payload.value);
      if (value === null) {
        await tellOrLog(deps, to, said("I can't read that button; it is not one that I made. Nothing changed."));
        return;
      }
      const run = runId(value.run);
      if (action === "details") return openDetails(run, to, body.trigger_id, client, deps);
      const click: Click = {
        decision: DECISIONS[action] ?? "deny",
        by: userId(body.user.id),
        gate: value.gate ?? null,
        // A button without a plan's hash is none of ours: an empty one fits no plan.
        planHash: value.hash ?? "",
        reason: "",
      };
      if (action === "deny") return openDeny(run, click, to, body.trigger_id, client, deps);
      const decided = await deps.decisions.decide(run, click);
      if (decided.kind === "explained") await tellOrLog(deps, to, said(decided.why));
      if (decided.kind === "type-name")
        await openTypeName(run, click, decided.state, to, body.trigger_id, client, deps);
    },
  );
};

type Client = Parameters<Parameters<App["command"]>[1]>[0]["client"];

const openDetails = async (
  run: RunId,
  to: Listener,
  trigger: string,
  client: Client,
  deps: RegisterDeps,
): Promise<void> => {
  try {
    const state = reduceRun(await deps.runLog.read(run));
    if (state === null) return await tellOrLog(deps, to, said("I have no record of that run."));
    await client.views.open({ trigger_id: trigger, view: detailsModal(run, state.plan, state.planHash) });
  } catch (error) {
    deps.log.warn({ run, err: error }, "the details could not be shown");
    await tellOrLog(
      deps,
      to,
      said("I could not open the details just now. The whole plan is in plan.md in the thread. Nothing changed."),
    );
  }
};

const openDeny = async (
  run: RunId,
  click: Click,
  to: Listener,
  trigger: string,
  client: Client,
  deps: RegisterDeps,
): Promise<void> => {
  const weighed = await deps.decisions.weigh(run, click);
  if (weighed.kind !== "done") {
    return weighed.kind === "explained" ? tellOrLog(deps, to, said(weighed.why)) : undefined;
  }
  const metadata = JSON.stringify({ run, hash: click.planHash, channel: to.channel, threadTs: to.threadTs });
  try {
    await client.views.open({ trigger_id: trigger, view: denyModal(planTitle(weighed.state.plan), metadata) });
  } catch (error) {
    deps.log.warn(
      { run, err: slackError(error, "the form for a reason did not open") },
      "the form for a reason did not open",
    );
    await tellOrLog(deps, to, said("I could not open the form for your reason. Press Deny again. Nothing changed."));
  }
};

const registerDeny = (app: App, deps: RegisterDeps): void => {
  app.view(DENY_CALLBACK, async ({ ack, body, view }) => {
    const reason = view.state.values[DENY_REASON]?.[DENY_REASON]?.value?.trim() ?? "";
    if (reason === "") {
      await ack({
        response_action: "errors",
        errors: { [DENY_REASON]: "Please say why: who asked will want to know." },
      });
      return;
    }
    await ack();
    const about = parsed(denyMetadata, view.private_metadata);
    if (about === null) return;
    const click: Click = { decision: "deny", by: userId(body.user.id), gate: "plan", planHash: about.hash, reason };
    // Judged again: while the form was open the plan may have been approved, or the person's rights taken away.
    const decided = await deps.decisions.decide(runId(about.run), click);
    if (decided.kind === "explained") {
      const to = { user: body.user.id, channel: about.channel, threadTs: about.threadTs, responseUrl: null };
      await tellOrLog(deps, to, said(decided.why));
    }
  });
};

const openTypeName = async (
  run: RunId,
  click: Click,
  state: RunState,
  to: Listener,
  trigger: string,
  client: Client,
  deps: RegisterDeps,
): Promise<void> => {
  const { decision, gate, planHash: hash } = click;
  const metadata = JSON.stringify({ run, hash, gate, decision, channel: to.channel, threadTs: to.threadTs });
  try {
    await client.views.open({ trigger_id: trigger, view: typeNameModal(state, metadata) });
  } catch (error) {
    deps.log.warn(
      { run, err: slackError(error, "the form for a name did not open") },
      "the form for a name did not open",
    );
    await tellOrLog(
      deps,
      to,
      said("I could not open the form for the ensemble's name. Press the button again. Nothing changed."),
    );
  }
};

const registerTypeName = (app: App, deps: RegisterDeps): void => {
  app.view(TYPE_NAME_CALLBACK, async ({ ack, body, view }) => {
    const about = parsed(typeNameMetadata, view.private_metadata);
    const typed = view.state.values[TYPE_NAME]?.[TYPE_NAME]?.value?.trim() ?? "";
    if (about !== null && typed !== ensembleOf(runId(about.run))) {
      await ack({
        response_action: "errors",
        errors: {
          [TYPE_NAME]: `That is not the name of the ensemble, ${ensembleOf(runId(about.run))}. Nothing changed.`,
        },
      });
      return;
    }
    await ack();
    if (about === null) return;
    const { run, decision, gate, hash: planHash } = about;
    const click: Click = { decision, by: userId(body.user.id), gate, planHash, reason: "", typed };
    // Judged again: while the form was open the plan may have been denied, or the person's rights taken away.
    const decided = await deps.decisions.decide(runId(run), click);
    if (decided.kind === "explained") {
      const to = { user: body.user.id, channel: about.channel, threadTs: about.threadTs, responseUrl: null };
      await tellOrLog(deps, to, said(decided.why));
    }
  });
};

const registerWizard = (app: App, deps: RegisterDeps): void => {
  app.view(WIZARD_CALLBACK, async ({ ack, body, view }) => {
    const read = readForm(view.state.values, deps.commands.parse);
    if (read.kind === "errors") {
      await ack({ response_action: "errors", errors: { ...read.errors } });
      return;
    }
    const about = parsed(wizardMetadata, view.private_metadata);
    const channel = about?.channel ?? body.user.id;
    const asker: Asker = { user: userId(body.user.id), channel: channelId(channel), responseUrl: null };
    const to = { user: body.user.id, channel, threadTs: null, responseUrl: null };
    if (read.kind === "choose-backup") {
      await ack({ response_action: "update", view: lookingForBackupsModal(read.ensemble) });
      const problem = await deps.commands.askForBackups(read.ensemble, view.id, asker);
      if (problem !== null) await tellOrLog(deps, to, problem);
      return;
    }
    await ack();
    await tellOrLog(deps, to, await deps.commands.answer(read.command, asker));
  });
};

const registerChooseBackup = (app: App, deps: RegisterDeps): void => {
  app.view(CHOOSE_BACKUP_CALLBACK, async ({ ack, body, view }) => {
    await ack();
    const about = parsed(chooseBackupMetadata, view.private_metadata);
    if (about === null) return;
    const { channel, ensemble } = about;
    const command = readChosenBackup(ensemble, view.state.values, deps.commands.parse);
    if (command.kind === "wizard") return;
    const asker: Asker = { user: userId(body.user.id), channel: channelId(channel), responseUrl: null };
    const to = { user: body.user.id, channel, threadTs: null, responseUrl: null };
    await tellOrLog(deps, to, await deps.commands.answer(command, asker));
  });
};

const registerMention = (app: App, deps: RegisterDeps): void => {
  app.event("app_mention", async ({ event }) => {
    if (event.user === undefined) return;
    const threadTs = event.thread_ts ?? null;
    const to: Listener = { user: event.user, channel: event.channel, threadTs, responseUrl: null };
    const run = threadTs === null ? null : await runOfThread(event.channel, threadTs, deps);
    const meant = readMention(event.text, run !== null, deps.commands.parse);
    await tellOrLog(deps, to, await answerMention(meant, run, to, deps));
  });
};

/** The run whose thread this is, by the parent's own metadata; null where it is none, or Slack does not tell. */
const runOfThread = async (channel: string, threadTs: string, deps: RegisterDeps): Promise<RunId | null> => {
  try {
    const [parent] = await deps.poster.thread(channel, threadTs);
    return parent?.ts === threadTs && parent.tag !== null ? runId(parent.tag.run) : null;
  } catch (error) {
    deps.log.warn({ err: error, channel }, "a thread could not be read");
    return null;
  }
};

const answerMention = async (
  meant: ReturnType<typeof readMention>,
  run: RunId | null,
  to: Listener,
  deps: RegisterDeps,
): Promise<Message> => {
  const asker: Asker = { user: userId(to.user), channel: channelId(to.channel), responseUrl: null };
  if (meant.kind === "command") {
    const command: Command | Unknown = meant.command;
    return command.kind === "wizard"
      ? said(`Type ${code("/zk")} in the channel for the form.`)
      : deps.commands.answer(command, asker);
  }
  if (run === null) return said("This thread belongs to no run of mine.");
  switch (meant.kind) {
    case "run-status":
      return deps.commands.answer({ kind: "run", run }, asker);
    case "run-help":
      return said(
        `In this thread you can mention me with ${code("status")} (how run ${code(run)} stands), ${code("stop")} (finish the turn in hand, start no other) or ${code("help")}. Everything else is done with the buttons of the run's message; elsewhere type ${code("/zk help")}.`,
      );
    case "run-stop": {
      const decided = await deps.decisions.decide(run, {
        decision: "stop",
        by: asker.user,
        gate: null,
        planHash: null,
        reason: "",
      });
      return said(
        decided.kind === "explained"
          ? decided.why
          : "Stop is noted: the turn in hand is finished first, so that no server stays down, then nothing more is started.",
      );
    }
  }
};
