// Whether a server's turn takes it past 3.8, where log4j.properties is no longer read, and what it gets instead. Pure.
import { type Logback, logbackFrom } from "../model/logback.ts";
import { isAtLeast, type Release } from "../model/release.ts";
import type { Subject } from "./situation.ts";

/** Null where nothing is to be carried over: it is past 3.8 already, or has a logback.xml of its own, or the file could not be read. */
export const logbackFor = ({ serving, facts }: Subject, release: Release): Logback | null => {
  if (serving === null || facts === null || isAtLeast(serving.release, "3.8.0") || !isAtLeast(release, "3.8.0"))
    return null;
  if (facts.log4j === undefined || facts.logging.includes("logback.xml")) return null;
  return logbackFrom(facts.log4j);
};
