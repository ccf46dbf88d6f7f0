import { expect, test } from "vitest";
import { escapeText } from "../../../../sandbox/workspace/escape.ts";
import { createState } from "../../../../sandbox/workspace/state.ts";

const state = createState([]);

test.each([
  ["ask @approver.", "ask <@U0APPROVER|approver>."],
  ["in #ops", "in <#C0OPS|ops>"],
  ["ping @zk-approvers", "ping <!subteam^S0APPROVERS|@zk-approvers>"],
  ["a < b & c > d", "a &lt; b &amp; c &gt; d"],
  ["see https://a.example/?a=1&b=2", "see <https://a.example/?a=1&amp;b=2>"],
  ["<@U0APPROVER> is named already", "<@U0APPROVER|approver> is named already"],
  ["mail me@approver or @nobody", "mail me@approver or @nobody"],
])("in a command %j becomes %j", (typed, sent) => {
  expect(escapeText(state, typed, "command")).toBe(sent);
});

test("in a message a user is only an id", () => {
  expect(escapeText(state, "@approver look", "message")).toBe("<@U0APPROVER> look");
});
