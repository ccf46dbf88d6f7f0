// What a message says: its text, blocks, attachments and metadata, read from a call or an answer and refused where Slack refuses.

import { checkBlocks } from "../../handlers/views/block-limits.ts";
import { isObject, type JsonObject, objectsIn, parseJson } from "./json.ts";

export type Content = {
  readonly text: string | undefined;
  readonly blocks: readonly JsonObject[] | undefined;
  readonly attachments: readonly JsonObject[] | undefined;
  readonly metadata: JsonObject | undefined;
};
type Refused = { readonly kind: "refused"; readonly error: string; readonly messages?: readonly string[] };
export type ContentRead = { readonly kind: "content"; readonly content: Content } | Refused;

/** Slack cuts longer texts; being told is better than being cut. */
const LONGEST_TEXT = 40_000;
/** `chat.update` refuses longer texts. */
export const LONGEST_UPDATE = 4_000;

/** A field that may be JSON in a string, as forms carry it. Undefined where it is not valid JSON. */
export function readField(args: JsonObject, name: string): unknown {
  const value = args[name];
  if (typeof value !== "string") return value;
  const parsed = parseJson(value);
  return parsed.ok ? parsed.value : undefined;
}

const refuse = (error: string, messages?: readonly string[]): Refused =>
  messages === undefined ? { kind: "refused", error } : { kind: "refused", error, messages };

/** Blocks of the types this workspace has been told not to know. */
export const unsupportedBlocks = (blocks: readonly unknown[], refused: readonly string[]): readonly string[] =>
  blocks
    .filter(isObject)
    .filter(({ type }) => typeof type === "string" && refused.includes(type))
    .map(({ type }) => `this workspace does not support blocks of type ${type}`);

const messageProblems = (blocks: readonly unknown[], refused: readonly string[]): readonly string[] => [
  ...unsupportedBlocks(blocks, refused),
  ...checkBlocks("message", blocks),
];

export function readContent(
  args: JsonObject,
  refusedBlocks: readonly string[],
  longestText = LONGEST_TEXT,
): ContentRead {
  const blocks = readField(args, "blocks");
  const attachments = readField(args, "attachments");
  const metadata = readField(args, "metadata");
  const markdown = typeof args.markdown_text === "string" ? args.markdown_text : undefined;
  const text = typeof args.text === "string" ? args.text : undefined;

  if (args.blocks !== undefined && !Array.isArray(blocks)) return refuse("invalid_blocks_format");
  if (args.attachments !== undefined && !Array.isArray(attachments)) return refuse("invalid_attachments");
  if (args.metadata !== undefined && !isMetadata(metadata)) return refuse("invalid_metadata_format");
  if (markdown !== undefined && (text !== undefined || Array.isArray(blocks))) return refuse("markdown_text_conflict");
  if ((text ?? "").length > longestText || (markdown ?? "").length > 12_000) return refuse("msg_too_long");

  const shown = markdown === undefined ? blocks : [{ type: "markdown", text: markdown }];
  const problems = Array.isArray(shown) ? messageProblems(shown, refusedBlocks) : [];
  if (problems.length > 0) return refuse("invalid_blocks", problems);
  const attached = objectsIn(attachments);
  const attachedProblems = attached.flatMap((attachment) =>
    Array.isArray(attachment.blocks) ? messageProblems(attachment.blocks, refusedBlocks) : [],
  );
  if (attachedProblems.length > 0) return refuse("invalid_attachments", attachedProblems);

  const says = (text ?? markdown ?? "") !== "" || (Array.isArray(shown) && shown.length > 0) || attached.length > 0;
  if (!says) return refuse("no_text");
  return {
    kind: "content",
    content: {
      text: text ?? markdown,
      blocks: Array.isArray(shown) ? objectsIn(shown) : undefined,
      attachments: Array.isArray(attachments) ? attached : undefined,
      metadata: isObject(metadata) ? metadata : undefined,
    },
  };
}

const isMetadata = (value: unknown): boolean =>
  isObject(value) && typeof value.event_type === "string" && isObject(value.event_payload);
