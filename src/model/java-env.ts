// zkshift's part of a server's java.env: the JVM flags of ensembles.yaml, between two lines of its own. What others wrote
// stays as it is, byte for byte, also when the part is taken out again. Text in, text out.

const BEGIN = "# >>> zkshift: JVM flags of ensembles.yaml; this part is replaced as a whole";
const END = "# <<< zkshift";
/** Said in the first line where zkshift made the file, or ended its last line: what taking the part out has to take back. */
const MADE_FILE = " (file made by zkshift)";
const ENDED_LINE = " (line before ended by zkshift)";

const PART = new RegExp(`^${BEGIN}(.*)\\n(?:SERVER_JVMFLAGS=.*'([^'\\n]*)'\\n)?${END}\\n`, "m");

/** The flags in zkshift's part; none where there is no such part. */
export const wantedFlagsIn = (text: string | null): readonly string[] =>
  (PART.exec(text ?? "")?.[2] ?? "").split(" ").filter((flag) => flag !== "");

/**
 * The text with these flags as zkshift's part, where it was or at the end: a later flag wins over an earlier one. No flags take
 * the part out. Null: no file. A flag holds no blanks and no quotes.
 */
export const withWantedFlags = (text: string | null, flags: readonly string[]): string | null => {
  const has = PART.exec(text ?? "");
  if (text !== null && has !== null) {
    const note = has[1] ?? "";
    const before = text.slice(0, has.index);
    const after = text.slice(has.index + has[0].length);
    if (flags.length > 0) return `${before}${partOf(flags, note)}${after}`;
    if (note === MADE_FILE && before === "" && after === "") return null;
    return `${note === ENDED_LINE ? before.replace(/\n$/, "") : before}${after}`;
  }
  if (flags.length === 0) return text;
  if (text === null) return partOf(flags, MADE_FILE);
  return text === "" || text.endsWith("\n") ? `${text}${partOf(flags, "")}` : `${text}\n${partOf(flags, ENDED_LINE)}`;
};

const partOf = (flags: readonly string[], note: string): string =>
  `${BEGIN}${note}\nSERVER_JVMFLAGS="$SERVER_JVMFLAGS "'${flags.join(" ")}'\n${END}\n`;
