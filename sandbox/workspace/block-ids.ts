// Slack gives every block and every interactive element an id when the app gave none; payloads name them.

import { isObject, type JsonObject } from "./json.ts";

const needsActionId = (element: JsonObject): boolean =>
  typeof element.type === "string" &&
  !["image", "plain_text", "mrkdwn"].includes(element.type) &&
  !element.type.startsWith("rich_text_") &&
  element.action_id === undefined;

/** The same blocks, each with a block id, and each interactive element with an action id. */
export function withIds(blocks: readonly JsonObject[]): readonly JsonObject[] {
  const newId = () => Math.random().toString(36).slice(2, 7);
  const element = (value: unknown): unknown =>
    isObject(value) && needsActionId(value) ? { ...value, action_id: newId() } : value;
  return blocks.map((block) => ({
    ...block,
    block_id: block.block_id ?? newId(),
    ...(block.accessory === undefined ? {} : { accessory: element(block.accessory) }),
    ...(block.type === "input" ? { element: element(block.element) } : {}),
    ...(block.type === "actions" && Array.isArray(block.elements) ? { elements: block.elements.map(element) } : {}),
  }));
}
