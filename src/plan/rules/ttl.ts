// Rules about znodes with a time to live: servers keep them only with zookeeper.extendedTypesEnabled, and a start without it removes them.
import { keepsTtlZnodesNow } from "../../model/extended-types.ts";
import { inWords, onServers, type Rule } from "../rule.ts";
import type { Subject } from "../situation.ts";
import { keepsTtlZnodesAfter } from "../ttl-znodes.ts";

const only = ["upgrade", "migrate", "configure"] as const;
const SOURCE = "zookeeperAdmin, Advanced Configuration: extendedTypesEnabled";

const hasItNow = ({ facts }: Subject): boolean => facts !== null && keepsTtlZnodesNow(facts);

export const TTL_RULES: readonly Rule[] = [
  {
    id: "ttl-znodes-lost",
    only,
    severity: "override",
    when: "servers run with zookeeper.extendedTypesEnabled, and they, or the new servers of a move, would be started without it",
    todo: "Where clients use znodes with a time to live, keep it: `-Dzookeeper.extendedTypesEnabled=true` under `jvm` of the ensemble in ensembles.yaml. Where none does, override.",
    source: SOURCE,
    check: (situation) =>
      onServers(
        (situation.move === null ? situation.changing : situation.subjects).filter(
          (subject) => hasItNow(subject) && !keepsTtlZnodesAfter(subject, situation),
        ),
        "runs with zookeeper.extendedTypesEnabled, and the next start would be without it: znodes with a time to live would be taken for ephemeral ones and removed.",
      ),
  },
  {
    id: "ttl-znodes-differ",
    only,
    severity: "override",
    when: "some servers have zookeeper.extendedTypesEnabled and others have not",
    todo: "Bring it in line with `/zk configure`: `-Dzookeeper.extendedTypesEnabled=true` under `jvm` of the ensemble in ensembles.yaml. Where no client uses znodes with a time to live, override.",
    source: SOURCE,
    check: (situation) => {
      const read = situation.subjects.filter(({ facts }) => facts !== null);
      const has = (subject: Subject): boolean =>
        subject.hasTurn || situation.move !== null ? keepsTtlZnodesAfter(subject, situation) : hasItNow(subject);
      const [with_, without] = [read.filter(has), read.filter((subject) => !has(subject))];
      if (with_.length === 0 || without.length === 0) return [];
      const names = (some: readonly Subject[]): string => inWords(some.map(({ id }) => `server.${id}`));
      return [
        {
          what: `zookeeper.extendedTypesEnabled is set on ${names(with_)} and not on ${names(without)}: a leader without it removes znodes with a time to live.`,
        },
      ];
    },
  },
];
