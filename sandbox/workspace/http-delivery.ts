// HTTP mode: each envelope is a request to the app's address, signed as Slack signs (docs.slack.dev, "Verifying requests from Slack").

import { createHmac } from "node:crypto";
import { request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Envelope, msSince, type Outcome } from "./delivery.ts";
import { readBody } from "./http.ts";
import { parseJson } from "./json.ts";

type Answer = { readonly status: number; readonly contentType: string; readonly text: string };
type Body = { readonly contentType: string; readonly text: string };

// Events are JSON, interactions are JSON in a form field, commands are a plain form.
function bodyOf(envelope: Envelope): Body {
  if (envelope.type === "events_api")
    return { contentType: "application/json", text: JSON.stringify(envelope.payload) };
  const contentType = "application/x-www-form-urlencoded";
  if (envelope.type === "interactive") {
    return { contentType, text: new URLSearchParams({ payload: JSON.stringify(envelope.payload) }).toString() };
  }
  const fields = Object.entries(envelope.payload).map(([name, value]): [string, string] => [name, String(value)]);
  return { contentType, text: new URLSearchParams(fields).toString() };
}

const signature = (secret: string, timestamp: string, body: string): string =>
  `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;

/** One request on a connection of its own, so that an app that was restarted meanwhile is not met on a dead one. */
function postTo(address: URL, headers: OutgoingHttpHeaders, body: string, signal: AbortSignal): Promise<Answer> {
  const request = address.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(address, { method: "POST", headers, agent: false, signal }, (response) => {
      readBody(response).then((text) => {
        const contentType = response.headers["content-type"] ?? "";
        resolve({ status: response.statusCode ?? 0, contentType, text: text.toString() });
      }, reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Sends one envelope; the app's answer is its acknowledgement. Never rejects. */
export async function deliverOverHttp(
  app: string,
  signingSecret: string,
  envelope: Envelope,
  withinMs: number,
): Promise<Outcome> {
  const startedAt = performance.now();
  const { contentType, text } = bodyOf(envelope);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers: OutgoingHttpHeaders = {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(text),
    "X-Slack-Request-Timestamp": timestamp,
    "X-Slack-Signature": signature(signingSecret, timestamp, text),
  };
  if (envelope.retry !== undefined) {
    headers["X-Slack-Retry-Num"] = String(envelope.retry.attempt);
    headers["X-Slack-Retry-Reason"] = envelope.retry.reason;
  }
  const signal = AbortSignal.timeout(withinMs);
  try {
    const answer = await postTo(new URL(app), headers, text, signal);
    const ackMs = msSince(startedAt);
    if (answer.status !== 200) return { kind: "undelivered", ackMs, why: `the app answered ${answer.status}` };
    const parsed = answer.contentType.includes("json") ? parseJson(answer.text) : undefined;
    return { kind: "acknowledged", ackMs, body: parsed?.ok ? parsed.value : answer.text };
  } catch {
    const ackMs = msSince(startedAt);
    if (signal.aborted) return { kind: "late", ackMs };
    return { kind: "undelivered", ackMs, why: `${app} could not be reached` };
  }
}
