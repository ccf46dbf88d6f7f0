// The small tree that mrkdwn.js and markdown.js make of a text and formatted.js draws. Leaves hold plain,
// unescaped text: nothing in this tree is ever read as HTML.

export type TextNode =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "break" }
  | { readonly type: "bold" | "italic" | "strike"; readonly children: readonly TextNode[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "pre"; readonly text: string }
  | { readonly type: "quote"; readonly children: readonly TextNode[] }
  | { readonly type: "link"; readonly url: string; readonly children: readonly TextNode[] }
  | { readonly type: "user" | "channel" | "usergroup"; readonly id: string; readonly label?: string }
  | { readonly type: "broadcast"; readonly name: string }
  | {
      readonly type: "date";
      readonly seconds: number;
      readonly format: string;
      readonly url?: string;
      readonly fallback: string;
    }
  | { readonly type: "emoji"; readonly name: string }
  // Markdown only:
  | { readonly type: "paragraph"; readonly children: readonly TextNode[] }
  | { readonly type: "heading"; readonly level: number; readonly children: readonly TextNode[] }
  | { readonly type: "list"; readonly ordered: boolean; readonly start: number; readonly items: readonly ListItem[] }
  | {
      readonly type: "table";
      readonly align: readonly ("left" | "center" | "right")[];
      readonly rows: readonly (readonly (readonly TextNode[])[])[];
    }
  | { readonly type: "rule" };

export type ListItem = { readonly children: readonly TextNode[] };
