// `/zk audit`: the record of a run, and what checking it found. Pure.
import type { Head, RecordedEvent } from "../../src/model/run-event.ts";
import type { ChainCheck } from "../../src/run/chain.ts";
import type { RunState } from "../../src/run/state.ts";
import { eventLine } from "./event-words.ts";
import { planTitle } from "./goal-words.ts";
import { context, header, type Message, message, sections } from "./message.ts";
import { phaseWords } from "./run-facts.ts";
import { clock, code, esc, plural, shortHash } from "./words.ts";

/** An ephemeral message must stay readable; the whole record comes by `export`. */
const SHOWN = 60;

export const auditMessage = (state: RunState, events: readonly RecordedEvent[]): Message => {
  const shown = events.slice(-SHOWN);
  const left = events.length - shown.length;
  return message(`Record of ${state.run}: ${plural(events.length, "entry", "entries")}`, [
    header(`Record of ${state.run}`),
    context(`${esc(planTitle(state.plan))} · ${phaseWords(state)} · plan ${code(state.planHash)}`),
    ...(left > 0 ? sections([`_${plural(left, "earlier entry", "earlier entries")} left out_`]) : []),
    ...sections(shown.map((event) => `${event.seq}. ${eventLine(event, state.plan, events)}`)),
    context(
      `head ${code(state.head.hash)}\nAs files: ${code(`/zk audit ${state.run} export`)} · checked against the thread: ${code(`/zk audit ${state.run} verify`)}`,
    ),
  ]);
};

/** A head that was found in the run's thread. */
export type PostedHead = Head & { readonly ts: string };
export type VerifyFound = {
  readonly chain: ChainCheck;
  /** Each posted head, and why the record does not go through it; null when it does. */
  readonly heads: readonly { readonly head: PostedHead; readonly why: string | null }[];
  /** Why the thread could not be read; null when it was. */
  readonly threadUnread: string | null;
};

const headWords = ({ head, why }: VerifyFound["heads"][number]): string =>
  `${why === null ? "✅" : "❌"} entry ${head.seq}, ${code(shortHash(head.hash))}, posted ${clock(Number(head.ts) * 1000)} UTC${why === null ? "" : `: ${esc(why)}`}`;

export const verifyMessage = (run: string, entries: number, found: VerifyFound): Message => {
  const { chain, heads, threadUnread } = found;
  const wrongHeads = heads.filter(({ why }) => why !== null);
  const chainLine = chain.ok
    ? `✅ The chain holds: ${plural(entries, "entry", "entries")}, each carries the hash of the one before. Head ${code(chain.head.hash)}.`
    : `❌ *The chain is broken at entry ${chain.atSeq}*: ${esc(chain.why)}. Do not trust what follows it.`;
  const threadLine =
    threadUnread !== null
      ? `⚪ The thread could not be read (${esc(threadUnread)}), so the record was not compared with it. A chain alone shows edits and gaps, not that its end was cut off or all of it was written anew.`
      : heads.length === 0
        ? "⚪ No head has been posted in the thread yet, so there was nothing to compare with: heads are posted at gates, at holds and at the end."
        : wrongHeads.length === 0
          ? `✅ ${plural(heads.length, "head")} posted in the thread: the record goes through ${heads.length === 1 ? "it" : "all of them"}.`
          : `❌ *${plural(wrongHeads.length, "head")} posted in the thread ${wrongHeads.length === 1 ? "does" : "do"} not fit the record.*`;
  const good = chain.ok && wrongHeads.length === 0;
  const title = good ? (heads.length > 0 ? "verified" : "chain verified") : "does not verify";
  return message(`${run}: ${title}`, [
    header(`${run}: ${title}`),
    ...sections([chainLine, threadLine, ...heads.slice(-20).map(headWords)]),
  ]);
};
