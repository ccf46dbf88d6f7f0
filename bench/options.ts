// The command line of `npm run bench`. Ends the program with the usage text when it is wrong.
import { parseArgs } from "node:util";
import { type MeasurementName, measurementNames } from "./measurement.ts";

const usage = `npm run bench [-- options]

  --only NAMES      some of ${measurementNames.join(",")} (default: all)
  --repetitions N   of what is measured side by side (default 5)
  --json FILE       also writes everything that was measured
  --help

Exit code 0: every target met; 1: some were missed; 2: it could not be measured.
`;

export type Options = {
  readonly only: readonly MeasurementName[];
  readonly repetitions: number;
  readonly json: string | null;
};

/** Options from arguments; a text says what is wrong with them. */
export const parseOptions = (args: readonly string[]): Options | { readonly wrong: string } | "help" => {
  let values: { only?: string; repetitions: string; json?: string; help: boolean };
  try {
    values = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        repetitions: { type: "string", default: "5" },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
  if (values.help) return "help";
  const names = values.only?.split(",").map((name) => name.trim()) ?? measurementNames;
  const unknown = names.filter((name) => !(measurementNames as readonly string[]).includes(name));
  if (unknown.length > 0) return { wrong: `There is no measurement ${unknown.join(", ")}.` };
  if (!/^[1-9]\d{0,2}$/.test(values.repetitions)) return { wrong: "--repetitions takes a number from 1 to 999." };
  return {
    only: measurementNames.filter((name) => names.includes(name)),
    repetitions: Number(values.repetitions),
    json: values.json ?? null,
  };
};

export const readOptions = (): Options => {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    process.exit(0);
  }
  if ("wrong" in options) {
    console.error(`${options.wrong}\n\n${usage}`);
    process.exit(2);
  }
  return options;
};
