// Which request goes where: Slack's side (Web API, response addresses, uploads) and the sandbox's side (API, page, events).

import type { IncomingMessage, ServerResponse } from "node:http";
import { streamChanges } from "./change-stream.ts";
import type { Context } from "./context.ts";
import { fileByUploadKey, mimeTypeOf, uploadedContent } from "./files.ts";
import { bodyFields, readBody, sendBytes, sendJson } from "./http.ts";
import { type JsonObject, stringIn } from "./json.ts";
import { readPageFile } from "./page-files.ts";
import { answerThroughUrl } from "./response-urls.ts";
import { answerSandbox } from "./sandbox-api.ts";
import { callMethod } from "./web-api/call.ts";

const SLACK_SIDE = /^\/(api|response|upload|link)\//;

export async function handleRequest(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const address = new URL(request.url ?? "/", context.url);
  const { pathname } = address;
  if (SLACK_SIDE.test(pathname) && context.faults.downForMs() > 0) {
    request.socket.destroy();
    return;
  }
  const query = Object.fromEntries(address.searchParams);
  if (pathname.startsWith("/api/")) return webApi(context, request, response, pathname.slice(5), query);
  if (pathname.startsWith("/response/")) return responseUrl(context, request, response, pathname.slice(10));
  if (pathname.startsWith("/upload/v1/")) return upload(context, request, response, pathname.slice(11));
  if (pathname === "/sandbox/events") return streamChanges(context.state, response);
  if (pathname.startsWith("/sandbox/files/")) return file(context, response, pathname.slice(15));
  if (pathname.startsWith("/sandbox/")) return sandbox(context, request, response, pathname.slice(9), query);
  return page(response, pathname);
}

/** An outage cuts sockets off before they are open. */
export const isCutOff = (context: Context): boolean => context.faults.downForMs() > 0;

async function webApi(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  method: string,
  query: JsonObject,
): Promise<void> {
  const fields = bodyFields(request, await readBody(request));
  if (fields === undefined) return sendJson(response, 200, { ok: false, error: "invalid_json" });
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const args = { ...query, ...fields };
  const result = await callMethod(context, method, bearer ?? stringIn(args, "token"), args);
  if (result.kind === "lost") {
    request.socket.destroy();
    return;
  }
  const wait: Record<string, string> = {};
  if (result.retryAfterS !== undefined) wait["Retry-After"] = String(result.retryAfterS);
  sendJson(response, result.status, result.answer, wait);
}

async function responseUrl(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): Promise<void> {
  const fields = bodyFields(request, await readBody(request));
  if (fields === undefined) return sendJson(response, 400, { ok: false, error: "invalid_json" });
  const { status, body } = answerThroughUrl(context, id, fields);
  sendJson(response, status, body);
}

async function upload(
  { state }: Context,
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
): Promise<void> {
  const wanted = fileByUploadKey(state, key);
  const content = uploadedContent(request.headers["content-type"] ?? "", await readBody(request));
  if (wanted === undefined || wanted.content !== undefined) return sendJson(response, 404, { error: "no such upload" });
  if (content.length !== wanted.length) {
    const error = `${wanted.length} bytes were announced and ${content.length} arrived`;
    return sendJson(response, 400, { error });
  }
  state.files.set(wanted.id, { ...wanted, content });
  sendBytes(response, "text/plain", `OK - ${content.length}`);
}

function file({ state }: Context, response: ServerResponse, id: string): void {
  const stored = state.files.get(id);
  if (stored?.content === undefined) {
    const error = `There is no file ${id}; GET /sandbox/messages lists the files of each message.`;
    sendJson(response, 404, { error });
    return;
  }
  // Uploaded pages must not run as part of this site.
  response.setHeader("Content-Security-Policy", "sandbox");
  response.setHeader("X-Content-Type-Options", "nosniff");
  const type = mimeTypeOf(stored.name);
  sendBytes(response, type.startsWith("text/") ? `${type}; charset=utf-8` : type, stored.content);
}

async function sandbox(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  query: JsonObject,
): Promise<void> {
  const { origin, host } = request.headers;
  // A foreign web page must not be able to press buttons here.
  if (origin !== undefined && origin !== "null" && new URL(origin).host !== host) {
    return sendJson(response, 403, { error: `Requests from ${origin} are not taken; use the page of this workspace.` });
  }
  const method = request.method ?? "GET";
  const fields = method === "POST" ? bodyFields(request, await readBody(request)) : query;
  if (fields === undefined) return sendJson(response, 400, { error: "The body must be a JSON object." });
  const { status, body } = await answerSandbox(context, method, name, fields);
  sendJson(response, status, body);
}

async function page(response: ServerResponse, path: string): Promise<void> {
  const found = await readPageFile(path);
  if (found === undefined) return sendJson(response, 404, { error: `There is nothing at ${path}; the page is at /.` });
  sendBytes(response, found.contentType, found.content);
}
