// What the composer offers while a command is typed.

import { describe, expect, it } from "vitest";
import { slashWord, suggestCommands } from "../../../../../sandbox/workspace/page/commands.js";

const usages = (typed: string) => suggestCommands(typed).map(({ usage }) => usage);

describe("suggestions", () => {
  it.each(["/", "/z", "/zk", "/zk "])("offers every command after %j", (typed) => {
    expect(usages(typed)).toContain("/zk help");
    expect(usages(typed)).toContain("/zk upgrade <ensemble> <release>");
  });

  it("narrows to what begins like the typed word", () => {
    expect(usages("/zk ru")).toEqual(["/zk runs [ensemble]", "/zk run <id>"]);
  });

  it("keeps showing the usage of a finished word", () => {
    expect(usages("/zk run ")).toEqual(["/zk run <id>"]);
    expect(usages("/zk upgrade orders")).toEqual(["/zk upgrade <ensemble> <release>"]);
  });

  it.each(["hello", "", "/other", "/zk nonsense", "/zk\nhelp"])("offers nothing for %j", (typed) => {
    expect(usages(typed)).toEqual([]);
  });
});

it("tells commands from text that only holds a slash", () => {
  expect(slashWord("/zk help")).toBe("/zk");
  expect(slashWord("/var/lib/zookeeper is full")).toBeUndefined();
  expect(slashWord("a /zk")).toBeUndefined();
});
