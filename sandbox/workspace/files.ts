// Uploaded files: an address is given out, the content arrives there, and completing the upload shows the file in a channel.

import type { JsonObject } from "./json.ts";
import type { State, StoredFile } from "./state.ts";

const mimeTypes: Readonly<Record<string, string>> = {
  csv: "text/csv",
  json: "application/json",
  jsonl: "application/x-ndjson",
  log: "text/plain",
  md: "text/markdown",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain",
  yaml: "text/yaml",
};

const extensionOf = (name: string): string => /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
export const mimeTypeOf = (name: string): string => mimeTypes[extensionOf(name)] ?? "application/octet-stream";

/** The file as Slack's Web API shows it. */
export function fileObject(state: State, id: string, url: string): JsonObject | undefined {
  const file = state.files.get(id);
  if (file === undefined) return undefined;
  return {
    id,
    name: file.name,
    title: file.title,
    mimetype: mimeTypeOf(file.name),
    filetype: extensionOf(file.name),
    size: file.length,
    user: state.bot.id,
    mode: "hosted",
    is_external: false,
    url_private: `${url}/sandbox/files/${id}`,
    url_private_download: `${url}/sandbox/files/${id}`,
    permalink: `${url}/sandbox/files/${id}`,
  };
}

export const fileByUploadKey = (state: State, key: string): StoredFile | undefined =>
  [...state.files.values()].find((file) => file.uploadKey === key);

/** The first file in a multipart/form-data body; the body itself when it is none. */
export function uploadedContent(contentType: string, body: Buffer): Buffer {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) return body;
  const start = body.indexOf("\r\n\r\n", body.indexOf(`--${boundary}`));
  const end = body.indexOf(`\r\n--${boundary}`, start);
  return start < 0 || end < 0 ? Buffer.alloc(0) : body.subarray(start + 4, end);
}
