// App Home: what waits for this person, what runs, which ensembles there are. Pure.
import type { HomeView, KnownBlock } from "@slack/types";
import type { Inventory } from "../../src/model/inventory.ts";
import type { RunState } from "../../src/run/state.ts";
import { exampleHosts, knownOf } from "../parse/known.ts";
import { planTitle } from "./goal-words.ts";
import { context, divider, header, section, sections } from "./message.ts";
import { phaseWords } from "./run-facts.ts";
import { code, dateTime, esc, person, plural } from "./words.ts";

export type HomeRun = {
  readonly state: RunState;
  /** Its message in the channel; null where not known. */
  readonly link: string | null;
  /** This person could decide something about it now. */
  readonly waitsForMe: boolean;
};

const runBlock = ({ state, link }: HomeRun): KnownBlock => {
  const block = section(
    `*${esc(planTitle(state.plan))}* · ${phaseWords(state)}\n${code(state.run)} · asked by ${person(state.requester)} ${dateTime(state.proposedAt)} · <#${state.channel}>`,
  );
  if (link === null || block.type !== "section") return block;
  return {
    ...block,
    accessory: { type: "button", action_id: "open", text: { type: "plain_text", text: "Open" }, url: link },
  };
};

const list = (title: string, runs: readonly HomeRun[], none: string): readonly KnownBlock[] => [
  header(title),
  ...(runs.length === 0 ? [context(none)] : runs.slice(0, 15).map(runBlock)),
];

export const homeView = (inventory: Inventory, runs: readonly HomeRun[]): HomeView => {
  const open = runs.filter(({ state }) => state.phase !== "finished");
  const mine = open.filter(({ waitsForMe }) => waitsForMe);
  const ended = runs.filter(({ state }) => state.phase === "finished");
  const names = [...inventory.ensembles.values()].map(
    (spec) => `*${esc(spec.name)}* · ${plural(spec.servers.size, "server")} · ${esc(spec.channel)}`,
  );
  const first = inventory.ensembles.keys().next().value ?? "orders";
  const to = exampleHosts(knownOf(inventory), first);
  const examples = [
    `/zk status ${first}`,
    `/zk upgrade ${first} 3.9.6`,
    ...(to.length === 0 ? [] : [`/zk migrate ${first} to ${to.join(",")}`]),
    "/zk help",
  ];
  return {
    type: "home",
    blocks: [
      ...list("Waits for you", mine, "Nothing waits for you."),
      ...list(
        "Under way",
        open.filter((run) => !mine.includes(run)),
        "Nothing else is under way.",
      ),
      ...list("Ended lately", ended.slice(0, 5), "No run has ended yet."),
      divider,
      header("Ensembles"),
      ...(names.length === 0 ? [context("The inventory names none yet.")] : sections(names)),
      context(`In a channel: ${examples.map(code).join(" · ")}`),
    ],
  };
};
