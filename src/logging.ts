// Structured logs: one JSON object a line, data first, then words. Whatever is written passes through redact().
import { type DestinationStream, type LevelWithSilent, type Logger, pino, stdTimeFunctions } from "pino";
import { redact } from "./model/redact.ts";

export type { Logger };

/**
 * The process's logger, to standard output unless told otherwise. Give parts of the program a child that says what they work on:
 * `log.child({ run, step })`.
 */
export const makeLogger = (level: LevelWithSilent, role: string, destination?: DestinationStream): Logger => {
  const options = {
    level,
    base: { role, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: redact },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
};
