// Rules about the service as it runs now: nothing is stopped while something is already wrong.
import type { Rule, Violation } from "../rule.ts";
import { inWords } from "../rule.ts";
import { behindLeader } from "../safety.ts";
import { majorityOf, type Situation, type Subject } from "../situation.ts";

const allServe = ({ subjects }: Situation): boolean => subjects.every((subject) => subject.serving !== null);

/** How many voters there are when the run has ended. */
const votersAfter = ({ move, voters }: Situation): number => (move === null ? voters.length : move.votersAfter);
const hasOr = ({ move }: Situation): string => (move === null ? "has" : "would have");

const whyNotServing = ({ server: { seen } }: Subject): string | null => {
  switch (seen.status) {
    case "serving":
      return null;
    case "not-serving":
      return seen.reason === "looking" ? "does not serve: it is looking for a leader" : "refuses connections";
    case "unreachable":
      return `did not answer, so whether it serves is not known: ${seen.error}`;
  }
};

export const SERVICE_RULES: readonly Rule[] = [
  {
    id: "not-all-serving",
    severity: "blocks",
    when: "a server of the configuration does not serve, or does not answer",
    todo: "Repair it or take it out of the configuration, then ask again.",
    source: "zookeeperAdmin, Administration",
    check: ({ subjects }) =>
      subjects.flatMap((subject) => {
        const why = whyNotServing(subject);
        return why === null ? [] : [{ what: `${subject.name} ${why}.`, server: subject.id }];
      }),
  },
  {
    id: "standalone-in-ensemble",
    severity: "blocks",
    when: "a server runs standalone although the configuration has several",
    todo: "It serves data of its own: find out why it does not know the others before anything is restarted.",
    source: "zookeeperAdmin, Clustered (Multi-Server) Setup",
    check: ({ subjects, isStandalone }) =>
      isStandalone
        ? []
        : subjects
            .filter((subject) => subject.serving?.mode === "standalone")
            .map((subject) => ({
              what: `${subject.name} runs standalone, but the configuration has ${subjects.length} servers.`,
              server: subject.id,
            })),
  },
  {
    id: "no-leader",
    severity: "blocks",
    when: "not exactly one server says it is the leader",
    todo: "Wait until the election is over, then ask again.",
    source: "zookeeperInternals, Leader Activation",
    check: ({ subjects, isStandalone }) => {
      if (isStandalone) return [];
      const leaders = subjects.filter((subject) => subject.serving?.mode === "leader");
      if (leaders.length === 1) return [];
      return [
        {
          what:
            leaders.length === 0
              ? "No server says it is the leader."
              : `${inWords(leaders.map((leader) => leader.name))} all say they are the leader.`,
        },
      ];
    },
  },
  {
    id: "followers-not-synced",
    severity: "blocks",
    when: "the leader counts fewer synced followers than there are, or a server is still in an older epoch",
    todo: "Wait until they have caught up, then ask again.",
    source: "zookeeperAdmin, The Four Letter Words: mntr",
    check: (situation) => {
      if (situation.isStandalone || situation.leader === null || !allServe(situation)) return [];
      return behindLeader(situation.seen).map((what) => ({ what }));
    },
  },
  {
    id: "mode-not-as-configured",
    severity: "blocks",
    when: "a participant serves as observer, or an observer as follower or leader",
    todo: "Bring zoo.cfg (peerType) and the configuration in line first: who votes must be certain.",
    source: "zookeeperObservers, How to use Observers",
    check: ({ subjects, isStandalone }) =>
      isStandalone
        ? []
        : subjects
            .filter(
              ({ serving, server }) =>
                serving !== null &&
                serving.mode !== "standalone" &&
                (serving.mode === "observer") !== (server.member.role === "observer"),
            )
            .map((subject) => ({
              what: `${subject.name} is configured as ${subject.server.member.role} but serves as ${subject.serving?.mode}.`,
              server: subject.id,
            })),
  },
  {
    id: "no-quorum-margin",
    severity: "override",
    when: "stopping one voter leaves no quorum (one or two voters)",
    todo: "Add a third voter first.",
    source: "zookeeperAdmin, Clustered (Multi-Server) Setup",
    only: ["upgrade", "configure"],
    check: ({ voters, changing, isStandalone }) => {
      const stops = changing.some((subject) => subject.server.member.role === "participant");
      if (isStandalone || !stops || voters.length - 1 >= majorityOf(voters.length)) return [];
      const each = voters.length === 1 ? "its restart" : "each restart";
      return [
        {
          what: `With ${voters.length} ${voters.length === 1 ? "voter" : "voters"} no quorum is left during ${each}: nobody can read or write for some seconds.`,
        },
      ];
    },
  },
  {
    id: "standalone-stops",
    severity: "override",
    only: ["upgrade", "configure"],
    when: "the ensemble is one standalone server",
    todo: "Choose a time when clients can be without it.",
    source: "zookeeperStarted, Standalone Operation",
    check: ({ isStandalone, subjects }) =>
      isStandalone && subjects[0] !== undefined
        ? [
            {
              what: `${subjects[0].name} is standalone: service stops while it restarts, some seconds.`,
              server: subjects[0].id,
            },
          ]
        : [],
  },
  {
    id: "few-voters",
    severity: "warns",
    when: "an ensemble has fewer than three voters",
    todo: "Three voters survive the loss of one.",
    source: "zookeeperAdmin, Clustered (Multi-Server) Setup",
    check: (situation) => {
      const voters = votersAfter(situation);
      return situation.isStandalone || voters >= 3
        ? []
        : [{ what: `The ensemble ${hasOr(situation)} ${voters === 1 ? "one voter" : `${voters} voters`}.` }];
    },
  },
  {
    id: "even-voters",
    severity: "warns",
    when: "an ensemble has an even number of voters, four or more",
    todo: "Use an odd number: one voter more than that adds no safety.",
    source: "zookeeperAdmin, Clustered (Multi-Server) Setup",
    check: (situation) => {
      const voters = votersAfter(situation);
      return voters >= 4 && voters % 2 === 0
        ? [{ what: `${voters} voters survive the loss of ${voters / 2 - 1}, as ${voters - 1} would.` }]
        : [];
    },
  },
  {
    id: "digest-mismatches",
    severity: "override",
    when: "a server has counted digest mismatches since its start",
    todo: "Find out which server differs before restarting any: the copy that is right must not be the one that is lost.",
    source: "zookeeperAdmin, Data Integrity: digest.enabled",
    check: ({ subjects }) =>
      subjects.flatMap((subject): readonly Violation[] => {
        const count = subject.serving?.monitor?.digestMismatches ?? 0;
        if (count === 0) return [];
        return [
          {
            what: `${subject.name} has counted ${count} digest ${count === 1 ? "mismatch" : "mismatches"}: its data may differ from the leader's.`,
            server: subject.id,
          },
        ];
      }),
  },
];
