// A short name for what a message shows, so that nothing is sent again that already stands there. Pure.
import { createHash } from "node:crypto";
import type { Message } from "./views/message.ts";

export const renderHash = (message: Message): string =>
  createHash("sha256")
    .update(JSON.stringify([message.text, message.blocks]))
    .digest("hex")
    .slice(0, 16);
