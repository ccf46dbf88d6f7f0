// Types of emoji.js for callers that are type-checked.
export declare function emojiCharacter(name: string): string | undefined;
