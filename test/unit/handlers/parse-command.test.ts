import { describe, expect, it } from "vitest";
import type { Known } from "../../../handlers/parse/known.ts";
import type { Unknown } from "../../../handlers/parse/words.ts";
import { type Command, formatCommand, noSuchRun, parseCommand } from "../../../handlers/parse-command.ts";

const host = (name: string, ...usedBy: readonly string[]) => ({ name, address: `${name}.internal`, usedBy });
const known: Known = {
  ensembles: ["orders", "billing", "Audit.Log_2"],
  hosts: [
    ...["zk1", "zk2", "zk3"].map((name) => host(name, "orders")),
    ...["zk4", "zk5", "zk6", "Rack7.a"].map((name) => host(name)),
    host("bill1", "billing"),
  ],
};
const parse = (text: string) => parseCommand(text, known);
const words = (parsed: Command | Unknown): string =>
  parsed.kind === "unknown" ? `${parsed.what} ${parsed.next} ${parsed.example}` : JSON.stringify(parsed);

const upgrade = { kind: "upgrade", ensemble: "orders", release: "3.9.6", gates: null, overrides: [], dryRun: false };

describe("what is understood", () => {
  it.each([
    ["", { kind: "wizard" }],
    ["   ", { kind: "wizard" }],
    ["/zk", { kind: "wizard" }],
    ["help", { kind: "help", topic: null }],
    ["HELP Upgrade", { kind: "help", topic: "upgrade" }],
    ["ensembles", { kind: "ensembles" }],
    ["status", { kind: "status", ensemble: null }],
    ["Status ORDERS", { kind: "status", ensemble: "orders" }],
    ["status audit.log_2", { kind: "status", ensemble: "Audit.Log_2" }],
    ["runs", { kind: "runs", ensemble: null }],
    ["runs billing", { kind: "runs", ensemble: "billing" }],
    ["run orders-7k2mx", { kind: "run", run: "orders-7k2mx" }],
    ["audit orders-7k2mx", { kind: "audit", run: "orders-7k2mx", action: "show" }],
    ["audit orders-7k2mx EXPORT", { kind: "audit", run: "orders-7k2mx", action: "export" }],
    ["audit orders-7k2mx verify", { kind: "audit", run: "orders-7k2mx", action: "verify" }],
    ["upgrade orders 3.9.6", upgrade],
    ["  upgrade   orders\t3.9.6  ", upgrade],
    ["/zk upgrade orders 3.9.6", upgrade],
    ["upgrade orders to v3.9.6.", upgrade],
    ["upgrade “orders” ‘3.9.6’", upgrade],
    ["upgrade <#C0ORDERS|orders> 3.9.6", upgrade],
    ["upgrade orders <http://3.9.6|3.9.6>", upgrade],
    ["upgrade `orders` 3.9.6", upgrade],
    ["upgrade orders\u00a03.9.6\u200b", upgrade],
    ["upgrade orders 3.9.6 gates each", { ...upgrade, gates: "each" }],
    ["upgrade orders 3.9.6 GATES=once", { ...upgrade, gates: "once" }],
    ["upgrade orders 3.9.6 --gates leader --dry-run", { ...upgrade, gates: "leader", dryRun: true }],
    ["upgrade orders 3.9.6 dry run", { ...upgrade, dryRun: true }],
    ["upgrade orders 3.9.6 —dry-run", { ...upgrade, dryRun: true }],
    [
      "upgrade orders 3.9.6 override a-rule,b-rule dry-run",
      { ...upgrade, overrides: ["a-rule", "b-rule"], dryRun: true },
    ],
    [
      "upgrade orders 3.9.6 override a-rule, b-rule, a-rule gates once",
      { ...upgrade, overrides: ["a-rule", "b-rule"], gates: "once" },
    ],
  ])("%j", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });
});

describe("what is not, and what is said about it", () => {
  it.each([
    [
      "upgrde orders",
      "I don't know `upgrde`. Did you mean `/zk upgrade orders &lt;release&gt;`? /zk upgrade orders 3.9.6",
    ],
    [
      "upgrde ordrs 3.9.6",
      "I don't know `upgrde`. Did you mean `/zk upgrade &lt;ensemble&gt; 3.9.6`? /zk upgrade orders 3.9.6",
    ],
    ["orders", "I don't know a command `orders`. *orders* is an ensemble; say what to do with it. /zk status orders"],
    [
      "frobnicate",
      "I don't know `frobnicate`. I know `help`, `ensembles`, `status`, `drift`, `upgrade`, `migrate`, `configure`, `backup`, `backups`, `restore` and 5 more. /zk help",
    ],
    [
      "move orders to zk4",
      "I don't know `move`. Did you mean `/zk migrate orders to &lt;host,…&gt;`? /zk migrate orders to zk4,zk5,zk6",
    ],
    [
      "upgrade",
      "Upgrade which ensemble? Write the ensemble, then the release as three numbers. /zk upgrade orders 3.9.6",
    ],
    [
      "upgrade orders",
      "Upgrade *orders* to which release? Write the ensemble, then the release as three numbers. /zk upgrade orders 3.9.6",
    ],
    ["upgrade order 3.9.6", "I know no ensemble `order`. Did you mean *orders*? /zk upgrade orders 3.9.6"],
    [
      "upgrade zzz 3.9.6",
      "I know no ensemble `zzz`. I know `orders`, `billing`, `Audit.Log_2`. /zk upgrade orders 3.9.6",
    ],
    [
      "upgrade orders 3.9",
      "`3.9` is no release I can read. A ZooKeeper release is three numbers with dots between them. /zk upgrade orders 3.9.6",
    ],
    [
      "upgrade orders 3.9.6-beta",
      "`3.9.6-beta` is no release I can read. A ZooKeeper release is three numbers with dots between them. /zk upgrade orders 3.9.6",
    ],
    [
      "upgrade orders latest",
      "`latest` is no release I can read. A ZooKeeper release is three numbers with dots between them. /zk upgrade orders 3.9.6",
    ],
    [
      "upgrade orders 3.9.6 gates",
      "`gates` needs a word after it. It is `once` (one approval for the plan), `leader` (asks again before the leader's turn) or `each` (asks before every server's turn). /zk upgrade orders 3.9.6 gates leader",
    ],
    [
      "upgrade orders 3.9.6 gates eahc",
      "I know no gates `eahc`. It is `once` (one approval for the plan), `leader` (asks again before the leader's turn) or `each` (asks before every server's turn). /zk upgrade orders 3.9.6 gates each",
    ],
    [
      "upgrade orders 3.9.6 gates once gates each",
      "`gates` is there twice. Say it once. /zk upgrade orders 3.9.6 gates each",
    ],
    [
      "upgrade orders 3.9.6 override",
      "`override` needs the names of rules after it. The refusal that asks for an override names them; separate several by commas. /zk upgrade orders 3.9.6 override rule-name",
    ],
    [
      "upgrade orders 3.9.6 now",
      "I don't know `now` after the release. There may be `gates once|leader|each`, `override &lt;rule,…&gt;`, `pause acl|ports` and `dry-run`. /zk upgrade orders 3.9.6",
    ],
    [
      "upgrade orders 3.9.6 dryrnu",
      "I don't know `dryrnu` after the release. Did you mean `dry-run`? /zk upgrade orders 3.9.6 dry-run",
    ],
    [
      "status orders billing",
      "I don't know what to do with `billing`. `/zk status` takes one ensemble, or none for all. /zk status orders",
    ],
    ["ensembles all", "I don't know what to do with `all`. `/zk ensembles` takes nothing after it. /zk ensembles"],
    [
      "run",
      "Which run? Name it by its id, as `/zk runs` lists them and each run's message shows it. /zk run orders-7k2mx",
    ],
    [
      "run 17",
      "`17` is no run id. A run id is the ensemble's name, a dash and five letters or digits; `/zk runs` lists them. /zk run orders-7k2mx",
    ],
    ["run orders-7k2mx now", "I don't know what to do with `now`. `/zk run` takes one run id. /zk run orders-7k2mx"],
    [
      "audit orders-7k2mx verfy",
      "I can't `verfy` an audit. It can be shown (no word after the id), `export`ed as files, or `verify`'d against the thread. /zk audit orders-7k2mx verify",
    ],
    ["drift", "Which ensemble? I know `orders`, `billing`, `Audit.Log_2`. /zk drift orders"],
    ["drift ordres", "I know no ensemble `ordres`. Did you mean *orders*? /zk drift orders"],
    ["drift orders now", "I don't know what to do with `now`. `/zk drift` takes one ensemble. /zk drift orders"],
    ["dirft orders", "I don't know `dirft`. Did you mean `/zk drift orders`? /zk drift orders"],
    ["diff billing", "I don't know `diff`. Did you mean `/zk drift billing`? /zk drift billing"],
    ["help upgrde", "I have no help on `upgrde`. Did you mean `upgrade`? /zk help upgrade"],
  ])("%j", (text, expected) => {
    expect(words(parse(text))).toBe(expected);
  });

  it("never says back what would mention, end the code or break the message", () => {
    const said = words(parse("upgrade <!channel> `x` <@U024BE7LH> & more"));
    expect(said).not.toMatch(/<[!@#]/);
    const long = words(parse(`upgrade ${"x".repeat(1500)}`));
    expect(long.length).toBeLessThan(400);
  });

  it("says what is missing when the inventory is empty", () => {
    const parsed = parseCommand("upgrade orders 3.9.6", { ensembles: [], hosts: [] });
    expect(words(parsed)).toContain("The inventory has no ensembles yet");
  });

  it("names the nearest run", () => {
    expect(noSuchRun("orders-7k2mz", ["billing-aaaaa", "orders-7k2mx"], "audit")).toMatchObject({
      next: "Did you mean *orders-7k2mx*?",
      example: "/zk audit orders-7k2mx",
    });
    expect(noSuchRun("zzzzz", ["billing-aaaaa"], "run").next).toContain("`billing-aaaaa`");
    expect(noSuchRun("zzzzz", [], "run").next).toBe("There has been no run yet.");
  });
});

describe("a move as tired people type it", () => {
  const move = {
    kind: "migrate",
    ensemble: "orders",
    to: ["zk4", "zk5", "zk6"],
    release: null,
    gates: null,
    overrides: [],
    dryRun: false,
  };
  it.each([
    ["migrate orders to zk4,zk5,zk6", move],
    ["migrate orders to zk4, zk5, zk6", move],
    ["migrate orders to zk4 zk5 zk6.", move],
    ["migrate orders to zk4, zk5 and zk6", move],
    ["migrate orders to zk4,zk5, & zk6", move],
    ["migrate orders zk4 zk5 zk6", move],
    ["migrate orders -&gt; zk4;zk5;zk6", move],
    ["MIGRATE Orders TO ZK4,Zk5,zk6", move],
    ["migrate orders onto the hosts “zk4”, “zk5”, “zk6”", move],
    ["migrate orders to zk4,zk5,zk6 release 3.9.6", { ...move, release: "3.9.6" }],
    ["migrate orders to zk4,zk5,zk6 version=v3.9.6", { ...move, release: "3.9.6" }],
    ["migrate orders to zk4,zk5,zk6 on 3.9.6", { ...move, release: "3.9.6" }],
    ["migrate orders to zk4,zk5,zk6 with release 3.9.6.", { ...move, release: "3.9.6" }],
    ["migrate orders to zk4,zk5,zk6 3.9.6", { ...move, release: "3.9.6" }],
    ["migrate orders release 3.9.6 to zk4 zk5 zk6", { ...move, release: "3.9.6" }],
    ["migrate orders to zk4 zk5 zk6 gates each dry run", { ...move, gates: "each", dryRun: true }],
    ["migrate orders dry-run gates once to zk4 zk5 zk6", { ...move, gates: "once", dryRun: true }],
    ["migrate orders override a-rule, b-rule to zk4 zk5 zk6", { ...move, overrides: ["a-rule", "b-rule"] }],
    ["migrate orders zk4 zk5 override a-rule zk6", { ...move, overrides: ["a-rule"] }],
    ["migrate orders to zk3,rack7.a", { ...move, to: ["zk3", "Rack7.a"] }],
  ])("%j", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each([
    [
      "migrate",
      "Move which ensemble? Write the ensemble, `to`, and the hosts that its servers are to be on afterwards. /zk migrate orders to zk4,zk5,zk6",
    ],
    [
      "migrate orders",
      "Move *orders* to which hosts? Name all hosts that its servers are to be on afterwards; those of today that you name keep their server. By the inventory it is on `zk1`, `zk2`, `zk3`. Free hosts: `zk4`, `zk5`, `zk6`, `Rack7.a`. /zk migrate orders to zk4,zk5,zk6",
    ],
    ["migrate ordrs to zk4,zk5", "I know no ensemble `ordrs`. Did you mean *orders*? /zk migrate orders to zk4,zk5"],
    [
      "migrate orders to zk4,zk5,zk66 release 3.9.6 gates each",
      "I know no host `zk66`. Did you mean *zk6*? Free hosts: `zk4`, `zk5`, `zk6`, `Rack7.a`. /zk migrate orders to zk4,zk5,zk6 release 3.9.6 gates each",
    ],
    [
      "migrate orders to zk4:2181,zk5.internal:2181,zk6.internal dry-run",
      "I know no hosts `zk4:2181`, `zk5.internal:2181`, `zk6.internal`. Did you mean *zk4*, *zk5*, *zk6*? Free hosts: `zk4`, `zk5`, `zk6`, `Rack7.a`. /zk migrate orders to zk4,zk5,zk6 dry-run",
    ],
    [
      "migrate orders to 10.1.2.3,zk5",
      "I know no host `10.1.2.3`. A host has to be in `ensembles.yaml` before a server can go there. Free hosts: `zk4`, `zk5`, `zk6`, `Rack7.a`. /zk migrate orders to zk4,zk5,zk6",
    ],
    [
      "migrate orders to zk4,zk5,zk4",
      "`zk4` is there twice. An ensemble has one server on a host; name each host once. /zk migrate orders to zk4,zk5",
    ],
    [
      "migrate orders to zk4,zk5 relaese 3.9.6",
      "I don't know `relaese` after the hosts. Did you mean `release`? /zk migrate orders to zk4,zk5 release 3.9.6",
    ],
    [
      "migrate orders to zk4,zk5 release 3.9",
      "`3.9` is no release I can read. A ZooKeeper release is three numbers with dots between them. /zk migrate orders to zk4,zk5 release 3.9.6",
    ],
    [
      "migrate orders to zk4 release",
      "`release` needs a release after it. A ZooKeeper release is three numbers with dots between them; without one the servers keep theirs. /zk migrate orders to zk4 release 3.9.6",
    ],
    [
      "migrate orders to zk4 3.9.6 release 3.8.6",
      "There are two releases, `3.9.6` and `3.8.6`. All servers get one. /zk migrate orders to zk4 release 3.8.6",
    ],
    [
      "migrate orders to zk4 gates eahc",
      "I know no gates `eahc`. It is `once` (one approval for the plan), `leader` (asks again before the first old server is stopped) or `each` (asks before every server's turn too). /zk migrate orders to zk4 gates each",
    ],
    [
      "migrate orders 3.9.6",
      "Move *orders* to which hosts? Name all hosts that its servers are to be on afterwards; those of today that you name keep their server. By the inventory it is on `zk1`, `zk2`, `zk3`. Free hosts: `zk4`, `zk5`, `zk6`, `Rack7.a`. For `3.9.6` on the hosts it has: `/zk upgrade orders 3.9.6`. /zk migrate orders to zk4,zk5,zk6",
    ],
  ])("%j", (text, expected) => {
    expect(words(parse(text))).toBe(expected);
  });

  it("never means a host of another ensemble by a name that is only alike", () => {
    const more = { ...known, hosts: [...known.hosts, host("queue-a", "billing"), host("queue-mine", "orders")] };
    expect(words(parseCommand("migrate orders to queue-b", more))).toMatch(
      /^I know no host `queue-b`\. A host has to be in /,
    );
    expect(words(parseCommand("migrate billing to queue-b", more))).toMatch(/Did you mean \*queue-a\*\?/);
  });

  it("says what to do where no host is free", () => {
    const full = { ...known, hosts: known.hosts.filter(({ usedBy }) => usedBy.length > 0) };
    const parsed = parseCommand("migrate orders", full);
    expect(words(parsed)).toContain(
      "Every host of the inventory is in use: add the new ones to `ensembles.yaml` first.",
    );
    expect(parsed).toMatchObject({ example: "/zk help migrate" });
  });

  it("shows an example that keeps hosts where fewer are free than the ensemble has servers", () => {
    const one = { ...known, hosts: known.hosts.filter(({ name, usedBy }) => usedBy.length > 0 || name === "zk5") };
    expect(parseCommand("migrate orders", one)).toMatchObject({ example: "/zk migrate orders to zk1,zk2,zk5" });
  });
});

it("every example that is offered can be read", () => {
  for (const text of [
    "upgrde orders",
    "upgrade",
    "upgrade orders",
    "upgrade ordrs 3.9.6",
    "run",
    "audit",
    "sttus",
    "hlp",
    "adit",
    "runs zzz",
    "move orders",
    "migrate",
    "migrate orders",
    "migrate ordrs to zk4",
    "migrate orders to zk44 release 3.9.6 gates each dry-run",
    "migrate orders to zk4 zk4 override a-rule",
    "migrate orders to zk4 releas 3.9.6",
    "migrate orders to nowhere",
  ]) {
    const parsed = parse(text);
    expect(parsed.kind).toBe("unknown");
    if (parsed.kind === "unknown") expect(parse(parsed.example).kind).not.toBe("unknown");
  }
});

it("formats a command as it is typed", () => {
  const parsed = parse("upgrade orders 3.9.6 dry-run gates each override b,a");
  expect(parsed.kind === "unknown" ? "" : formatCommand(parsed)).toBe(
    "upgrade orders 3.9.6 gates each override b,a dry-run",
  );
});
