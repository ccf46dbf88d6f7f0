// Where each old and new server of a migration stands, from the steps and their states. Pure.
import type { Step } from "../../src/model/plan.ts";
import type { Live } from "../../src/ports.ts";
import type { RunState } from "../../src/run/state.ts";
import { comers, isDone, leavers, stayers, takesPlace } from "./migration-facts.ts";
import { currentStep, modeNow, proofOf } from "./run-facts.ts";
import { serverOf, stepDoing, stepUndoing } from "./step-words.ts";
import { esc, plural, serverName } from "./words.ts";

/** `joined`: has all data and is no member yet. `out`: no member any more, serves its clients on. `stopped`: and does not. */
type Standing =
  | "to come"
  | "not begun"
  | "joining"
  | "joined"
  | "member"
  | "out"
  | "stopped"
  | "retired"
  | "taken back";

export type MigrationPlace = {
  readonly id: number;
  readonly host: string;
  readonly side: "new" | "old" | "stays";
  readonly standing: Standing;
  readonly release: string;
  readonly mode: string | null;
  /** A step of its own is in hand, failed, or was left half-done. */
  readonly trouble: "none" | "in hand" | "failed";
  readonly step: Step | null;
};

/** New servers by the plan's order, then those that stay, then the old ones. */
export const migrationPlaces = (state: RunState, live: Live | null): readonly MigrationPlace[] => {
  const { plan } = state;
  const place = (
    id: number,
    given: Pick<MigrationPlace, "host" | "side" | "standing"> & { readonly release: string },
    mode: string | null,
  ): MigrationPlace => {
    const seen = live?.servers.find((one) => one.id === id);
    const proved = state.phase === "finished" ? proofOf(state)?.servers.find((one) => one.id === id)?.mode : undefined;
    const { trouble, step } = handOn(state, id);
    return {
      id,
      ...given,
      release: seen?.release ?? given.release,
      mode: proved ?? (seen?.mode === "not-serving" ? null : seen?.mode) ?? mode,
      trouble,
      step,
    };
  };
  return [
    ...comers(plan).map(({ server, host, release }) =>
      place(server, { host, release, side: "new", standing: comerStands(state, server) }, joinedMode(state, server)),
    ),
    ...stayers(plan).map(({ id, host, release, mode }) =>
      place(id, { host, release, side: "stays", standing: "member" }, modeNow(state, id, mode)),
    ),
    ...leavers(plan).map(({ id, host }) => {
      const standing = leaverStands(state, id);
      const before = plan.basis.servers.find((one) => one.id === id);
      const mode = standing === "member" ? modeNow(state, id, before?.mode ?? "") : null;
      return place(id, { host, release: before?.release ?? "", side: "old", standing }, mode || null);
    }),
  ];
};

/** The mode a new server was last seen in: as an observer while it joins, unknown when it has become something else. */
const joinedMode = (state: RunState, id: number): string | null => {
  if (comerStands(state, id) === "member") {
    const leader = state.steps.findLast((step) => step.evidence?.step.kind === "hand-over-leadership")?.evidence?.step;
    return leader?.kind === "hand-over-leadership" && leader.newLeader === id ? "leader" : null;
  }
  return null;
};

const comerStands = (state: RunState, id: number): Standing => {
  const did = (kind: Step["kind"]): boolean => isDone(state, (step) => step.kind === kind && serverOf(step) === id);
  const isMember =
    did("add-member") ||
    isDone(
      state,
      (step) =>
        step.kind === "restart-with-members" && takesPlace(step) && step.servers.some((server) => server === id),
    );
  if (isMember) return "member";
  if (did("wait-until-joined")) return "joined";
  const own = state.plan.steps.flatMap((step, i) => (serverOf(step) === id ? (state.steps[i]?.state ?? "todo") : []));
  if (own.every((now) => now === "todo"))
    return state.direction === "back" || state.phase === "finished" ? "not begun" : "to come";
  return own.every((now) => now === "todo" || now === "undone") ? "taken back" : "joining";
};

const leaverStands = (state: RunState, id: number): Standing => {
  const did = (kind: Step["kind"]): boolean => isDone(state, (step) => step.kind === kind && serverOf(step) === id);
  if (did("retire-server")) return "retired";
  if (did("hand-over-leadership")) return "stopped";
  // One that an earlier migration took out is no member when this one begins.
  const isMember = state.plan.basis.servers.some((server) => server.id === id);
  return did("remove-member") || !isMember ? "out" : "member";
};

/** What is being done to a server now. */
const handOn = (state: RunState, id: number): Pick<MigrationPlace, "trouble" | "step"> => {
  const current = currentStep(state);
  const own = state.plan.steps.flatMap((step, i) =>
    serverOf(step) === id && step.kind !== "ask-approval" ? [{ step, i, now: state.steps[i]?.state ?? "todo" }] : [],
  );
  const broken = own.find(({ now }) => now === "failed" || now === "running" || now === "undoing");
  const inHand = own.find(({ i }) => i === current);
  if (state.phase === "running" && inHand !== undefined) return { trouble: "in hand", step: inHand.step };
  if (state.phase === "waiting" || broken === undefined) return { trouble: "none", step: null };
  return { trouble: state.phase === "running" ? "in hand" : "failed", step: broken.step };
};

// ---------------------------------------------------------------- words

const MARKS: Readonly<Record<MigrationPlace["side"], Readonly<Partial<Record<Standing, string>>>>> = {
  new: { "to come": "⬜", "not begun": "⬜", joining: "⏳", joined: "☑️", member: "✅", "taken back": "↩️" },
  old: { member: "⬜", out: "➖", stopped: "➖", retired: "⏹️" },
  stays: { member: "▪️" },
};

const standingWords = ({ side, standing, mode, release }: MigrationPlace): string => {
  const role = mode === null ? "" : mode === "leader" ? "*leader*" : esc(mode);
  switch (standing) {
    case "to come":
    case "not begun":
    case "joining":
      return standing;
    case "joined":
      return "has all data, no member yet";
    case "member":
      return side === "new"
        ? `member, ${esc(release)}${role === "" ? "" : ` ${role}`}`
        : `${esc(release)}${role === "" ? "" : ` ${role}`}`;
    case "out":
      return "out of the ensemble, serves its clients on";
    case "stopped":
      return "out of the ensemble, stopped";
    case "retired":
      return "retired, data kept";
    case "taken back":
      return "taken away again";
  }
};

const placeWords = (place: MigrationPlace, back: boolean): string => {
  const name = `${serverName(place.id)}${place.host === "" ? "" : ` ${esc(place.host)}`}`;
  if (place.step === null || place.trouble === "none")
    return `${MARKS[place.side][place.standing] ?? "⬜"} ${name} ${standingWords(place)}`;
  const doing = back ? stepUndoing(place.step) : stepDoing(place.step);
  return place.trouble === "failed" ? `🟠 ${name} held while ${doing}` : `⏳ ${name} ${doing}`;
};

/** A line for the new servers, one for those that stay, one for the old ones. */
export const migrationLines = (state: RunState, live: Live | null): readonly string[] => {
  const places = migrationPlaces(state, live);
  const line = (title: string, side: MigrationPlace["side"]): readonly string[] => {
    const words = places.filter((one) => one.side === side).map((one) => placeWords(one, state.direction === "back"));
    if (words.length === 0) return [];
    return words.length <= 3 ? [`*${title}*: ${words.join(" · ")}`] : [`*${title}*:`, ...words];
  };
  return [...line("New", "new"), ...line("Staying", "stays"), ...line("Old", "old")];
};

/** How far it has come: `2 of 3 new servers are members, 1 of 3 old servers is out of the ensemble`. */
export const movedCount = (state: RunState): string => {
  const places = migrationPlaces(state, null);
  const fresh = places.filter(({ side }) => side === "new");
  const old = places.filter(({ side }) => side === "old");
  const members = fresh.filter(({ standing }) => standing === "member").length;
  const joined = fresh.filter(({ standing }) => standing === "joined").length;
  const retired = old.filter(({ standing }) => standing === "retired").length;
  const out = old.filter(({ standing }) => standing !== "member").length;
  return [
    ...(fresh.length === 0
      ? []
      : [
          members === 0 && joined > 0
            ? `${joined} of ${plural(fresh.length, "new server")} ${joined === 1 ? "has" : "have"} all data and ${joined === 1 ? "is no member" : "are no members"} yet`
            : `${members} of ${plural(fresh.length, "new server")} ${members === 1 ? "is a member" : "are members"}`,
        ]),
    ...(old.length === 0
      ? []
      : [
          `${out} of ${plural(old.length, "old server")} ${out === 1 ? "is" : "are"} out of the ensemble${retired === 0 ? "" : `, ${retired === out ? "all of them" : retired} retired`}`,
        ]),
  ].join(", ");
};

/** New servers that a run left on their hosts without making them members. */
export const leftHalfWay = (state: RunState): readonly MigrationPlace[] =>
  migrationPlaces(state, null).filter(({ standing }) => standing === "joining" || standing === "joined");
