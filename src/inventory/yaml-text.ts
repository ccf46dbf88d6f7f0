// YAML with the places of things in it: reads the text, finds the line of a field. Knows nothing of inventories.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { FieldPath, Problem } from "./problem.ts";

export type YamlText = {
  readonly value: unknown;
  /** Syntax errors and keys given twice, with their lines. */
  readonly errors: readonly { readonly line: number; readonly problem: Problem }[];
  /** Line of a field, counted from 1; of the nearest thing around it when it is not there. */
  lineOf(path: FieldPath, atKey?: boolean): number;
};

/** The text of a key; keys that are no plain word are refused before their text matters. */
const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : "?");

const startOf = (node: unknown): number | null =>
  typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range)
    ? Number(node.range[0])
    : null;

const resolved = (node: unknown, document: Document): unknown => (isAlias(node) ? node.resolve(document) : node);

/** Offset of a field's key and of its value, as far as the path leads. */
const find = (document: Document, path: FieldPath): { readonly key: number; readonly value: number } => {
  let node: unknown = document.contents;
  let place = { key: startOf(node) ?? 0, value: startOf(node) ?? 0 };
  for (const step of path) {
    node = resolved(node, document);
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item.key) === step);
      if (pair === undefined) return { key: place.key, value: place.key };
      const key = startOf(pair.key) ?? place.key;
      place = { key, value: startOf(pair.value) ?? key };
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      const start = startOf(item);
      if (start === null) return place;
      place = { key: start, value: start };
      node = item;
    } else return place;
  }
  return place;
};

/**
 * Keys that YAML takes and we do not: lists and groups, and keys that are one text to a reader but different values to YAML,
 * such as `1` and `"1"`, of which the second would silently replace the first. Equal keys YAML reports itself.
 */
const badKeys = (document: Document): readonly { readonly node: unknown; readonly text: string }[] => {
  const found: { node: unknown; text: string }[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Map<string, unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) {
          found.push({ node: key, text: "a key must be a plain word" });
          continue;
        }
        const text = keyText(key);
        if (seen.has(text) && seen.get(text) !== key.value)
          found.push({ node: key, text: `the key "${text}" is there twice` });
        seen.set(text, key.value);
      }
    },
  });
  return found;
};

/** Scalars other than text keep the digits they were written with below `textual` paths, e.g. `0.10` or a long number. */
const keepText = (document: Document, textual: (path: FieldPath) => boolean): void => {
  visit(document, {
    Pair: (_, pair, ancestors) => {
      const path = [...ancestors.flatMap((node) => ("key" in node ? [keyText(node.key)] : [])), keyText(pair.key)];
      const { value } = pair;
      if (!textual(path) || !isScalar(value) || typeof value.value === "string") return;
      if (value.source !== undefined && value.value !== null) value.value = value.source;
    },
  });
};

/** Reads one YAML document. `textual` says which fields are text whatever they look like. Never throws. */
export const readYaml = (text: string, textual: (path: FieldPath) => boolean): YamlText => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const errors = [
    ...document.errors.map((error) => ({
      line: lineAt(error.pos[0]),
      problem: {
        path: [],
        text:
          error.code === "DUPLICATE_KEY"
            ? `the key ${shownKey(text, error.pos[0])} is there twice`
            : `not valid YAML: ${error.message}`,
      },
    })),
    ...badKeys(document).map(({ node, text }) => ({ line: lineAt(startOf(node) ?? 0), problem: { path: [], text } })),
  ];
  keepText(document, textual);
  return {
    value: errors.length === 0 ? plainValue(document, errors) : null,
    errors,
    lineOf: (path, atKey = false) => {
      const place = find(document, path);
      return lineAt(atKey ? place.key : place.value);
    },
  };
};

const shownKey = (text: string, offset: number): string => `"${/^["']?([\w.-]*)/.exec(text.slice(offset))?.[1] ?? ""}"`;

const plainValue = (document: Document, errors: { line: number; problem: Problem }[]): unknown => {
  try {
    return document.toJS();
  } catch (error) {
    // An alias without its anchor, or aliases that grow without end.
    errors.push({ line: 1, problem: { path: [], text: `not valid YAML: ${(error as Error).message}` } });
    return null;
  }
};
