// Small builders of Block Kit, and one way to make a message: every message with a table also has an equal one without,
// for workspaces that refuse table blocks.
import type { Button, ConfirmationDialog, KnownBlock, RichTextBlock, TableBlock } from "@slack/types";
import { cut } from "./words.ts";

/** `text` is what notifications and old clients show. `classic`: the same without newer block types; null when equal. */
export type Message = {
  readonly text: string;
  readonly blocks: KnownBlock[];
  readonly classic: KnownBlock[] | null;
};

/** A table's cell: plain text, or text in bold. */
export type Cell = string | { readonly bold: string };
export type TablePiece = {
  readonly type: "table-piece";
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
};
export type Piece = KnownBlock | TablePiece;

/** Slack refuses longer section texts. */
const SECTION = 3000;
/** Slack allows 100 rows a table, the header included. */
const ROWS = 99;
/** Slack allows 10 000 characters in a message's table; some are kept back for the last row. */
const TABLE_CHARACTERS = 9_500;
/** Slack allows 50 blocks a message. */
const BLOCKS = 50;

export const section = (text: string): KnownBlock => ({
  type: "section",
  text: { type: "mrkdwn", text: cut(text, SECTION) },
});

/** Lines as as few sections as hold them. */
export const sections = (lines: readonly string[]): KnownBlock[] => {
  const texts: string[] = [];
  for (const line of lines.map((one) => cut(one, SECTION))) {
    const last = texts.at(-1);
    if (last === undefined || last.length + 1 + line.length > SECTION) texts.push(line);
    else texts[texts.length - 1] = `${last}\n${line}`;
  }
  return texts.filter((text) => text.trim() !== "").map(section);
};

export const context = (text: string): KnownBlock => ({
  type: "context",
  elements: [{ type: "mrkdwn", text: cut(text, SECTION) }],
});

export const header = (text: string): KnownBlock => ({
  type: "header",
  text: { type: "plain_text", text: cut(text, 150), emoji: true },
});

export const divider: KnownBlock = { type: "divider" };

export const button = (
  actionId: string,
  label: string,
  value: string,
  look: { readonly style?: "primary" | "danger"; readonly confirm?: ConfirmationDialog } = {},
): Button => ({
  type: "button",
  action_id: actionId,
  text: { type: "plain_text", text: label, emoji: true },
  value,
  ...look,
});

/** A row of buttons; no block at all when there are none. */
export const buttons = (elements: readonly Button[]): KnownBlock[] =>
  elements.length === 0 ? [] : [{ type: "actions", elements: [...elements] }];

export const ask = (title: string, text: string, yes: string): ConfirmationDialog => ({
  title: { type: "plain_text", text: title },
  text: { type: "mrkdwn", text },
  confirm: { type: "plain_text", text: yes },
  deny: { type: "plain_text", text: "Cancel" },
});

/** A table of at most what Slack takes; what is left out is said in a last row. */
export const table = (headerRow: readonly string[], rows: readonly (readonly Cell[])[]): TablePiece => {
  let characters = headerRow.join("").length;
  let fits = 0;
  for (const row of rows) {
    characters += row.reduce((sum, cell) => sum + plain(cell).length, 0);
    if (fits >= ROWS - 1 || characters > TABLE_CHARACTERS) break;
    fits += 1;
  }
  const rest = rows.length - fits;
  const more = headerRow.map((_, i): Cell => (i === 0 ? `and ${rest} more` : ""));
  return { type: "table-piece", header: headerRow, rows: rest > 0 ? [...rows.slice(0, fits), more] : rows };
};

const plain = (cell: Cell): string => (typeof cell === "string" ? cell : cell.bold);

const richCell = (text: string, bold: boolean): RichTextBlock => ({
  type: "rich_text",
  elements: [
    {
      type: "rich_text_section",
      elements: [{ type: "text", text: text || "–", ...(bold ? { style: { bold } } : {}) }],
    },
  ],
});

const asTable = ({ header: titles, rows }: TablePiece): TableBlock => ({
  type: "table",
  column_settings: titles.map(() => ({ is_wrapped: true })),
  rows: [
    titles.map((title) => richCell(title, true)),
    ...rows.map((row) => row.map((cell) => richCell(plain(cell), typeof cell !== "string"))),
  ],
});

const mrkdwnCell = (cell: Cell): string => {
  const text = plain(cell).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return typeof cell === "string" || text === "" ? text : `*${text}*`;
};

/** One line a row, its first cell in bold, empty cells left out. */
const asLines = ({ rows }: TablePiece): KnownBlock[] =>
  sections(
    rows.map((row) => {
      const [first, ...others] = row.filter((cell) => plain(cell) !== "" && plain(cell) !== "–");
      const head = first === undefined ? "" : `*${mrkdwnCell(plain(first))}*`;
      return `• ${[head, ...others.map(mrkdwnCell)].join(" · ")}`;
    }),
  );

const isTable = (piece: Piece): piece is TablePiece => piece.type === "table-piece";

/** Pieces as blocks that every surface takes. */
export const classicBlocks = (pieces: readonly Piece[]): KnownBlock[] =>
  pieces.flatMap((piece) => (isTable(piece) ? asLines(piece) : [piece])).slice(0, BLOCKS);

/** A message of the given pieces. Slack takes one table a message: later ones become lines. */
export const message = (text: string, pieces: readonly Piece[]): Message => {
  const firstTable = pieces.find(isTable);
  if (firstTable === undefined) return { text: cut(text, SECTION), blocks: classicBlocks(pieces), classic: null };
  const blocks = pieces.flatMap((piece) =>
    isTable(piece) ? (piece === firstTable ? [asTable(piece)] : asLines(piece)) : [piece],
  );
  return { text: cut(text, SECTION), blocks: blocks.slice(0, BLOCKS), classic: classicBlocks(pieces) };
};
