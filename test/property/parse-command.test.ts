// Whatever is typed after /zk is read without an exception, and every command is read back from its own text.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Known } from "../../handlers/parse/known.ts";
import { type Command, formatCommand, HELP_TOPICS, parseCommand } from "../../handlers/parse-command.ts";
import { checkBlocks } from "../../handlers/views/block-limits.ts";
import { unknownMessage } from "../../handlers/views/replies.ts";
import { PAUSE_METHODS } from "../../src/model/goal.ts";
import { ensembleName, hostName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";

const hosts = ["zk1", "zk2", "zk3", "zk4", "host.with-dots_9"];
const known: Known = {
  ensembles: ["orders", "billing", "a.b_c-1"],
  hosts: hosts.map((name, i) => ({ name, address: `10.0.0.${i + 1}`, usedBy: i < 3 ? ["orders"] : [] })),
};
const ensemble = fc.constantFrom(...known.ensembles).map(ensembleName);
const run = fc.tuple(ensemble, fc.stringMatching(/^[a-z2-7]{5}$/)).map(([name, end]) => runId(`${name}-${end}`));
const number = fc.integer({ min: 0, max: 9999 });
/** Words that end a list of rules. */
const NOT_RULES = [
  ...["gates", "gate", "override", "overrides", "dry-run", "dryrun", "dry", "release", "version", "pause", "paused"],
  ...[
    "to",
    "onto",
    "into",
    "on",
    "and",
    "then",
    "plus",
    "with",
    "all",
    "every",
    "everywhere",
    "everything",
    "the",
    "host",
    "hosts",
    "server",
    "servers",
  ],
];
const rule = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}[a-z0-9]$/).filter((name) => !NOT_RULES.includes(name));

const pause = fc.constantFrom(null, ...PAUSE_METHODS);

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.constant<Command>({ kind: "wizard" }),
  fc.constant<Command>({ kind: "ensembles" }),
  fc.record({ kind: fc.constant("drift" as const), ensemble }),
  fc.constantFrom(null, ...HELP_TOPICS).map((topic): Command => ({ kind: "help", topic })),
  fc.option(ensemble).map((name): Command => ({ kind: "status", ensemble: name })),
  fc.option(ensemble).map((name): Command => ({ kind: "runs", ensemble: name })),
  run.map((id): Command => ({ kind: "run", run: id })),
  fc
    .tuple(run, fc.constantFrom("show", "export", "verify"))
    .map(([id, action]): Command => ({ kind: "audit", run: id, action })),
  fc
    .record({
      kind: fc.constant("upgrade" as const),
      ensemble,
      release: fc.tuple(number, number, number).map((parts) => release(parts.join("."))),
      gates: fc.constantFrom(null, "once" as const, "leader" as const, "each" as const),
      overrides: fc.uniqueArray(rule, { maxLength: 4 }),
      pause,
      dryRun: fc.boolean(),
    })
    .map(({ pause, ...upgrade }): Command => ({ ...upgrade, ...(pause === null ? {} : { pause }) })),
  fc.record({
    kind: fc.constant("restore" as const),
    ensemble,
    of: fc.oneof(ensemble, fc.constant(ensembleName("long-gone"))),
    backup: fc
      .tuple(fc.stringMatching(/^\d{8}T\d{6}Z$/), fc.constantFrom("", "-2", "-13"))
      .map(([time, nth]) => `${time}${nth}`),
    release: fc.constant(null),
    gates: fc.constant(null),
    overrides: fc.uniqueArray(rule, { maxLength: 4 }),
    dryRun: fc.boolean(),
  }),
  fc
    .record({
      kind: fc.constant("configure" as const),
      ensemble,
      release: fc.constant(null),
      everyServer: fc.boolean(),
      gates: fc.constantFrom(null, "once" as const, "leader" as const, "each" as const),
      overrides: fc.uniqueArray(rule, { maxLength: 4 }),
      pause,
      dryRun: fc.boolean(),
    })
    .map(
      ({ pause, everyServer, ...configure }): Command => ({
        ...configure,
        ...(everyServer ? { everyServer } : {}),
        ...(pause === null ? {} : { pause }),
      }),
    ),
  fc
    .record({
      kind: fc.constant("migrate" as const),
      ensemble,
      to: fc.uniqueArray(fc.constantFrom(...hosts), { minLength: 1 }).map((names) => names.map(hostName)),
      release: fc.option(fc.tuple(number, number, number).map((parts) => release(parts.join(".")))),
      gates: fc.constantFrom(null, "once" as const, "leader" as const, "each" as const),
      overrides: fc.uniqueArray(rule, { maxLength: 4 }),
      pause,
      dryRun: fc.boolean(),
    })
    .map(({ pause, ...migrate }): Command => ({ ...migrate, ...(pause === null ? {} : { pause }) })),
  fc.record({ kind: fc.constant("resume-writes" as const), ensemble }),
  fc.record({
    kind: fc.constant("pause-writes" as const),
    ensemble,
    release: fc.constant(null),
    pause: fc.constantFrom(...PAUSE_METHODS),
    forMs: fc.integer({ min: 5, max: 86_400 }).map((seconds) => seconds * 1_000),
    gates: fc.constant(null),
    overrides: fc.uniqueArray(rule, { maxLength: 4 }),
    dryRun: fc.boolean(),
  }),
);

it("a command's own text is read back as the same command", () => {
  fc.assert(
    fc.property(command, (one) => {
      expect(parseCommand(formatCommand(one), known)).toEqual(one);
    }),
  );
});

it("spaces, capitals in keywords and a trailing dot change nothing", () => {
  fc.assert(
    fc.property(command, fc.constantFrom(" ", "  ", "\t", "\u00a0"), (one, space) => {
      const text = formatCommand(one).split(" ").join(space);
      expect(parseCommand(`${space}${text}${space}.`, known)).toEqual(one);
    }),
  );
});

const typed = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "upgrade",
          "migrate",
          "to",
          "zk4",
          "zk44,zk5",
          "->",
          "release",
          "on",
          "restore",
          "from",
          "20261126T201407Z",
          "orders/20261126T201407Z",
          "status",
          "run",
          "audit",
          "gates",
          "override",
          "pause",
          "acl",
          "orders",
          "3.9.6",
          "<@U1|x>",
          "<!here>",
          "`",
          "&",
          "dry",
        ),
        fc.string({ maxLength: 12 }),
      ),
      { maxLength: 9 },
    )
    .map((parts) => parts.join(" ")),
);

it("any text is read without an exception, and what is said about it fits Slack and mentions nobody", () => {
  fc.assert(
    fc.property(typed, (text) => {
      const parsed = parseCommand(text, known);
      if (parsed.kind !== "unknown") return;
      const { blocks } = unknownMessage(parsed);
      expect(checkBlocks("message", blocks)).toEqual([]);
      expect(JSON.stringify(blocks)).not.toMatch(/<[!@#]/);
    }),
    { numRuns: 500 },
  );
});
