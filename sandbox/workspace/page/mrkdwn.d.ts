// Types of mrkdwn.js for callers that are type-checked.
import type { TextNode } from "./text-tree.d.ts";

export declare function parseMrkdwn(text: string): TextNode[];
