// `/zk help`: what can be typed, with examples that would work here. Pure.
import { assertNever } from "../../src/model/ids.ts";
import { exampleHosts, type Known } from "../parse/known.ts";
import { RESTORE_EXAMPLE } from "../parse/restore.ts";
import { anEnsemble } from "../parse/words.ts";
import type { HelpTopic } from "../parse-command.ts";
import { context, header, type Message, message, sections } from "./message.ts";
import { code } from "./words.ts";

const SHORT: readonly (readonly [string, string])[] = [
  ["/zk", "opens a form for all of this"],
  ["/zk status [ensemble]", "how every server is, and what is wrong"],
  ["/zk drift <ensemble>", "where it is not as ensembles.yaml wants it, or its servers are not alike"],
  ["/zk ensembles", "what I look after"],
  ["/zk upgrade <ensemble> <release>", "plans an upgrade; nothing starts before it is approved"],
  ["/zk migrate <ensemble> to <host,…>", "plans a move to other hosts, with or without a new release"],
  ["/zk configure <ensemble>", "plans a rolling restart that brings settings and JVM flags of ensembles.yaml"],
  ["/zk backup <ensemble>", "takes a backup and proves it"],
  ["/zk backups <ensemble>", "which backups there are"],
  ["/zk restore <ensemble> from <backup>", "plans to give every server a backup's data; all written since is lost"],
  ["/zk runs [ensemble]", "what ran and what runs"],
  ["/zk run <id>", "how one run stands"],
  ["/zk audit <id> [export|verify]", "its record, as files, or checked against the thread"],
  ["/zk help <topic>", "more on one of these"],
];

/** Examples of a move to hosts that exist; none where no host is free. */
const moveExamples = (ensemble: string, known: Known): readonly string[] => {
  const hosts = exampleHosts(known, ensemble);
  const form = `/zk migrate ${ensemble} to ${hosts.join(",")}`;
  return hosts.length === 0 ? [] : [form, `${form} release 3.9.6`, `${form} dry-run`];
};

const topicLines = (topic: HelpTopic, known: Known): readonly string[] => {
  const ensemble = anEnsemble(known);
  switch (topic) {
    case "upgrade":
      return [
        `${code("/zk upgrade <ensemble> <release> [gates once|leader|each] [override <rule,…>] [pause acl|ports] [dry-run]")}`,
        "I look at every server and at the release rules, and post a plan in the channel. Nothing is touched before somebody else approves it. Then the servers are upgraded one at a time, the leader last, and the plan's message shows how far it is.",
        "• *gates*: when approval is asked. `once` for the plan; `leader` also before the leader's turn; `each` before every server's turn.",
        "• *override*: names of rules you take responsibility for. The refusal that asks for one names it; it costs a second approval.",
        "• *pause*: nobody writes while servers are restarted. It is never needed for safety. By `acl` every znode is read-only meanwhile: clients stay connected and read on. By `ports` the hosts' firewalls close the client ports: clients are cut off, so keep it short; needs `gates once`.",
        "• *dry-run*: shows you the plan and ends there.",
        "The same command with an older release is the way back.",
        `Examples: ${code(`/zk upgrade ${ensemble} 3.9.6`)} · ${code(`/zk upgrade ${ensemble} 3.9.6 gates each`)} · ${code(`/zk upgrade ${ensemble} 3.9.6 dry-run`)}`,
      ];
    case "migrate": {
      const examples = moveExamples(ensemble, known);
      return [
        `${code("/zk migrate <ensemble> to <host,host,…> [release <release>] [gates once|leader|each] [override <rule,…>] [pause acl|ports] [dry-run]")}`,
        "Moves an ensemble's servers to other hosts of the inventory while it keeps serving. Name all hosts it is to be on afterwards; those of today that you name keep their server, and there may be more or fewer than today.",
        "I post a plan; nothing is touched before somebody else approves it. New servers join first, with all data; then old ones leave, one change at a time, the leader last. An old server that was taken out serves its clients on.",
        "Before the first old server is stopped I ask again, list who is still connected and give you the new connection string; I go on when the last client has left, or when you say so. Data of old servers are kept.",
        "• *release*: the new servers run it; without it they run what runs now.",
        "• *gates*: `once` asks for the plan only; `leader` also before the first old server is stopped; `each` also before every server's turn.",
        "• *override*, *pause*, *dry-run*: as for an upgrade, see `/zk help upgrade`.",
        examples.length === 0
          ? "Every host of the inventory is in use: add the new ones to `ensembles.yaml` first."
          : `Examples: ${examples.map(code).join(" · ")}`,
      ];
    }
    case "configure":
      return [
        `${code("/zk configure <ensemble> [all] [gates once|leader|each] [override <rule,…>] [pause acl|ports] [dry-run]")}`,
        "Compares every server with the ensemble's `settings` and `jvm` in `ensembles.yaml` and posts a plan that restarts those that differ, one at a time, the leader last: lines of zoo.cfg and of zkshift's part of java.env, and your configuration tool if there is one. The release stays, nothing is installed. Gates, proof and rollback are an upgrade's.",
        "• *all*: restarts the other servers too. That is a plain rolling restart, and it runs your configuration tool for each.",
        "• *gates*, *override*, *pause*, *dry-run*: as for an upgrade, see `/zk help upgrade`.",
        "What cannot change while servers of before and after work together is refused, with the way that works: electionAlg, TLS or SASL between servers in more than one step, members, ports and folders.",
        `Examples: ${code(`/zk configure ${ensemble}`)} · ${code(`/zk configure ${ensemble} dry-run`)} · ${code(`/zk configure ${ensemble} all`)}`,
      ];
    case "backup":
      return [
        `${code("/zk backup <ensemble>")} · ${code("/zk backups <ensemble>")}`,
        "Copies the data of one synced server to the worker and proves the copy: a throw-away server is started on it and compared with the ensemble, znode by znode. The ensemble is not disturbed. From 3.9 on the server's AdminServer takes a snapshot for it, else the newest snapshot of its data folder is copied with the logs after it.",
        "The second form lists what there is. How many are kept and where is set in `ensembles.yaml` (`backups`).",
        `Examples: ${code(`/zk backup ${ensemble}`)} · ${code(`/zk backups ${ensemble}`)}`,
      ];
    case "restore":
      return [
        `${code("/zk restore <ensemble> from <backup> [override <rule,…>] [dry-run]")}`,
        "Gives every server of an ensemble the data of a backup. *All that was written after it is lost, and clients cannot reach the ensemble meanwhile*: for an ensemble whose data are gone or wrong. Its servers may be down; their hosts must be reachable.",
        "I compare the backup's files with their sums and post a plan. After its approval I start a throw-away server on the backup, and lay the same files beside the data of every server: nothing stops for that. Then I ask again; whoever approves types the ensemble's name, both times. Only then all servers are stopped, get the same data, and are started. At the end every server is compared with the backup. Former data are kept on the hosts; *Roll back* puts them back.",
        "• A backup is named as `/zk backups` lists it. One of another ensemble has that one's name before it: its data go onto these servers, which stay who they are.",
        "• *override*, *dry-run*: as for an upgrade, see `/zk help upgrade`.",
        `Examples: ${code(`/zk restore ${ensemble} from ${RESTORE_EXAMPLE}`)} · ${code(`/zk restore ${ensemble} from payments/${RESTORE_EXAMPLE}`)} · ${code(`/zk restore ${ensemble} from ${RESTORE_EXAMPLE} dry-run`)}`,
      ];
    case "pause-writes":
      return [
        `${code("/zk pause-writes <ensemble> [acl|ports] [for <length>] [override <rule,…>] [dry-run]")} · ${code("/zk resume-writes <ensemble>")}`,
        "Keeps everybody but zkshift from writing, for a copy or a comparison. A plan with an approval, as everywhere; no server is restarted. It ends when its length is over, or as soon as an approver, or who asked, says `resume-writes`; then I look for whatever was written meanwhile.",
        "• *acl* (what is meant without a word): every znode is read-only; clients stay connected and read on. 15 minutes without a length. Needs `super`.",
        "• *ports*: the hosts' firewalls close the client ports; clients are cut off, and sessions with a shorter time-out end. 30 seconds without a length. Opens by itself within 30 s should every worker die.",
        "• *for*: `30s`, `10m`, `2h`; at most a day. While it lasts no other run of that ensemble begins.",
        `Examples: ${code(`/zk pause-writes ${ensemble} for 10m`)} · ${code(`/zk pause-writes ${ensemble} ports for 20s`)} · ${code(`/zk resume-writes ${ensemble}`)}`,
      ];
    case "status":
      return [
        `${code("/zk status [ensemble]")}`,
        "For each server: mode, release, last zxid, connections, latency and whether it is synced with the leader; then what is wrong, in words, and how many more servers may fail before writes stop. Without a name: all ensembles.",
        `Example: ${code(`/zk status ${ensemble}`)}`,
      ];
    case "drift":
      return [
        `${code("/zk drift <ensemble>")}`,
        "Reads every server's host and compares: zoo.cfg with the settings of ensembles.yaml; zoo.cfg of the servers with each other, apart from paths, ports and key stores; the releases; what runs with its files, and with what the next start would run; each server's list of members with the ensemble's; `myid`. Nothing is changed.",
        `Example: ${code(`/zk drift ${ensemble}`)}`,
      ];
    case "ensembles":
      return [
        `${code("/zk ensembles")}`,
        "The ensembles of the inventory, their servers, who approves and in which channel.",
      ];
    case "runs":
      return [
        `${code("/zk runs [ensemble]")}`,
        "The newest runs with their ids: what was asked, by whom, and how it went.",
        `Example: ${code(`/zk runs ${ensemble}`)}`,
      ];
    case "run":
      return [
        `${code("/zk run <id>")}`,
        "How one run stands, with its last lines.",
        `Example: ${code(`/zk run ${ensemble}-7k2mx`)}`,
      ];
    case "audit":
      return [
        `${code("/zk audit <id> [export|verify]")}`,
        "Every run is a record in which each entry carries the SHA-256 of the one before. Its head is posted in the run's thread at gates and at the end, out of reach of whoever could change the record.",
        "• no word: shows the record to you. • *export*: puts `log.jsonl` and `report.md` into the run's thread. • *verify*: computes the chain again and compares it with the heads in the thread.",
        `Example: ${code(`/zk audit ${ensemble}-7k2mx verify`)}`,
      ];
    case "approvals":
      return [
        "A plan is approved with the button in its message, by the people and groups that the inventory names for the ensemble, not by who asked for it (unless the inventory allows that), each person once, before it expires.",
        "The approval is bound to exactly that plan. *Deny…* asks for a reason. At a gate, *Continue* goes on, *Roll back* takes back what was done, *Stop here* ends the run as it is.",
        "While it runs, *Stop after this turn* finishes the server in hand and starts no other. When a step fails the run is held: *Retry* does the step again.",
        "Approvers and whoever asked may stop, retry and roll back.",
        "A move waits once more when clients are still connected to servers that are about to be stopped: it goes on by itself when they are gone, or with *Continue*.",
      ];
    default:
      return assertNever(topic);
  }
};

/** `known`: what exists, for the examples. */
export const helpMessage = (topic: HelpTopic | null, known: Known): Message => {
  const ensemble = anEnsemble(known);
  if (topic !== null)
    return message(`Help on ${topic}`, [header(`/zk help ${topic}`), ...sections(topicLines(topic, known))]);
  return message("What I can do", [
    header("What I can do"),
    ...sections([
      "I upgrade ZooKeeper ensembles server by server, and move them to other hosts, while they keep serving; I back them up, and restore them. You ask here, somebody else approves the plan, its thread is the record.",
      ...SHORT.map(([form, what]) => `${code(form)} – ${what}`),
    ]),
    context(
      `Examples: ${code(`/zk status ${ensemble}`)} · ${code(`/zk upgrade ${ensemble} 3.9.6`)} · ${moveExamples(
        ensemble,
        known,
      )
        .slice(0, 1)
        .map((example) => `${code(example)} · `)
        .join(
          "",
        )}${code("/zk help upgrade")}\nIn a thread, where Slack has no slash commands, mention me: ${code("@zkshift status")}, ${code("stop")} or ${code("help")}.`,
    ),
  ]);
};
