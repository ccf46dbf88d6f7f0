// Types of commands.js for callers that are type-checked.
export type Suggestion = { readonly usage: string; readonly insert: string; readonly help: string };

export declare function suggestCommands(typed: string): Suggestion[];
export declare function slashWord(text: string): string | undefined;
