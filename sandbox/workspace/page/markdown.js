// Standard Markdown (the `markdown` block and .md files) → the same tree that mrkdwn.js makes. Pure. It covers what
// reports are made of: headings, paragraphs, lists, quotes, fences, tables, rules, emphasis, code, links. HTML in the
// text stays text.

/** @typedef {import("./text-tree.d.ts").TextNode} TextNode */
/** @typedef {import("./text-tree.d.ts").ListItem} ListItem */

const FENCE = /^\s*(```|~~~)/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const BULLET = /^(\s*)(?:[-*+]|(\d+)[.)])\s+(.*)$/;
const QUOTE = /^\s*> ?/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/**
 * @param {string} text
 * @returns {TextNode[]}
 */
export function parseMarkdown(text) {
  return parseBlocks(text.replaceAll("\r\n", "\n").split("\n"));
}

/**
 * @param {string[]} lines
 * @returns {TextNode[]}
 */
function parseBlocks(lines) {
  /** @type {TextNode[]} */
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    const { node, next } = readBlock(lines, at);
    if (node !== undefined) nodes.push(node);
    at = next;
  }
  return nodes;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {{ node?: TextNode, next: number }} next is always beyond `at`
 */
function readBlock(lines, at) {
  const line = lines[at] ?? "";
  if (line.trim() === "") return { next: at + 1 };
  if (FENCE.test(line)) return readFence(lines, at);
  const heading = HEADING.exec(line);
  if (heading !== null) {
    const level = (heading[1] ?? "#").length;
    return { node: { type: "heading", level, children: parseInline(heading[2] ?? "") }, next: at + 1 };
  }
  if (RULE.test(line)) return { node: { type: "rule" }, next: at + 1 };
  if (QUOTE.test(line)) {
    const end = endOfRun(lines, at, (other) => QUOTE.test(other));
    const inner = lines.slice(at, end).map((quoted) => quoted.replace(QUOTE, ""));
    return { node: { type: "quote", children: parseBlocks(inner) }, next: end };
  }
  if (startsTable(lines, at)) return readTable(lines, at);
  if (BULLET.test(line)) return readList(lines, at);
  const end = endOfRun(lines, at + 1, (other, index) => other.trim() !== "" && !startsBlock(lines, index));
  return { node: { type: "paragraph", children: joinLines(lines.slice(at, end)) }, next: end };
}

/**
 * @param {string[]} lines
 * @param {number} index
 */
function startsBlock(lines, index) {
  const line = lines[index] ?? "";
  return [FENCE, HEADING, RULE, QUOTE, BULLET].some((pattern) => pattern.test(line)) || startsTable(lines, index);
}

/**
 * @param {string[]} lines
 * @param {number} index
 */
function startsTable(lines, index) {
  const rule = lines[index + 1] ?? "";
  return (lines[index] ?? "").includes("|") && rule.includes("-") && rule.includes("|") && TABLE_RULE.test(rule);
}

/**
 * @param {string[]} lines
 * @param {number} from
 * @param {(line: string, index: number) => boolean} belongs
 */
function endOfRun(lines, from, belongs) {
  let end = from;
  while (end < lines.length && belongs(lines[end] ?? "", end)) end += 1;
  return end;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {{ node: TextNode, next: number }}
 */
function readFence(lines, at) {
  const mark = FENCE.exec(lines[at] ?? "")?.[1] ?? "```";
  const end = endOfRun(lines, at + 1, (line) => !line.trimStart().startsWith(mark));
  return { node: { type: "pre", text: lines.slice(at + 1, end).join("\n") }, next: end + 1 };
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {{ node: TextNode, next: number }}
 */
function readList(lines, at) {
  const first = BULLET.exec(lines[at] ?? "");
  const indent = (first?.[1] ?? "").length;
  const ordered = first?.[2] !== undefined;
  /** @type {ListItem[]} */
  const items = [];
  let next = at;
  while (next < lines.length) {
    const bullet = BULLET.exec(lines[next] ?? "");
    if (bullet === null || (bullet[1] ?? "").length !== indent || (bullet[2] !== undefined) !== ordered) break;
    // Deeper lines up to the next bullet belong to this item: nested lists, wrapped text.
    const end = endOfRun(lines, next + 1, (line) => line.trim() !== "" && indentOf(line) > indent);
    const nested = lines.slice(next + 1, end);
    const isBlock = nested.findIndex((line) => BULLET.test(line) || FENCE.test(line) || QUOTE.test(line));
    const wrapped = isBlock === -1 ? nested : nested.slice(0, isBlock);
    const blocks = isBlock === -1 ? [] : parseBlocks(nested.slice(isBlock));
    items.push({ children: [...joinLines([bullet[3] ?? "", ...wrapped]), ...blocks] });
    next = end;
  }
  return { node: { type: "list", ordered, start: Number(first?.[2] ?? 1), items }, next };
}

/** @param {string} line */
function indentOf(line) {
  return line.length - line.trimStart().length;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {{ node: TextNode, next: number }}
 */
function readTable(lines, at) {
  const end = endOfRun(lines, at + 2, (line) => line.includes("|"));
  const align = cellsOf(lines[at + 1] ?? "").map((cell) => {
    if (!cell.endsWith(":")) return "left";
    return cell.startsWith(":") ? "center" : "right";
  });
  const rows = [lines[at] ?? "", ...lines.slice(at + 2, end)].map((line) => cellsOf(line).map(parseInline));
  return { node: { type: "table", align, rows }, next: end };
}

/** @param {string} line */
function cellsOf(line) {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/**
 * @param {string[]} lines
 * @returns {TextNode[]}
 */
function joinLines(lines) {
  return lines.flatMap((line, index) => {
    const inline = parseInline(line.trim());
    return index === 0 ? inline : [/** @type {TextNode} */ ({ type: "break" }), ...inline];
  });
}

/** In order: what is found first at a place wins. @type {readonly [RegExp, (match: RegExpExecArray) => TextNode][]} */
const INLINE = [
  [/^\\([!-/:-@[-`{-~])/, (match) => ({ type: "text", text: match[1] ?? "" })],
  [/^`([^`]+)`/, (match) => ({ type: "code", text: match[1] ?? "" })],
  [
    /^!?\[([^\]]*)\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/,
    (match) => ({ type: "link", url: match[2] ?? "", children: parseInline(match[1] ?? "") }),
  ],
  [/^(\*\*|__)(?=\S)(.+?\S|\S)\1/, (match) => ({ type: "bold", children: parseInline(match[2] ?? "") })],
  [/^~~(?=\S)(.+?)~~/, (match) => ({ type: "strike", children: parseInline(match[1] ?? "") })],
  [/^\*(?=[^\s*])(.*?[^\s*])\*(?!\*)/, (match) => ({ type: "italic", children: parseInline(match[1] ?? "") })],
  [
    /^_(?=[^\s_])(.*?[^\s_])_(?![\p{L}\p{N}_])/u,
    (match) => ({ type: "italic", children: parseInline(match[1] ?? "") }),
  ],
  [/^:([a-z][a-z0-9_+-]*):/, (match) => ({ type: "emoji", name: match[1] ?? "" })],
  [
    /^<?(https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"*_~`])>?/,
    (match) => ({ type: "link", url: match[1] ?? "", children: [{ type: "text", text: match[1] ?? "" }] }),
  ],
];

/**
 * @param {string} line
 * @returns {TextNode[]}
 */
function parseInline(line) {
  /** @type {TextNode[]} */
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") nodes.push({ type: "text", text: plain });
    plain = "";
  };
  let at = 0;
  while (at < line.length) {
    const found = readInline(line, at);
    if (found === undefined) {
      plain += line[at];
      at += 1;
    } else {
      flush();
      nodes.push(found.node);
      at = found.end;
    }
  }
  flush();
  return nodes;
}

/**
 * @param {string} line
 * @param {number} at
 */
function readInline(line, at) {
  // An underscore in the middle of a word is part of the word.
  if (line[at] === "_" && /[\p{L}\p{N}]/u.test(line[at - 1] ?? "")) return undefined;
  const rest = line.slice(at);
  for (const [pattern, toNode] of INLINE) {
    const match = pattern.exec(rest);
    if (match !== null) return { node: toNode(match), end: at + match[0].length };
  }
  return undefined;
}
