// What a command comes to: an answer at once, or a job for a worker and "Looking at …". The slash command, the form and
// mentions all end here. Touches no ensemble.
import type { Producers, ReplyTo } from "../jobs/queues.ts";
import type { Log } from "../src/app/app-deps.ts";
import { failureOf } from "../src/errors.ts";
import { assertNever, type ChannelId, type EnsembleName, type UserId } from "../src/model/ids.ts";
import type { Inventory } from "../src/model/inventory.ts";
import type { Decisions } from "./decision.ts";
import { knownOf } from "./parse/known.ts";
import type { Unknown } from "./parse/words.ts";
import { type Command, goalOf, parseCommand } from "./parse-command.ts";
import type { Records } from "./records.ts";
import { backingUpText } from "./views/backups.ts";
import { ensemblesMessage } from "./views/ensembles.ts";
import { helpMessage } from "./views/help.ts";
import { type Message, message, section } from "./views/message.ts";
import {
  comparingText,
  failureMessage,
  lookingText,
  lookingToMoveText,
  lookingToRestoreText,
  storeDownText,
  unknownMessage,
} from "./views/replies.ts";

export type Asker = { readonly user: UserId; readonly channel: ChannelId; readonly responseUrl: string | null };

export type CommandDeps = {
  readonly inventory: () => Inventory;
  readonly records: Records;
  readonly decisions: Decisions;
  readonly producers: Pick<Producers, "propose" | "observe" | "drift" | "backUp" | "listBackups">;
  /** The channel a plan for this ensemble belongs in; null: the one it was asked in. */
  readonly channelOf: (name: string) => ChannelId | null;
  readonly log: Log;
};

export type Commands = {
  parse(text: string): Command | Unknown;
  /** The answer for the asker alone. Never throws. */
  answer(command: Exclude<Command, { kind: "wizard" }> | Unknown, asker: Asker): Promise<Message>;
  /** Asks a worker for an ensemble's backups, to be shown in the open form. Null when that is on its way. Never throws. */
  askForBackups(ensemble: EnsembleName, form: string, asker: Asker): Promise<Message | null>;
};

/** Slack gives three seconds for an acknowledgement; a queue that needs longer than this is said to be down. */
const QUEUE_DEADLINE_MS = 2_000;

const said = (text: string): Message => message(text, [section(text)]);

type Queued = "queued" | "refused" | "unsure";

export const makeCommands = (deps: CommandDeps): Commands => {
  /** "unsure": no answer in time, so it may be taken on yet. */
  const enqueue = async (add: () => Promise<void>): Promise<Queued> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Queued>((resolve) => {
      timer = setTimeout(() => resolve("unsure"), QUEUE_DEADLINE_MS);
    });
    const adding = add().then(
      (): Queued => "queued",
      (error: unknown): Queued => {
        deps.log.warn({ err: error }, "a command could not be queued");
        return "refused";
      },
    );
    const queued = await Promise.race([adding, late]);
    clearTimeout(timer);
    return queued;
  };

  const afterQueueing = (queued: Queued, text: string): Message => {
    switch (queued) {
      case "queued":
        return said(text);
      case "refused":
        return said(storeDownText("nothing was started"));
      case "unsure":
        return said(
          storeDownText(
            "I don't know whether your request was taken on. If nothing follows within a minute, nothing was started",
          ),
        );
      default:
        return assertNever(queued);
    }
  };

  const replyTo = ({ channel, user, responseUrl }: Asker): ReplyTo => ({ channel, user, responseUrl });

  const serversOf = (inventory: Inventory, names: readonly EnsembleName[]): number =>
    names.reduce((sum, name) => sum + (inventory.ensembles.get(name)?.servers.size ?? 0), 0);

  const status = async (ensemble: EnsembleName | null, asker: Asker): Promise<Message> => {
    const inventory = deps.inventory();
    const names = ensemble === null ? [...inventory.ensembles.keys()] : [ensemble];
    if (names.length === 0) return said(lookingText([], 0, "state"));
    const queued = await enqueue(() => deps.producers.observe({ ensembles: names, replyTo: replyTo(asker) }));
    return afterQueueing(queued, lookingText(names, serversOf(inventory, names), "state"));
  };

  const drift = async (ensemble: EnsembleName, asker: Asker): Promise<Message> => {
    const queued = await enqueue(() => deps.producers.drift({ ensemble, replyTo: replyTo(asker) }));
    return afterQueueing(queued, comparingText(ensemble, serversOf(deps.inventory(), [ensemble])));
  };

  const propose = async (
    command: Extract<Command, { kind: "upgrade" | "migrate" | "configure" | "restore" | "pause-writes" }>,
    asker: Asker,
  ): Promise<Message> => {
    const inventory = deps.inventory();
    const { ensemble, dryRun } = command;
    const spec = inventory.ensembles.get(ensemble);
    const home = spec === undefined ? null : deps.channelOf(spec.channel);
    const queued = await enqueue(() =>
      deps.producers.propose({
        goal: goalOf(command),
        dryRun,
        requester: asker.user,
        channel: home ?? asker.channel,
        replyTo: replyTo(asker),
      }),
    );
    const servers = serversOf(inventory, [ensemble]);
    return afterQueueing(
      queued,
      command.kind === "migrate"
        ? lookingToMoveText(ensemble, servers, command.to)
        : command.kind === "restore"
          ? lookingToRestoreText(command, servers)
          : lookingText([ensemble], servers, "rules"),
    );
  };

  const resumeWrites = async (ensemble: EnsembleName, { user }: Asker): Promise<Message> => {
    const run = (await deps.records.underWay([ensemble])).get(ensemble);
    if (run === undefined)
      return said(`No run has *${ensemble}* now, so zkshift keeps nobody from writing to it. Nothing was changed.`);
    const decided = await deps.decisions.decide(run.state.run, {
      decision: "resume_writes",
      by: user,
      gate: null,
      planHash: null,
      reason: "",
    });
    return said(
      decided.kind === "explained"
        ? decided.why
        : `Writes of *${ensemble}* are being resumed. ${run.link === null ? `How it ends: \`/zk run ${run.state.run}\`` : `How it ends stands in <${run.link}|the run's message>`}.`,
    );
  };

  const answer = async (command: Exclude<Command, { kind: "wizard" }> | Unknown, asker: Asker): Promise<Message> => {
    switch (command.kind) {
      case "unknown":
        return unknownMessage(command);
      case "help":
        return helpMessage(command.topic, knownOf(deps.inventory()));
      case "ensembles":
        return ensemblesMessage(deps.inventory());
      case "status":
        return status(command.ensemble, asker);
      case "drift":
        return drift(command.ensemble, asker);
      case "upgrade":
      case "migrate":
      case "configure":
      case "restore":
      case "pause-writes":
        return propose(command, asker);
      case "resume-writes":
        return resumeWrites(command.ensemble, asker);
      case "backup": {
        const { ensemble } = command;
        const queued = await enqueue(() => deps.producers.backUp({ ensemble, replyTo: replyTo(asker) }));
        return afterQueueing(queued, backingUpText(ensemble));
      }
      case "backups": {
        const { ensemble } = command;
        const queued = await enqueue(() => deps.producers.listBackups({ ensemble, replyTo: replyTo(asker) }));
        return afterQueueing(queued, `Looking for the backups of *${ensemble}*…`);
      }
      case "runs":
        return deps.records.runs(command.ensemble);
      case "run":
        return deps.records.run(command.run);
      case "audit":
        return command.action === "show"
          ? deps.records.audit(command.run)
          : command.action === "export"
            ? deps.records.exportAudit(command.run)
            : deps.records.verify(command.run);
      default:
        return assertNever(command);
    }
  };

  return {
    async askForBackups(ensemble, form, asker) {
      const queued = await enqueue(() =>
        deps.producers.listBackups({ ensemble, replyTo: { ...replyTo(asker), form } }),
      );
      return queued === "queued" ? null : said(storeDownText("the backups cannot be looked for. Nothing was started"));
    },
    parse: (text) => parseCommand(text, knownOf(deps.inventory())),
    async answer(command, asker) {
      try {
        return await answer(command, asker);
      } catch (error) {
        const failure = failureOf(error);
        deps.log.warn({ command: command.kind, user: asker.user, err: error }, failure.what);
        return failureMessage(null, failure);
      }
    },
  };
};
