// The table that a run prints: plain text that is also Markdown, so that it can be pasted into docs/benchmarks.md. Pure.
import type { Row } from "./measurement.ts";

const HEAD: readonly string[] = ["measured", "result", "spread", "target", ""];

const verdict = ({ met }: Row): string => (met === null ? "" : met ? "✅" : "❌");

/** Columns padded to the same width; a `|` in a cell is escaped. */
export const renderTable = (rows: readonly Row[]): string => {
  const cells = [HEAD, ...rows.map((row) => [row.what, row.measured, row.spread, row.target, verdict(row)])].map(
    (line) => line.map((cell) => cell.replaceAll("|", "\\|")),
  );
  const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? "").length), 2));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body.map(line)].join("\n");
};

/** `0.4 ms` below ten, `43 ms` below ten thousand, `12.3 s` above. */
export const ms = (value: number): string => {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
};

/** `3.2–4.1`, with how many values lie between. */
export const spreadOf = (
  summary: { readonly smallest: number; readonly largest: number; readonly count: number },
  show: (value: number) => string,
): string => `${show(summary.smallest)} – ${show(summary.largest)}, n = ${summary.count}`;
