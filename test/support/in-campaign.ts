// What takes too long for `npm test` takes part in `npm run campaign` only; without it, it is counted as skipped.
import { it } from "vitest";

/** Whether this is `npm run campaign`. */
export const CAMPAIGN = process.env.CAMPAIGN !== undefined;

/** A test that only a campaign runs. */
export const inCampaign = it.runIf(CAMPAIGN);
