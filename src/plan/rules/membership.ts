// Rules about changing who is a member: whether it can be done while the ensemble serves, and what would be left.
import { commandFor } from "../../model/goal.ts";
import { isAtLeast } from "../../model/release.ts";
import { inWords, onServers, type Rule, migrationRule as rule } from "../rule.ts";

const isOn = (value: string | null): boolean => value?.toLowerCase() === "true";

export const MEMBERSHIP_RULES: readonly Rule[] = [
  rule({
    id: "standalone-cannot-move",
    severity: "blocks",
    when: "the ensemble is one standalone server",
    todo: "Make it an ensemble of one first: give it `server.N=…`, a dynamicConfigFile, reconfigEnabled=true and standaloneEnabled=false in zoo.cfg and restart it, which takes it away from its clients for some seconds. Then ask again.",
    source: "zookeeperReconfig, The standaloneEnabled flag",
    check: (_move, { isStandalone, subjects }) =>
      isStandalone && subjects[0] !== undefined
        ? [
            {
              what: `${subjects[0].name} runs standalone: it cannot be joined, so there is nobody to give the data to.`,
            },
          ]
        : [],
  }),
  rule({
    id: "mixed-releases",
    severity: "blocks",
    when: "the servers run different releases and the migration names none",
    todo: "Finish the upgrade first, or say which release the new servers shall run.",
    source: "zkshift",
    check: (_move, { goal, subjects }) => {
      const releases = [...new Set(subjects.flatMap(({ serving }) => (serving === null ? [] : [serving.release])))];
      return goal.release !== null || releases.length < 2
        ? []
        : [
            {
              what: `The servers run ${inWords(releases.sort())}, so it is not clear which one a new server should run.`,
            },
          ];
    },
  }),
  rule({
    id: "staying-server-release",
    severity: "blocks",
    when: "a server that stays where it is runs another release than the one asked for",
    todo: "Upgrade the ensemble first, then move it; or move all its servers.",
    source: "zkshift",
    check: ({ staying }, { release, goal }) => {
      const others = staying.filter(({ serving }) => serving !== null && serving.release !== release);
      return goal.release === null
        ? []
        : onServers(others, `stays where it is, so it would not get ${release}.`, {
            todo: `First \`/zk upgrade ${goal.ensemble} ${release}\`, then \`${commandFor({ ...goal, gates: null, overrides: [] }).replace(/ release \S+/, "")}\`; or move all servers.`,
          });
    },
  }),
  rule({
    id: "reconfig-disabled",
    severity: "blocks",
    when: "the ensemble runs 3.5 or later and reconfigEnabled is not true on every server",
    todo: "Set reconfigEnabled=true in every zoo.cfg and restart the servers one by one, the leader last; then ask again.",
    source: "zookeeperReconfig, Disabling Dynamic Reconfiguration",
    check: ({ method }, { subjects, isStandalone }) =>
      method === "static" || isStandalone
        ? []
        : onServers(
            subjects.filter(
              ({ facts, setting, serving }) =>
                facts !== null &&
                serving !== null &&
                isAtLeast(serving.release, "3.5.3") &&
                !isOn(setting("reconfigEnabled")),
            ),
            "reconfigEnabled is not true, so its membership cannot be changed while it serves.",
          ),
  }),
  rule({
    id: "membership-not-told",
    severity: "blocks",
    when: "the ensemble runs 3.5 or later and no server tells who its members are",
    todo: "Wait until a quorum serves and /zookeeper/config can be read, then ask again.",
    source: "zookeeperReconfig, Retrieving the current dynamic configuration",
    check: ({ method }, { seen, isStandalone }) =>
      method === "static" || isStandalone || (seen.membership.source === "dynamic" && seen.membership.version !== null)
        ? []
        : [
            {
              what: "The members could only be read from files, and a change needs the version that the ensemble itself states.",
            },
          ],
  }),
  rule({
    id: "lists-differ-meanwhile",
    severity: "warns",
    when: "an ensemble from before 3.5 with three or four voters moves to 3.5 or later",
    todo: "Choose a quiet hour; or move it on its present release and upgrade it afterwards.",
    source: "zkshift: measured on 3.4.13 to 3.8.0",
    check: ({ method, joining }, { release, voters }) =>
      method === "static" && joining.length > 0 && isAtLeast(release, "3.5.0") && voters.length < 5
        ? [
            {
              what: `A leader of ${release} counts only members of its own list, so writes pause for 2 to 5 s in each turn but the first; nothing is lost.`,
            },
          ]
        : [],
  }),
  rule({
    id: "super-needed",
    severity: "blocks",
    when: "membership is changed by reconfig, and the inventory names no super user",
    todo: "Give the servers a superDigest and name its secret as `super` of the ensemble in ensembles.yaml.",
    source: "zookeeperReconfig, Access Control",
    check: ({ method }, { superKnown, goal, isStandalone }) =>
      method === "static" || superKnown || isStandalone
        ? []
        : [{ what: `Only the super user may reconfigure ${goal.ensemble}, and zkshift knows no secret for it.` }],
  }),
  rule({
    id: "one-voter",
    severity: "blocks",
    when: "the ensemble would have fewer than two voters, or has one and standaloneEnabled is not false",
    todo: "Move it to two hosts or more; three survive the loss of one.",
    source: "zookeeperReconfig, The standaloneEnabled flag",
    check: ({ votersAfter }, { voters, isStandalone, goal }) => {
      if (isStandalone) return [];
      const [only] = voters;
      return [
        ...(votersAfter < 2
          ? [
              {
                what: `${goal.ensemble} would have ${votersAfter === 1 ? "one voter" : "no voter"}: nobody could take over leadership.`,
              },
            ]
          : []),
        ...(voters.length === 1 && only !== undefined && only.setting("standaloneEnabled")?.toLowerCase() !== "false"
          ? [
              {
                what: `${only.name} is the only voter and standaloneEnabled is not false, so nobody may join it.`,
                todo: "Set standaloneEnabled=false in its zoo.cfg and restart it, which takes it away from its clients for some seconds.",
              },
            ]
          : []),
      ];
    },
  }),
  rule({
    id: "static-size-change",
    severity: "blocks",
    when: "an ensemble from before 3.5 would change its size, or has fewer than three voters",
    todo: "Move it one for one, at best with a release of 3.5 or later; its size can be changed afterwards.",
    source: "ZOOKEEPER-107; zkshift: other orders lost acknowledged writes on 3.4.13",
    check: ({ method, joining, leaving }, { voters }) => {
      if (method !== "static") return [];
      return [
        ...(joining.length === leaving.length
          ? []
          : [
              {
                what: `Without reconfig (before 3.5) servers can only be replaced one for one: ${joining.length} would come and ${leaving.length} go.`,
              },
            ]),
        ...(voters.length >= 3
          ? []
          : [
              {
                what: `With ${voters.length === 1 ? "one voter" : `${voters.length} voters`} no quorum is left while one is replaced.`,
                todo: "Upgrade it to 3.5 or later first: then servers are added before others leave.",
              },
            ]),
      ];
    },
  }),
  rule({
    id: "ids-used-up",
    severity: "blocks",
    when: "there are not enough ids between 1 and 254 that no server has ever had; before 3.5, above those of today's servers",
    todo: "Remove what retired servers left on their hosts, then ask again.",
    source: "zookeeperReconfig, Adding servers",
    check: ({ joining, destinations, method }, { subjects }) => {
      const highest = Math.max(0, ...subjects.map(({ id }) => id));
      // By lists who has the higher id opens the connection: the others do not know a new one, and would never call it.
      const usable = method === "static" ? joining.filter(({ id }) => id > highest) : joining;
      return usable.length === destinations.length
        ? []
        : [{ what: `${destinations.length} new ids are needed, and ${usable.length} are free.` }];
    },
  }),
  rule({
    id: "observer-left-out",
    severity: "warns",
    when: "an observer leaves and no new server takes its place",
    todo: "Name another host if you need as many observers as now.",
    source: "zookeeperObservers",
    check: ({ surplus }) =>
      onServers(
        surplus.filter(({ server }) => server.member.role === "observer"),
        "it is an observer, and with so many hosts no new one takes its place.",
      ),
  }),
];
