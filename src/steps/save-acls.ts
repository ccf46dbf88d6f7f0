// Keeps every ACL of an ensemble in a file on the worker before the first of them is changed. The fence itself carries what it
// replaces, so this is what a person has should even that be lost.
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../errors.ts";
import { aclBeforeFence } from "../model/acl-fence.ts";
import type { Session } from "../ports.ts";
import { walkZnodes } from "./walk-znodes.ts";

const LINES_AT_ONCE = 5_000;

/**
 * Writes one JSON object a line, `{"path": …, "acl": ["perms:scheme:id" …]}` with perms as a number, and makes it durable
 * before it appears under its name. Of a znode that is fenced already the ACL from before is kept. Gives the file's path.
 */
export const saveAcls = async (
  session: Session,
  directory: string,
  options: {
    readonly ignore: (path: string) => boolean;
    readonly signal: AbortSignal;
    readonly progress: (znodes: number) => void;
  },
): Promise<{ readonly file: string; readonly znodes: number }> => {
  const file = join(directory, "acls-before-pause.jsonl");
  const unfinished = `${file}.unfinished`;
  const handle = await open(unfinished, "w", 0o600);
  let znodes = 0;
  try {
    let lines: string[] = [];
    const flush = async (): Promise<void> => {
      const text = lines.join("");
      lines = [];
      await handle.appendFile(text);
    };
    await walkZnodes(session, options, async (path) => {
      try {
        const { acl } = await session.getAclEntries(path);
        const kept = (aclBeforeFence(acl) ?? acl).map(({ perms, scheme, id }) => `${perms}:${scheme}:${id}`);
        lines.push(`${JSON.stringify({ path, acl: kept })}\n`);
      } catch (error) {
        if (codeOf(error) === "NO_NODE") return false;
        throw error;
      }
      options.progress(++znodes);
      if (lines.length >= LINES_AT_ONCE) await flush();
      return true;
    });
    await flush();
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  const folder = await open(directory, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return { file, znodes };
};
