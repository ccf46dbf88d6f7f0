import { describe, expect, it } from "vitest";
import { type Command, formatCommand, noSuchRun, parseCommand, type Unknown } from "../../../handlers/parse-command.ts";

const known = { ensembles: ["orders", "billing", "Audit.Log_2"] };
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
      "I don't know `frobnicate`. I know `help`, `ensembles`, `status`, `upgrade`, `runs`, `run`, `audit`. /zk help",
    ],
    [
      "migrate orders to zk4",
      "I don't know a command `migrate`. *orders* is an ensemble; say what to do with it. /zk status orders",
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
      "I don't know `now` after the release. There may be `gates once|leader|each`, `override &lt;rule,…&gt;` and `dry-run`. /zk upgrade orders 3.9.6",
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
    const parsed = parseCommand("upgrade orders 3.9.6", { ensembles: [] });
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
