import { expect, it } from "vitest";
import { knownOf } from "../../../handlers/parse/known.ts";
import { parseCommand } from "../../../handlers/parse-command.ts";
import { type FormValues, readChosenBackup, readForm } from "../../../handlers/wizard.ts";
import { sampleInventory } from "../../support/sample-inventory.ts";

const known = knownOf(sampleInventory());

const filled = (action: string, hosts: readonly string[], release: string, gates = "configured"): FormValues => {
  const one = (value: string) => ({ selected_option: { value } });
  return {
    ensemble: { ensemble: one("orders") },
    action: { action: one(action) },
    hosts: { hosts: { selected_options: hosts.map((value) => ({ value })) } },
    release: { release: { value: release } },
    gates: { gates: one(gates) },
  };
};
const read = (...given: Parameters<typeof filled>) => readForm(filled(...given), (text) => parseCommand(text, known));

const move = {
  kind: "migrate",
  ensemble: "orders",
  to: ["zk5", "zk4"],
  release: null,
  gates: null,
  overrides: [],
  dryRun: false,
};

it("a move has the hosts in the order in which they were chosen", () => {
  expect(read("migrate", ["zk5", "zk4"], "")).toEqual({ kind: "command", command: move });
});

it("a move may have a release, gates and be dry", () => {
  expect(read("migrate-dry-run", ["zk5", "zk4"], "3.9.6", "each")).toEqual({
    kind: "command",
    command: { ...move, release: "3.9.6", gates: "each", dryRun: true },
  });
});

it("an upgrade takes no notice of hosts", () => {
  expect(read("upgrade", ["zk5"], "3.9.6")).toMatchObject({ command: { kind: "upgrade", release: "3.9.6" } });
});

it("what is missing or wrong is said at its field", () => {
  expect(read("migrate", [], "3.9.6")).toMatchObject({ errors: { hosts: expect.stringContaining("Which hosts?") } });
  expect(read("migrate", ["zk4"], "3.9")).toMatchObject({
    errors: { release: expect.stringContaining("three numbers") },
  });
  expect(read("upgrade", [], "")).toMatchObject({ errors: { release: expect.stringContaining("Which release?") } });
  expect(read("migrate", ["zk9"], "")).toMatchObject({
    errors: { hosts: expect.stringContaining("I know no host zk9") },
  });
});

it("an inventory without hosts says so at the choice, for the form has no field for them then", () => {
  const { hosts: _, ...withoutHosts } = filled("migrate", [], "");
  expect(readForm(withoutHosts, (text) => parseCommand(text, known))).toMatchObject({
    errors: { action: expect.stringContaining("no hosts to move to") },
  });
});

it("a restore asks in a form of its own, and unless told otherwise only for the plan", () => {
  expect(read("restore", ["zk5"], "3.9.6", "each")).toEqual({ kind: "choose-backup", ensemble: "orders" });
  const chosen = (action: string) =>
    readChosenBackup(
      "orders",
      {
        backup: { backup: { selected_option: { value: "20261122T180000Z" } } },
        action: { action: { selected_option: { value: action } } },
      },
      (text) => parseCommand(text, known),
    );
  const command = { kind: "restore", ensemble: "orders", of: "orders", backup: "20261122T180000Z", overrides: [] };
  expect(chosen("dry-run")).toMatchObject({ ...command, dryRun: true });
  expect(chosen("")).toMatchObject({ ...command, dryRun: true });
  expect(chosen("restore")).toMatchObject({ ...command, dryRun: false });
});
