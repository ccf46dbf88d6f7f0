// Runs a constant sh script on a host and reads what it prints. Arguments travel beside the script, never inside it, so
// nothing a person or a file says is ever read as shell.
import { randomBytes } from "node:crypto";
import { OpsError } from "../errors.ts";
import type { ExecResult } from "../ports.ts";
import { refusalOf } from "./refusals.ts";
import type { Transport } from "./transport.ts";

/** The exit code of `no`, the script's way to refuse. Above what the tools used here exit with. */
const REFUSED = 90;

/** Begins the line with the refusal's code; what stands before it is chatter of tools. */
const REFUSAL_LINE = "zkshift-refusal";

/** Every script begins with this: plain tool output, and `no CODE what-happened` to end with a refusal. */
const BEGINNING = `
LC_ALL=C; export LC_ALL
no() { printf '%s %s\\n%s\\n' '${REFUSAL_LINE}' "$1" "$2" >&2; exit ${REFUSED}; }
`;

export type Script = {
  /** Constant text. `$1`, `$2` … are the arguments. */
  readonly text: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly timeoutMs: number;
};

const refusalFrom = (host: string, stderr: string): OpsError => {
  const lines = stderr.replace(/\n$/, "").split("\n");
  const at = lines.findIndex((line) => line.startsWith(`${REFUSAL_LINE} `));
  const code = at < 0 ? "UNKNOWN" : (lines[at] ?? "").slice(REFUSAL_LINE.length + 1);
  const { kind, next, left } = refusalOf(code);
  const [what = "refused without a word", ...detail] = lines.slice(at + 1);
  return new OpsError(
    kind,
    {
      what: `${host}: ${what}`,
      next,
      detail: detail.length > 0 ? detail.join("\n") : null,
      ...(left !== undefined
        ? { left }
        : kind === "step-failed"
          ? { left: "Nothing else was changed on this host." }
          : {}),
    },
    { code },
  );
};

/**
 * Runs the script and resolves with what it printed. Throws OpsError: the script's own refusals by their code, and
 * `step-failed` when it ended with any other code than 0.
 */
export const runScript = async (transport: Transport, script: Script): Promise<ExecResult> => {
  const result = await transport.exec(["sh", "-c", BEGINNING + script.text, "zkshift", ...script.args], {
    timeoutMs: script.timeoutMs,
    ...(script.stdin === undefined ? {} : { stdin: script.stdin }),
  });
  if (result.code === 0) return result;
  if (result.code === REFUSED) throw refusalFrom(transport.host, result.stderr);
  throw new OpsError(
    "step-failed",
    {
      what: `A command on ${transport.host} failed with code ${result.code}.`,
      left: "What it had begun may or may not be done.",
      next: "Read what it said, remove the cause, then Retry.",
      detail: result.stderr.slice(-2000) || null,
    },
    { code: `EXIT_${result.code}` },
  );
};

/** A line that no file on a host can hold by chance, to part the sections of an answer. */
export const makeBoundary = (): string => `zkshift-${randomBytes(16).toString("hex")}`;

/** In a script: `part name` begins a section; `$boundary` must be set before. */
export const SECTIONS = `
part() { printf '\\n%s %s\\n' "$boundary" "$1"; }
`;

/** The sections of an answer by name, each exactly as printed. */
export const parseSections = (output: string, boundary: string): ReadonlyMap<string, string> => {
  const sections = new Map<string, string>();
  for (const piece of output.split(`\n${boundary} `).slice(1)) {
    const end = piece.indexOf("\n");
    if (end >= 0) sections.set(piece.slice(0, end), piece.slice(end + 1));
  }
  return sections;
};
