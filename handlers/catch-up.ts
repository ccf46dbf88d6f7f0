// One run's messages, brought up to its log: the parent, its thread, its files. Runs under the run's posting lock and changes
// no run. What stands in Slack is recorded before and after each post; a post whose end is not known is looked for first.
import type { Log } from "../src/app/app-deps.ts";
import type { RunId } from "../src/model/ids.ts";
import type { RecordedEvent } from "../src/model/run-event.ts";
import type { Clock, LiveBoard, PostedRecord, RunLog } from "../src/ports.ts";
import { reduceRun } from "../src/run/reduce.ts";
import type { RunState } from "../src/run/state.ts";
import type { Authorize } from "./authorize.ts";
import type { People } from "./people.ts";
import type { Poster, Tag } from "./poster.ts";
import { renderHash } from "./render-hash.ts";
import { hadNoEffect, refusalOf, slackError } from "./slack-error.ts";
import type { Approvers } from "./views/approvers.ts";
import { type Message, message, section } from "./views/message.ts";
import { planFile } from "./views/plan.ts";
import { reactionOf } from "./views/reaction.ts";
import { hookFiles, logFile, reportFile } from "./views/report-file.ts";
import { runMessage } from "./views/run.ts";
import { isAnswered, type Post, promptMessage, threadPosts } from "./views/thread.ts";
import { code } from "./views/words.ts";

export type CatchUpDeps = {
  readonly poster: Poster;
  readonly runLog: RunLog;
  readonly live: LiveBoard;
  readonly authorize: Authorize;
  readonly people: People;
  readonly clock: Clock;
  readonly log: Log;
};

/** The clocks of Slack and of the worker that proposed may differ: how far before the proposal we search, in seconds. */
const SEARCH_BACK_S = 600;

/** Refusals that an invitation, or an unarchived channel, mends. */
const CANNOT_POST = ["not_in_channel", "channel_not_found", "is_archived", "restricted_action"];
/** Somebody deleted the message that we would change or answer. */
const GONE = ["message_not_found", "thread_not_found", "cant_update_message"];

/** Nothing posted yet. */
const nothingPosted = (channel: string): PostedRecord => ({
  channel,
  ts: "",
  hash: "",
  reaction: "",
  seq: 0,
  promptSeq: 0,
  promptTs: "",
  promptHash: "",
  planFile: false,
  endFiles: false,
  told: false,
  intent: "",
});

/** What a round works on. */
type Seen = { readonly events: readonly RecordedEvent[]; readonly state: RunState; readonly approvers: Approvers };

/** Stands before the reactions that may be there, while one takes the other's place. */
const UNSURE = "?";

/** True when a finished run needs no more posts: all is told, and nothing shown will change any more. */
export const isSettled = (record: PostedRecord, state: RunState): boolean =>
  state.phase === "finished" &&
  record.ts !== "" &&
  record.intent === "" &&
  record.seq === state.head.seq &&
  record.promptSeq === 0 &&
  record.reaction === reactionOf(state) &&
  record.hash === doneHash(state) &&
  (record.endFiles || !hasEndFiles(state));

/** What the record's `hash` says once the parent shows the outcome: its rendering is not needed to know that. */
const doneHash = (state: RunState): string => `done ${state.head.seq}`;

/** A run that never began has nothing to report. */
const hasEndFiles = (state: RunState): boolean => state.phase === "finished" && state.startedAt !== null;

/** Brings one run's messages up to date. `save` keeps the record, and throws when the lock was lost. */
export const catchUp = async (
  run: RunId,
  start: PostedRecord | null,
  save: (record: PostedRecord) => Promise<void>,
  deps: CatchUpDeps,
): Promise<void> => {
  const { poster, log } = deps;

  const look = async (): Promise<Seen | null> => {
    const events = await deps.runLog.read(run);
    const state = reduceRun(events);
    return state === null ? null : { events, state, approvers: await deps.authorize.approvers(state.policy) };
  };

  const first = await look();
  if (first === null) return;
  let record = start ?? nothingPosted(first.state.channel);

  const keep = async (change: Partial<PostedRecord>): Promise<void> => {
    record = { ...record, ...change };
    await save(record);
  };

  /** Something that must happen once: said before, said after, and looked for when the end is not known. */
  const once = async (intent: PostedRecord["intent"], act: () => Promise<Partial<PostedRecord>>): Promise<void> => {
    await keep({ intent });
    try {
      await keep({ ...(await act()), intent: "" });
    } catch (error) {
      if (hadNoEffect(error)) await keep({ intent: "" });
      throw error;
    }
  };

  const settleIntent = async (seen: Seen): Promise<void> => {
    if (record.intent === "") return;
    if (record.intent === "parent") {
      const since = seen.state.proposedAt / 1000 - SEARCH_BACK_S;
      const found = (await poster.history(record.channel, since)).find(({ tag }) => tag?.run === run && tag.seq === 0);
      return keep({ intent: "", ...(found === undefined ? {} : { ts: found.ts }) });
    }
    const mine = await poster.thread(record.channel, record.ts);
    const files = mine.flatMap((one) => one.files);
    const last = mine.findLast(({ tag }) => tag?.run === run && tag.seq > record.seq);
    await keep({
      intent: "",
      planFile: record.planFile || files.includes("plan.md"),
      endFiles: record.endFiles || files.includes("log.jsonl"),
      ...(last === undefined || last.tag === null ? {} : { seq: last.tag.seq, ...promptOf(last.ts, last.tag, seen) }),
    });
  };

  /** A recovered post may be the one with buttons; its hash is left open so that it is brought up to date. */
  const promptOf = (ts: string, tag: Tag, { events }: Seen): Partial<PostedRecord> => {
    const event = events.find(({ seq }) => seq === tag.seq)?.event;
    const isPrompt = event?.type === "held" || (event?.type === "approval-asked" && event.gate !== "plan");
    return isPrompt ? { promptSeq: tag.seq, promptTs: ts, promptHash: "" } : {};
  };

  const parentMessage = async ({ state, approvers }: Seen): Promise<Message> => {
    const live = state.phase === "running" ? await deps.live.read(run).catch(() => null) : null;
    return runMessage({ state, live, approvers, now: deps.clock.now() });
  };

  const parentHash = (shown: Message, state: RunState): string =>
    state.phase === "finished" ? doneHash(state) : renderHash(shown);

  const postParent = async (seen: Seen): Promise<void> => {
    if (record.ts !== "") return;
    try {
      await once("parent", async () => {
        const shown = await parentMessage(seen);
        const ts = await poster.post({ channel: record.channel }, shown, { run, from: 0, seq: 0, hash: "" });
        return { ts, hash: parentHash(shown, seen.state) };
      });
    } catch (error) {
      if (CANNOT_POST.includes(refusalOf(error) ?? "")) await tellRequester(seen);
      throw error;
    }
  };

  /** The plan stands nowhere: who asked must know, once. */
  const tellRequester = async ({ state }: Seen): Promise<void> => {
    if (record.told) return;
    const text = `I can't post the plan of run ${code(run)} in <#${record.channel}>. Invite me there (${code("/invite @zkshift")}) and I will; until then it cannot be approved.`;
    await poster.direct(state.requester, message(text, [section(text)])).catch((error: unknown) => {
      log.warn({ run, error: String(error) }, "the requester could not be told that the channel is closed to us");
    });
    await keep({ told: true });
  };

  const updateParent = async (seen: Seen): Promise<void> => {
    const shown = await parentMessage(seen);
    if (parentHash(shown, seen.state) === record.hash) return;
    let hash = record.hash;
    const sent = await poster.update(record.channel, record.ts, async () => {
      // While we waited for our turn the run may have gone on: show the newest.
      const newest = (await look()) ?? seen;
      const now = await parentMessage(newest);
      hash = parentHash(now, newest.state);
      return hash === record.hash ? null : now;
    });
    if (sent !== null) await keep({ hash });
  };

  const updatePrompt = async ({ events, approvers }: Seen): Promise<void> => {
    if (record.promptSeq === 0) return;
    const shown = promptMessage(events, record.promptSeq, approvers);
    const hash = renderHash(shown);
    if (hash !== record.promptHash) await poster.update(record.channel, record.promptTs, async () => shown);
    const over = isAnswered(events, record.promptSeq);
    if (over) await keep({ promptSeq: 0, promptTs: "", promptHash: "" });
    else if (hash !== record.promptHash) await keep({ promptHash: hash });
  };

  const postThread = async (seen: Seen): Promise<void> => {
    for (const post of threadPosts(seen.events, record.seq, seen.approvers)) {
      if (post.message === null) await keep({ seq: post.to });
      else await postOne(post, post.message, seen.events);
    }
  };

  const postOne = (post: Post, shown: Message, events: readonly RecordedEvent[]): Promise<void> =>
    once("thread", async () => {
      const hash = events.find(({ seq }) => seq === post.to)?.hash ?? "";
      const tag = { run, from: post.from, seq: post.to, hash };
      const ts = await poster.post({ channel: record.channel, threadTs: record.ts }, shown, tag);
      const open = post.kind === "prompt" && !isAnswered(events, post.to);
      return { seq: post.to, ...(open ? { promptSeq: post.to, promptTs: ts, promptHash: renderHash(shown) } : {}) };
    });

  /** A workspace that refuses files still gets its thread. */
  const upload = async (
    intent: "plan-file" | "end-files",
    done: Partial<PostedRecord>,
    files: readonly { readonly name: string; readonly text: string }[],
    comment: string,
  ): Promise<void> => {
    try {
      await once(intent, async () => {
        await poster.upload(record.channel, record.ts, files, comment);
        return done;
      });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null || GONE.includes(refusal)) throw error;
      log.warn({ run, refusal }, "Slack refused a file");
      await keep(done);
    }
  };

  const uploadPlan = async ({ state }: Seen): Promise<void> => {
    if (record.planFile) return;
    const nameOf = await deps.people.names([state.requester]);
    const text = planFile(state.plan, state.planHash, run, `@${nameOf(state.requester)}`);
    await upload("plan-file", { planFile: true }, [{ name: "plan.md", text }], "The full plan");
  };

  const uploadEnd = async ({ state, events }: Seen): Promise<void> => {
    if (record.endFiles || !hasEndFiles(state)) return;
    const users = events.flatMap(({ actor }) => (actor.kind === "user" ? [actor.id] : []));
    const nameOf = await deps.people.names([state.requester, ...users]);
    const files = [
      { name: "report.md", text: reportFile(state, events, nameOf) },
      { name: "log.jsonl", text: logFile(events) },
      ...hookFiles(state),
    ];
    await upload("end-files", { endFiles: true }, files, "Report and record");
  };

  const react = async ({ state }: Seen): Promise<void> => {
    const wanted = reactionOf(state);
    if (wanted === record.reaction) return;
    // All that may be there, by name: an answer may get lost between the new one's coming and the old one's going.
    const there = record.reaction.split(" ").filter((name) => name !== "" && name !== UNSURE && name !== wanted);
    await keep({ reaction: [UNSURE, ...there, wanted].join(" ") });
    await poster.react(record.channel, record.ts, wanted, there);
    await keep({ reaction: wanted });
  };

  const round = async (seen: Seen): Promise<void> => {
    await settleIntent(seen);
    await postParent(seen);
    // What people wait for after a click comes first; the thread may have much to tell.
    await updatePrompt(seen);
    await updateParent(seen);
    await react(seen);
    await uploadPlan(seen);
    await postThread(seen);
    await uploadEnd(seen);
  };

  for (let seen: Seen | null = first; seen !== null; ) {
    try {
      await round(seen);
    } catch (error) {
      if (!GONE.includes(refusalOf(error) ?? "")) throw slackError(error, `the messages of ${run} are behind`);
      // Deleted by hand: begin a new message, and go on telling where the old thread ended.
      log.warn({ run, refusal: refusalOf(error) }, "a message of the run is gone; posting a new one");
      await keep({ ts: "", hash: "", reaction: "", promptSeq: 0, promptTs: "", promptHash: "", intent: "" });
    }
    const next = await look();
    const moved: boolean = next !== null && (next.state.head.seq > seen.state.head.seq || record.ts === "");
    seen = moved ? next : null;
  }
};
