// Whether a server's turn takes it past 3.8, where log4j.properties is no longer read, and what it gets instead. Pure.
import { type Logback, logbackFrom } from "../model/logback.ts";
import { isAtLeast, type Release } from "../model/release.ts";
import type { Subject } from "./situation.ts";

/** As zkServer.sh gives them. */
const FOLDER_PROPERTY = "zookeeper.log.dir";
const FILE_PROPERTY = "zookeeper.log.file";

/**
 * Null where nothing is to be carried over: it is past 3.8 already, or has a logback.xml of its own, or the file could not be read.
 * `at`: of a new server that takes this one for its template, its own folder for logs.
 */
export const logbackFor = (
  { serving, facts }: Subject,
  release: Release,
  at: { readonly logs: string } | null = null,
): Logback | null => {
  if (serving === null || facts === null || isAtLeast(serving.release, "3.8.0") || !isAtLeast(release, "3.8.0"))
    return null;
  if (facts.log4j === undefined || facts.logging.includes("logback.xml")) return null;
  if (at === null) return logbackFrom(facts.log4j);
  // The name of the file may hold that of the template's host; the file's own default is anybody's.
  const { [FILE_PROPERTY]: _theirs, ...properties } = facts.log4j.properties;
  return logbackFrom({ ...facts.log4j, properties: { ...properties, [FOLDER_PROPERTY]: at.logs }, cwd: at.logs });
};
