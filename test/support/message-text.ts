// A message as a person would read it, in plain text: for golden files.
import type { Message } from "../../handlers/views/message.ts";

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const textOf = (value: unknown): string => (isFields(value) && typeof value.text === "string" ? value.text : "");
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const cellText = (cell: unknown): string =>
  isFields(cell) && Array.isArray(cell.elements) ? cell.elements.map(cellText).join("") : textOf(cell);

const blockLines = (block: unknown): readonly string[] => {
  if (!isFields(block)) return [];
  switch (block.type) {
    case "header":
      return [`## ${textOf(block.text)}`];
    case "section":
      return textOf(block.text).split("\n");
    case "context":
      return listOf(block.elements).flatMap((element) =>
        textOf(element)
          .split("\n")
          .map((line) => `~ ${line}`),
      );
    case "actions":
      return [
        listOf(block.elements)
          .map((element) => `[ ${isFields(element) ? textOf(element.text) : ""} ]`)
          .join(" "),
      ];
    case "table":
      return listOf(block.rows).map((row) => `| ${listOf(row).map(cellText).join(" | ")} |`);
    case "input":
      return [`${textOf(block.label)}: ____`];
    case "divider":
      return ["---"];
    default:
      return [JSON.stringify(block)];
  }
};

/** Blocks of a message, a modal or Home, a line each. */
export const blocksText = (blocks: readonly unknown[]): string => blocks.flatMap(blockLines).join("\n");

export const messageText = (message: Message): string => blocksText(message.blocks);

/** `who` and below, indented, what they said. */
export const spoken = (who: string, text: string): string =>
  [`${who}:`, ...text.split("\n").map((line) => (line === "" ? "" : `    ${line}`))].join("\n");
