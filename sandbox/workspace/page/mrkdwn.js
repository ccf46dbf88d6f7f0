// Slack's "mrkdwn" text → a tree of nodes (text-tree.d.ts). Pure: no DOM, no look-ups; who <@U1> is called is the
// drawer's business. The rules follow Slack's "Formatting text for app surfaces": *bold* _italic_ ~strike~ `code`
// ```pre``` > quote and <…> for links, mentions and dates, with & < > arriving as entities.

/** @typedef {import("./text-tree.d.ts").TextNode} TextNode */

const STYLE_OF = /** @type {const} */ ({ "*": "bold", _: "italic", "~": "strike" });

/**
 * @param {string} text
 * @returns {string} the text with Slack's three entities turned back into characters
 */
function unescapeEntities(text) {
  // &amp; last: "&amp;lt;" stands for the five characters "&lt;", not for "<".
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/**
 * @param {string} text
 * @returns {TextNode[]}
 */
export function parseMrkdwn(text) {
  /** @type {TextNode[]} */
  const nodes = [];
  // Odd parts are what stood between two fences; a fence that is never closed is just text.
  const parts = text.split(/```([\s\S]+?)```/);
  parts.forEach((part, index) => {
    if (index % 2 === 1) {
      nodes.push({ type: "pre", text: unescapeEntities(part.replace(/^\n/, "").replace(/\n$/, "")) });
    } else if (part !== "") {
      nodes.push(...parseLines(trimAroundPre(part, index > 0, index < parts.length - 1)));
    }
  });
  return nodes;
}

/**
 * A pre block stands on its own lines already, so the line break that separates it from text must not count twice.
 * @param {string} part
 * @param {boolean} afterPre
 * @param {boolean} beforePre
 */
function trimAroundPre(part, afterPre, beforePre) {
  const start = afterPre ? part.replace(/^ *\n/, "") : part;
  return beforePre ? start.replace(/\n *$/, "") : start;
}

/**
 * @param {string} text without pre blocks
 * @returns {TextNode[]}
 */
function parseLines(text) {
  /** @type {TextNode[]} */
  const nodes = [];
  const lines = text.split("\n");
  let inline = /** @type {string[]} */ ([]);
  let quoted = /** @type {string[]} */ ([]);
  const flushInline = () => {
    nodes.push(...joinWithBreaks(inline));
    inline = [];
  };
  const flushQuoted = () => {
    if (quoted.length > 0) nodes.push({ type: "quote", children: joinWithBreaks(quoted) });
    quoted = [];
  };
  for (const [index, line] of lines.entries()) {
    const everythingElse = /^(?:>>>|&gt;&gt;&gt;) ?/.exec(line);
    if (everythingElse !== null) {
      flushInline();
      quoted.push(line.slice(everythingElse[0].length), ...lines.slice(index + 1));
      break;
    }
    const mark = /^(?:>|&gt;) ?/.exec(line);
    if (mark !== null) {
      flushInline();
      quoted.push(line.slice(mark[0].length));
    } else {
      flushQuoted();
      inline.push(line);
    }
  }
  flushQuoted();
  flushInline();
  return nodes;
}

/**
 * @param {string[]} lines
 * @returns {TextNode[]}
 */
function joinWithBreaks(lines) {
  return lines.flatMap((line, index) =>
    index === 0 ? parseInline(line) : [/** @type {TextNode} */ ({ type: "break" }), ...parseInline(line)],
  );
}

/**
 * @param {string} line one line
 * @returns {TextNode[]}
 */
function parseInline(line) {
  /** @type {TextNode[]} */
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") nodes.push({ type: "text", text: unescapeEntities(plain) });
    plain = "";
  };
  let at = 0;
  while (at < line.length) {
    const found = readToken(line, at);
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
 * @returns {{ node: TextNode, end: number } | undefined} what begins at this place, or undefined for a plain character
 */
function readToken(line, at) {
  const rest = line.slice(at);
  switch (line[at]) {
    case "<": {
      const match = /^<([^<>\n]+)>/.exec(rest);
      const node = match === null ? undefined : parseAngle(match[1] ?? "");
      return match === null || node === undefined ? undefined : { node, end: at + match[0].length };
    }
    case "`": {
      const match = /^`([^`\n]+)`/.exec(rest);
      return match === null
        ? undefined
        : { node: { type: "code", text: unescapeEntities(match[1] ?? "") }, end: at + match[0].length };
    }
    case ":": {
      const match = /^:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/.exec(rest);
      // "20:15:31" is a time, not an emoji called 15.
      return match === null || /^\d+$/.test(match[1] ?? "")
        ? undefined
        : { node: { type: "emoji", name: match[1] ?? "" }, end: at + match[0].length };
    }
    case "*":
    case "_":
    case "~":
      return readStyled(line, at);
    case "h": {
      const match = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)'"*_~`]/.exec(rest);
      if (match === null || isWord(line[at - 1])) return undefined;
      const url = unescapeEntities(match[0]);
      return { node: { type: "link", url, children: [{ type: "text", text: url }] }, end: at + match[0].length };
    }
    default:
      return undefined;
  }
}

/**
 * Bold, italic and strike count only at word boundaries, so that snake_case_names and 2*3*4 stay as they are.
 * @param {string} line
 * @param {number} at
 * @returns {{ node: TextNode, end: number } | undefined}
 */
function readStyled(line, at) {
  const mark = /** @type {"*" | "_" | "~"} */ (line[at]);
  const next = line[at + 1];
  if (isWord(line[at - 1]) || line[at - 1] === mark) return undefined;
  if (next === undefined || next === " " || next === mark) return undefined;
  for (let end = at + 1; end < line.length; end += 1) {
    if (line[end] === "`" || line[end] === "<") {
      // A mark inside code or a link does not close anything.
      const inner = readToken(line, end);
      if (inner !== undefined) {
        end = inner.end - 1;
        continue;
      }
    }
    if (line[end] !== mark || line[end - 1] === " " || isWord(line[end + 1]) || line[end + 1] === mark) continue;
    return { node: { type: STYLE_OF[mark], children: parseInline(line.slice(at + 1, end)) }, end: end + 1 };
  }
  return undefined;
}

/** @param {string | undefined} character */
function isWord(character) {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

/**
 * @param {string} inside what stands between < and >
 * @returns {TextNode | undefined} undefined where it is no form Slack knows
 */
function parseAngle(inside) {
  const bar = inside.indexOf("|");
  const target = bar === -1 ? inside : inside.slice(0, bar);
  const label = bar === -1 ? undefined : unescapeEntities(inside.slice(bar + 1));
  const withLabel = label === undefined || label === "" ? {} : { label };
  if (/^@[UW][A-Z0-9]+$/i.test(target)) return { type: "user", id: target.slice(1), ...withLabel };
  if (/^#C[A-Z0-9]+$/i.test(target)) return { type: "channel", id: target.slice(1), ...withLabel };
  if (target.startsWith("!subteam^")) return { type: "usergroup", id: target.slice("!subteam^".length), ...withLabel };
  if (/^!(here|channel|everyone)$/.test(target)) return { type: "broadcast", name: target.slice(1) };
  if (target.startsWith("!date^")) {
    const [, seconds = "", format = "", url] = target.split("^");
    if (!/^\d+$/.test(seconds)) return { type: "text", text: label ?? target };
    const linked = url === undefined ? {} : { url: unescapeEntities(url) };
    return { type: "date", seconds: Number(seconds), format, fallback: label ?? "", ...linked };
  }
  if (target.startsWith("!")) return { type: "text", text: label ?? target.slice(1) };
  if (/^(https?:\/\/|mailto:|tel:)/i.test(target)) {
    const url = unescapeEntities(target);
    // A label is styled text of its own (<url|*bold*>), but never holds another link.
    const children =
      label === undefined ? [{ type: /** @type {const} */ ("text"), text: url }] : parseLabel(inside.slice(bar + 1));
    return { type: "link", url, children };
  }
  return undefined;
}

/**
 * @param {string} label
 * @returns {TextNode[]}
 */
function parseLabel(label) {
  return parseInline(label).map((node) => (node.type === "link" ? { type: "text", text: node.url } : node));
}
