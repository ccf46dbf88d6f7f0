// The name by which a plan is approved.
import { createHash } from "node:crypto";
import { canonicalJson } from "../model/canonical-json.ts";
import { planHash as asPlanHash, type PlanHash } from "../model/ids.ts";
import type { Plan } from "../model/plan.ts";

/** SHA-256 of a plan's canonical JSON, 64 hex digits: the same for equal plans, whatever the order of their keys. */
export const planHash = (plan: Plan): PlanHash =>
  asPlanHash(createHash("sha256").update(canonicalJson(plan)).digest("hex"));
