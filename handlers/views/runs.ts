// `/zk runs` and `/zk run <id>`. Pure.
import type { RecordedEvent } from "../../src/model/run-event.ts";
import type { Live } from "../../src/ports.ts";
import type { RunState } from "../../src/run/state.ts";
import { approversOf } from "./approvers.ts";
import { eventLine } from "./event-words.ts";
import { goalWords, planTitle } from "./goal-words.ts";
import { context, header, type Message, message, section, sections, table } from "./message.ts";
import { runMessage } from "./run.ts";
import { phaseWords } from "./run-facts.ts";
import { code, dateTime, duration, esc, plural } from "./words.ts";

const tookWords = (state: RunState): string =>
  state.startedAt === null || state.finishedAt === null
    ? "–"
    : duration(state.finishedAt - state.startedAt - state.waitedMs);

/** Newest first. `asked`: people's names by user id, as far as known. */
export const runsMessage = (
  ensemble: string | null,
  runs: readonly RunState[],
  nameOf: (user: string) => string,
): Message => {
  const of = ensemble === null ? "" : ` of ${ensemble}`;
  if (runs.length === 0)
    return message(`No runs${of} yet.`, [
      section(
        `No runs${esc(of)} yet. Ask for one: ${code(`/zk upgrade ${ensemble ?? "<ensemble>"} <release>`)} or ${code(`/zk migrate ${ensemble ?? "<ensemble>"} to <host,…>`)}`,
      ),
    ]);
  return message(`${plural(runs.length, "run")}${of}`, [
    header(`Newest runs${of}`),
    table(
      ["run", "what", "asked", "by", "state", "took"],
      runs.map((state) => [
        { bold: state.run },
        goalWords(state.plan).short,
        dateTime(state.proposedAt),
        nameOf(state.requester),
        phaseWords(state),
        tookWords(state),
      ]),
    ),
    context(
      `More about one: ${code(`/zk run ${runs[0]?.run ?? ""}`)} · its record: ${code(`/zk audit ${runs[0]?.run ?? ""}`)}`,
    ),
  ]);
};

/** How many of a run's last lines are shown with it. */
const LAST_LINES = 8;

/** One run to one person: its message without buttons, its last lines, and where it stands in the channel. */
export const runDetailMessage = (
  state: RunState,
  events: readonly RecordedEvent[],
  live: Live | null,
  now: number,
  link: string | null,
): Message => {
  const own = runMessage({ state, live, approvers: approversOf(state.policy), now });
  const withoutButtons = own.blocks.filter((block) => block.type !== "actions");
  const last = events.slice(-LAST_LINES).map((event) => eventLine(event, state.plan, events));
  const where = link === null ? `in <#${state.channel}>` : `<${link}|in its thread>`;
  const tail = [...sections(["*Last entries*", ...last]), context(`Buttons and the whole story are ${where}.`)];
  return {
    text: `${state.run}: ${planTitle(state.plan)}, ${phaseWords(state)}`,
    blocks: [...withoutButtons, ...tail],
    classic: own.classic === null ? null : [...own.classic.filter((block) => block.type !== "actions"), ...tail],
  };
};
