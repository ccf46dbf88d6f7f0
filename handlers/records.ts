// Reads runs for people: lists, one run, its record, its check against the thread. Changes no run.

import { type EnsembleName, ensembleOf, type RunId, runId } from "../src/model/ids.ts";
import type { Inventory } from "../src/model/inventory.ts";
import type { RecordedEvent } from "../src/model/run-event.ts";
import type { Clock, LiveBoard, Posted, RunLog } from "../src/ports.ts";
import { verifyAgainst, verifyChain } from "../src/run/chain.ts";
import { reduceRun } from "../src/run/reduce.ts";
import type { RunState } from "../src/run/state.ts";
import { noSuchRun } from "./parse-command.ts";
import type { People } from "./people.ts";
import type { Poster } from "./poster.ts";
import { refusalOf } from "./slack-error.ts";
import { auditMessage, type PostedHead, type VerifyFound, verifyMessage } from "./views/audit.ts";
import { type Message, message, section } from "./views/message.ts";
import { unknownMessage } from "./views/replies.ts";
import { hookFiles, logFile, reportFile } from "./views/report-file.ts";
import { runDetailMessage, runsMessage } from "./views/runs.ts";
import type { RunsUnderWay } from "./views/status.ts";
import { code } from "./views/words.ts";

export type RecordsDeps = {
  readonly inventory: () => Inventory;
  readonly runLog: RunLog;
  readonly live: LiveBoard;
  readonly posted: Posted;
  readonly poster: Poster;
  readonly people: People;
  readonly clock: Clock;
  /** Address of a message; null where Slack does not tell. */
  readonly linkTo: (channel: string, ts: string) => Promise<string | null>;
};

export type Records = {
  /** Newest first, of one ensemble or of all. */
  states(ensemble: EnsembleName | null, limit: number): Promise<readonly RunState[]>;
  link(run: RunId): Promise<string | null>;
  /** The runs that have these ensembles now. */
  underWay(ensembles: readonly EnsembleName[]): Promise<RunsUnderWay>;
  runs(ensemble: EnsembleName | null): Promise<Message>;
  run(run: RunId): Promise<Message>;
  audit(run: RunId): Promise<Message>;
  exportAudit(run: RunId): Promise<Message>;
  verify(run: RunId): Promise<Message>;
};

/** Runs shown by `/zk runs`. */
const SHOWN = 15;
/** How far before its proposal a run's message may stand, by clocks that differ; seconds. */
const SEARCH_BACK_S = 600;

export const makeRecords = (deps: RecordsDeps): Records => {
  const { runLog, posted, poster } = deps;

  const states = async (ensemble: EnsembleName | null, limit: number): Promise<readonly RunState[]> => {
    const names = ensemble === null ? [...deps.inventory().ensembles.keys()] : [ensemble];
    const ids = (await Promise.all(names.map((name) => runLog.list(name, limit)))).flat();
    const all = await Promise.all(ids.map(async (id) => reduceRun(await runLog.read(id))));
    return all
      .filter((state) => state !== null)
      .toSorted((a, b) => b.proposedAt - a.proposedAt)
      .slice(0, limit);
  };

  const unknownRun = async (run: RunId, form: "run" | "audit"): Promise<Message> => {
    const own = ensembleOf(run);
    const names = deps.inventory().ensembles.has(own) ? [own] : [...deps.inventory().ensembles.keys()];
    const ids = (await Promise.all(names.map((name) => runLog.list(name, 20)))).flat();
    return unknownMessage(noSuchRun(run, ids, form));
  };

  /** A run's log; ids are typed by people, so small letters are tried as well. */
  const find = async (
    asked: RunId,
  ): Promise<{ readonly run: RunId; readonly events: readonly RecordedEvent[] } | null> => {
    for (const run of [asked, runId(asked.toLowerCase())]) {
      const events = await runLog.read(run);
      if (events.length > 0) return { run, events };
    }
    return null;
  };

  const withRun = async (
    asked: RunId,
    form: "run" | "audit",
    show: (state: RunState, events: readonly RecordedEvent[]) => Promise<Message>,
  ): Promise<Message> => {
    const found = await find(asked);
    const state = found === null ? null : reduceRun(found.events);
    return found === null || state === null ? unknownRun(asked, form) : show(state, found.events);
  };

  const namesIn = (state: RunState, events: readonly RecordedEvent[]) =>
    deps.people.names([state.requester, ...events.flatMap(({ actor }) => (actor.kind === "user" ? [actor.id] : []))]);

  const link = async (run: RunId): Promise<string | null> => {
    const record = await posted.read(run);
    return record === null || record.ts === "" ? null : deps.linkTo(record.channel, record.ts);
  };

  /** Where a run's thread is: as recorded, else as found in its channel. */
  const threadOf = async (
    run: RunId,
    events: readonly RecordedEvent[],
  ): Promise<{ readonly channel: string; readonly ts: string } | null> => {
    const record = await posted.read(run);
    if (record !== null && record.ts !== "") return record;
    const [first] = events;
    if (first?.event.type !== "proposed") return null;
    const { channel } = first.event;
    const found = (await poster.history(channel, first.at / 1000 - SEARCH_BACK_S)).find(
      ({ tag }) => tag?.run === run && tag.seq === 0,
    );
    return found === undefined ? null : { channel, ts: found.ts };
  };

  const headsOf = async (run: RunId, events: readonly RecordedEvent[]): Promise<readonly PostedHead[]> => {
    const thread = await threadOf(run, events);
    if (thread === null) return [];
    return (await poster.thread(thread.channel, thread.ts)).flatMap(({ ts, tag }) =>
      tag?.run === run && tag.seq > 0 && tag.hash !== "" ? [{ seq: tag.seq, hash: tag.hash, ts }] : [],
    );
  };

  const underWay = async (ensembles: readonly EnsembleName[]): Promise<RunsUnderWay> => {
    const found = await Promise.all(
      ensembles.map(async (ensemble) => {
        const run = await runLog.reservedBy(ensemble);
        const state = run === null ? null : reduceRun(await runLog.read(run));
        return run === null || state === null ? [] : [[ensemble, { state, link: await link(run) }] as const];
      }),
    );
    return new Map(found.flat());
  };

  return {
    states,
    link,
    underWay,
    async runs(ensemble) {
      const found = await states(ensemble, SHOWN);
      return runsMessage(ensemble, found, await deps.people.names(found.map(({ requester }) => requester)));
    },
    run: (asked) =>
      withRun(asked, "run", async (state, events) => {
        const live = await deps.live.read(state.run).catch(() => null);
        return runDetailMessage(state, events, live, deps.clock.now(), await link(state.run));
      }),
    audit: (asked) => withRun(asked, "audit", async (state, events) => auditMessage(state, events)),
    exportAudit: (asked) =>
      withRun(asked, "audit", async (state, events) => {
        const thread = await threadOf(state.run, events);
        const files = [
          { name: "report.md", text: reportFile(state, events, await namesIn(state, events)) },
          { name: "log.jsonl", text: logFile(events) },
          ...hookFiles(state),
        ];
        const channel = thread?.channel ?? state.channel;
        await poster.upload(channel, thread?.ts ?? null, files, `Record of ${state.run}, ${events.length} entries`);
        const text = `${code("report.md")} and ${code("log.jsonl")} of ${code(state.run)} are in <#${channel}>${thread === null ? "" : ", in the run's thread"}.`;
        return message(text, [section(text)]);
      }),
    async verify(asked) {
      // Not folded into a state: a record that was tampered with may not fold.
      const found = await find(asked);
      if (found === null) return unknownRun(asked, "audit");
      const chain = verifyChain(found.events);
      const result: VerifyFound = await headsOf(found.run, found.events).then(
        (heads) => ({
          chain,
          threadUnread: null,
          heads: heads.map((head) => {
            const checked = chain.ok ? verifyAgainst(found.events, head) : null;
            const there = found.events.some(({ seq, hash }) => seq === head.seq && hash === head.hash);
            return {
              head,
              why: checked === null ? (there ? null : "not in the record") : checked.ok ? null : checked.why,
            };
          }),
        }),
        (error: unknown) => ({ chain, heads: [], threadUnread: refusalOf(error) ?? "Slack does not answer" }),
      );
      return verifyMessage(found.run, found.events.length, result);
    },
  };
};
