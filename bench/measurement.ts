// What a measurement is given and what it gives back. Data only.

export const measurementNames = [
  "ack",
  "click",
  "upgrade",
  "stall",
  "memory",
  "recovery",
  "migrate",
  "ansible",
  "pause",
] as const;
export type MeasurementName = (typeof measurementNames)[number];

/** One line of the table. `met` null: there is no target, the figure is there for comparison. */
export type Row = {
  readonly what: string;
  readonly measured: string;
  /** How far the single measurements lie apart, and how many there were. */
  readonly spread: string;
  readonly target: string;
  readonly met: boolean | null;
};

export type Measured = {
  readonly rows: readonly Row[];
  /** Everything that was measured, for `--json`: plain data. */
  readonly raw: unknown;
};

export type Bench = {
  readonly repetitions: number;
  /** A folder for one stage; removed at the end. */
  newFolder(name: string): string;
  /** One line of progress. */
  say(line: string): void;
};
