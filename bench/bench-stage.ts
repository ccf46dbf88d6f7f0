// The stage that measurements play on: real servers, the app as it is built for production, a workspace without rate limits
// (what is measured is zkshift, not how long Slack lets it wait).
import { createExample } from "../sandbox/demo/example-data.ts";
import { type Stage, type StageOptions, setStage } from "../sandbox/stage.ts";
import type { Bench } from "./measurement.ts";

export const ENSEMBLE = "orders";
export const FROM = "3.8.0";
export const TO = "3.9.6";
export const CHANNEL = "zookeeper";

/** Sets a stage, gives it to `play`, and clears it away whatever happens. */
export const onStage = async <T>(
  bench: Bench,
  name: string,
  options: Pick<StageOptions, "roles" | "policy"> & {
    readonly ensemble?: Pick<StageOptions["ensemble"], "spares" | "heapMb">;
  },
  play: (stage: Stage) => Promise<T>,
): Promise<T> => {
  const stage = await setStage({
    dir: bench.newFolder(name),
    releases: [TO],
    workspace: { rateLimits: "relaxed" },
    built: true,
    ...options,
    ensemble: { name: ENSEMBLE, release: FROM, size: 3, ...options.ensemble },
    policy: { gates: "once", ...options.policy },
  });
  try {
    await createExample(stage.ensemble.connectString);
    return await play(stage);
  } finally {
    await stage.close();
  }
};
