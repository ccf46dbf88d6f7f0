// Who may approve: a pure decision, and the lookups in Slack that feed it. Asked at the click and again at a modal's submit.
import type { WebClient } from "@slack/web-api";
import type { Log } from "../src/app/app-deps.ts";
import type { Rights } from "../src/app/decide-approval.ts";
import type { ApprovalPolicy } from "../src/model/inventory.ts";
import type { Clock } from "../src/ports.ts";
import { type ApproverGroup, type Approvers, approversPhrase } from "./views/approvers.ts";

/** Members by group; null where Slack would not tell. */
export type GroupMembers = ReadonlyMap<string, readonly string[] | null>;

/** True when the policy names the person, or a group that has them. A group whose members are unknown lets nobody in. */
export const mayApprove = (policy: ApprovalPolicy, user: string, members: GroupMembers): boolean =>
  policy.users.includes(user) || policy.groups.some((group) => members.get(group)?.includes(user) ?? false);

export type Authorize = {
  /** The policy's approvers with the ids by which Slack mentions them. */
  approvers(policy: ApprovalPolicy): Promise<Approvers>;
  rights(policy: ApprovalPolicy, user: string): Promise<Rights>;
};

/** Slack allows 20 calls a minute; and a person who was just added to a group should not wait long. */
const CACHE_MS = 60_000;

type Cached<T> = { readonly at: number; readonly value: T };

/** Groups and members are asked of Slack and kept for a minute; when it refuses (free plans), only users count. */
export const makeAuthorize = (slack: WebClient, clock: Clock, log: Log): Authorize => {
  let groups: Cached<ReadonlyMap<string, string>> | null = null;
  const members = new Map<string, Cached<readonly string[]>>();

  const fresh = <T>(cached: Cached<T> | null | undefined): cached is Cached<T> =>
    cached != null && clock.now() - cached.at < CACHE_MS;

  /** Group ids by handle. */
  const groupIds = async (): Promise<ReadonlyMap<string, string>> => {
    if (fresh(groups)) return groups.value;
    try {
      const answer = await slack.usergroups.list({});
      const found = (answer.usergroups ?? []).flatMap(({ id, handle }) =>
        id === undefined || handle === undefined ? [] : [[handle, id] as const],
      );
      groups = { at: clock.now(), value: new Map(found) };
    } catch (error) {
      log.warn(
        { error: String(error) },
        "Slack would not list user groups; only users named in ensembles.yaml may approve",
      );
      // An old answer is better than none; without one, remember the refusal so as not to ask at each click.
      groups = { at: clock.now(), value: groups?.value ?? new Map() };
    }
    return groups.value;
  };

  const idOf = async (group: string): Promise<string | null> => {
    if (/^S[A-Z0-9]{5,}$/.test(group)) return group;
    return (await groupIds()).get(group.replace(/^@/, "")) ?? null;
  };

  const membersOf = async (group: string): Promise<readonly string[] | null> => {
    const id = await idOf(group);
    if (id === null) return null;
    const cached = members.get(id);
    if (fresh(cached)) return cached.value;
    try {
      const answer = await slack.usergroups.users.list({ usergroup: id });
      const value = answer.users ?? [];
      members.set(id, { at: clock.now(), value });
      return value;
    } catch (error) {
      log.warn({ group, error: String(error) }, "Slack would not list a group's members");
      return null;
    }
  };

  const approvers = async (policy: ApprovalPolicy): Promise<Approvers> => ({
    users: policy.users,
    groups: await Promise.all(
      policy.groups.map(
        async (group): Promise<ApproverGroup> => ({ handle: group.replace(/^@/, ""), id: await idOf(group) }),
      ),
    ),
  });

  return {
    approvers,
    async rights(policy, user) {
      const lists = await Promise.all(policy.groups.map(async (group) => [group, await membersOf(group)] as const));
      return {
        isApprover: mayApprove(policy, user, new Map(lists)),
        approvers: approversPhrase(await approvers(policy)),
      };
    },
  };
};
