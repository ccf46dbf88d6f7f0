import { describe, expect, it } from "vitest";
import { mayApprove } from "../../../handlers/authorize.ts";
import { approversPhrase, mentionApprovers, needsPhrase } from "../../../handlers/views/approvers.ts";
import { samplePolicy } from "../../support/scripted-run.ts";

describe("who may approve", () => {
  const policy = samplePolicy({ users: ["U0ANN"], groups: ["zk-approvers"] });
  const members = new Map([["zk-approvers", ["U0BOB"]]]);

  it("takes users by name and members of the groups", () => {
    expect(["U0ANN", "U0BOB", "U0EVE"].map((user) => mayApprove(policy, user, members))).toEqual([true, true, false]);
  });

  it("lets nobody in by a group whose members Slack does not tell", () => {
    expect(mayApprove(policy, "U0BOB", new Map([["zk-approvers", null]]))).toBe(false);
    expect(mayApprove(policy, "U0BOB", new Map())).toBe(false);
    expect(mayApprove(policy, "U0ANN", new Map())).toBe(true);
  });
});

describe("approvers as a phrase", () => {
  const approvers = {
    users: ["U0ANN"],
    groups: [
      { handle: "zk-approvers", id: "S0ZK" },
      { handle: "lost", id: null },
    ],
  };

  it("mentions what Slack can mention", () => {
    expect(mentionApprovers(approvers)).toBe("<!subteam^S0ZK> @lost <@U0ANN>");
    expect(approversPhrase(approvers)).toBe("<!subteam^S0ZK>, @lost or <@U0ANN>");
    expect(approversPhrase({ users: [], groups: [] })).toBe("nobody (no approvers are configured)");
  });

  it("says whether the requester counts", () => {
    expect(needsPhrase(approvers, 2, false)).toMatch(/^needs 2 of .*, not the requester$/);
    expect(needsPhrase(approvers, 1, true)).not.toContain("requester");
  });
});
