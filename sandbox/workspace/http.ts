// Reading requests and writing answers over node:http.

import type { IncomingMessage, ServerResponse } from "node:http";
import { isObject, type JsonObject, parseJson } from "./json.ts";

const MOST_BYTES = 64 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_BYTES) throw new Error(`the request body is larger than ${MOST_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The fields of a form or JSON body. Undefined when the body is not what its content type says. */
export function bodyFields(request: IncomingMessage, body: Buffer): JsonObject | undefined {
  const type = request.headers["content-type"] ?? "";
  const text = body.toString("utf8");
  if (text.trim() === "") return {};
  if (type.includes("application/json") || text.trimStart().startsWith("{")) {
    const parsed = parseJson(text);
    return parsed.ok && isObject(parsed.value) ? parsed.value : undefined;
  }
  return Object.fromEntries(new URLSearchParams(text));
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(body));
}

export function sendBytes(response: ServerResponse, contentType: string, content: Buffer | string): void {
  response.writeHead(200, { "Content-Type": contentType, "Cache-Control": "no-cache" });
  response.end(content);
}
