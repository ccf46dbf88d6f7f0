// Types of markdown.js for callers that are type-checked.
import type { TextNode } from "./text-tree.d.ts";

export declare function parseMarkdown(text: string): TextNode[];
