// Something wrong in ensembles.yaml, and how it is put into words: file, line, field, what is wrong.

export type FieldPath = readonly string[];

export type Problem = {
  readonly path: FieldPath;
  readonly text: string;
  /** The key itself is wrong, not its value: the line is the key's. */
  readonly atKey?: boolean;
};

/** `ensembles.yaml:7: ensembles.orders.servers.2: host "zk9" is not under hosts` */
export const problemLine = (file: string, line: number, { path, text }: Problem): string =>
  `${file}:${line}: ${path.length === 0 ? "" : `${path.join(".")}: `}${text}`;

/** A value as an error may show it: short, on one line. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};
