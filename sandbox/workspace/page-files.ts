// The web page's own files, read anew for each request so that a change shows on reload.

import { readFile } from "node:fs/promises";
import { mimeTypeOf } from "./files.ts";

export type PageFile = { readonly contentType: string; readonly content: Buffer };

const webTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

/** The file of `sandbox/workspace/page/` at this path; nothing outside that folder and nothing below it. */
export async function readPageFile(path: string): Promise<PageFile | undefined> {
  const name = path === "/" ? "index.html" : path.slice(1);
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name)) return undefined;
  const extension = name.split(".").at(-1) ?? "";
  try {
    const content = await readFile(new URL(`./page/${name}`, import.meta.url));
    return { contentType: webTypes[extension] ?? mimeTypeOf(name), content };
  } catch {
    return undefined;
  }
}
