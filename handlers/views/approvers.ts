// Who may approve, as a phrase. Pure.
import type { ApprovalPolicy } from "../../src/model/inventory.ts";
import { and, esc, person } from "./words.ts";

/** A group by what people call it; `id` is null where Slack would not tell it, and then nobody can be mentioned by it. */
export type ApproverGroup = { readonly handle: string; readonly id: string | null };
export type Approvers = { readonly users: readonly string[]; readonly groups: readonly ApproverGroup[] };

/** The approvers before anything was looked up. */
export const approversOf = (policy: ApprovalPolicy): Approvers => ({
  users: policy.users,
  groups: policy.groups.map((handle) => ({ handle: handle.replace(/^@/, ""), id: null })),
});

/** Mentions (and so notifies) every approver: `<!subteam^S1> <@U1>`; empty when there is nobody. */
export const mentionApprovers = ({ users, groups }: Approvers): string =>
  [...groups.map(groupName), ...users.map(person)].join(" ");

const groupName = ({ handle, id }: ApproverGroup): string => (id === null ? `@${esc(handle)}` : `<!subteam^${id}>`);

/** `@zk-approvers or @ann` */
export const approversPhrase = (approvers: Approvers): string => {
  const names = [...approvers.groups.map(groupName), ...approvers.users.map(person)];
  return names.length === 0 ? "nobody (no approvers are configured)" : and(names, "or");
};

/** `needs 1 of @zk-approvers, not the requester` */
export const needsPhrase = (approvers: Approvers, needs: number, selfApproval: boolean): string =>
  `needs ${needs} of ${approversPhrase(approvers)}${selfApproval ? "" : ", not the requester"}`;
