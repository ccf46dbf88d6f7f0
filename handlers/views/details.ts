// The whole plan in a modal: what Details opens. Pure.
import type { ModalView } from "@slack/types";
import type { Plan } from "../../src/model/plan.ts";
import { planTitle } from "./goal-words.ts";
import { classicBlocks, context, section, sections } from "./message.ts";
import { afterwardsLines, noticeWords, wayBackWords } from "./notice.ts";
import { gatesWords, newServerLines, numberedSteps, sourceWords } from "./plan.ts";
import { code, codeBlock, configVersion, dateTime, duration, esc, plural, serverName } from "./words.ts";

/** Slack allows 100 blocks a modal; a long plan is cut here and is whole in plan.md. */
const STEP_CHARACTERS = 20_000;
/** A code block's section must stay under 3000 characters with its fences. */
const CHUNK = 2600;

const chunks = (lines: readonly string[]): readonly string[] => {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last === undefined || last.length + line.length + 1 > CHUNK) texts.push(line.slice(0, CHUNK));
    else texts[texts.length - 1] = `${last}\n${line}`;
  }
  return texts;
};

/** Step lines up to a length, and how many were left out. */
const fitting = (lines: readonly string[]): { readonly lines: readonly string[]; readonly left: number } => {
  let characters = 0;
  const end = lines.findIndex((line) => {
    characters += line.length + 1;
    return characters > STEP_CHARACTERS;
  });
  return end === -1 ? { lines, left: 0 } : { lines: lines.slice(0, end), left: lines.length - end };
};

export const detailsModal = (run: string, plan: Plan, hash: string): ModalView => {
  const steps = fitting(numberedSteps(plan));
  const servers = plan.basis.servers.map(
    (server) =>
      `${serverName(server.id)} ${server.host} ${server.client} · ${server.role} · ${server.mode} · ${server.release}`,
  );
  const fresh = newServerLines(plan);
  const findings = plan.findings
    .slice(0, 40)
    .map((finding) => `• ${code(finding.rule)} ${esc(finding.what)} ${esc(finding.todo)}${sourceWords(finding)}`);
  return {
    type: "modal",
    callback_id: "details",
    title: { type: "plain_text", text: "The whole plan" },
    close: { type: "plain_text", text: "Close" },
    blocks: classicBlocks([
      section(
        `*${esc(planTitle(plan))}*\nrun ${code(run)} · about ${duration(plan.expectedMs)}, approvals and watching apart`,
      ),
      section(esc(noticeWords(plan))),
      section(`*Servers as seen* ${dateTime(plan.basis.seenAt)}`),
      ...chunks(servers)
        .slice(0, 6)
        .map((text) => section(codeBlock(text, CHUNK))),
      ...(fresh.length === 0
        ? []
        : [
            section("*New servers*"),
            ...chunks(fresh)
              .slice(0, 6)
              .map((text) => section(codeBlock(text, CHUNK))),
          ]),
      ...sections(plan.goal.kind === "migrate" ? [...afterwardsLines(plan), wayBackWords(plan)] : []),
      section(`*${plural(plan.steps.length, "step")}*`),
      ...chunks(steps.lines).map((text) => section(codeBlock(text, CHUNK))),
      ...(steps.left > 0 ? [context(`${plural(steps.left, "more line")}: see plan.md in the thread.`)] : []),
      section(
        `*${plural(plan.rulesChecked, "rule")} checked*, ${plan.findings.length === 0 ? "nothing to note" : plural(plan.findings.length, "note")}`,
      ),
      ...sections(findings),
      context(
        `plan ${code(hash)}\n${plan.basis.configVersion === null ? "static configuration" : `configuration version ${code(configVersion(plan.basis.configVersion))}`} · ${gatesWords(plan)}`,
      ),
    ]),
  };
};
