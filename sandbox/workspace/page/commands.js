// What the composer knows of `/zk`: its words, how they are used, and which of them fit what is typed so far. Pure.
// The bot stays the judge: this only helps to type.

/** @typedef {{ usage: string, insert: string, help: string }} Suggestion */

/** @type {readonly { word: string, args: string, help: string }[]} */
const COMMANDS = [
  { word: "help", args: "", help: "what I can do, with examples" },
  { word: "ensembles", args: "", help: "the ensembles I know" },
  { word: "status", args: "[ensemble]", help: "each server's mode, release and health" },
  { word: "upgrade", args: "<ensemble> <release>", help: "plan an upgrade; nothing starts before approval" },
  { word: "runs", args: "[ensemble]", help: "what runs and what ran" },
  { word: "run", args: "<id>", help: "one run, step by step" },
  { word: "audit", args: "<id>", help: "the record of a run; add export or verify" },
  { word: "", args: "", help: "a form for all of this" },
];

/**
 * @param {string} typed the composer's text
 * @returns {Suggestion[]} empty when the text is no `/zk` command or names none that begins like it
 */
export function suggestCommands(typed) {
  const text = typed.trimStart();
  if (!text.startsWith("/") || text.includes("\n")) return [];
  if ("/zk".startsWith(text)) return COMMANDS.map(toSuggestion);
  const match = /^\/zk\s+(\S*)(\s?)/.exec(text);
  if (match === null) return [];
  const [, word = "", space] = match;
  // Once the word is finished only its usage is of interest.
  const fitting = COMMANDS.filter((command) => (space === "" ? command.word.startsWith(word) : command.word === word));
  return fitting.map(toSuggestion);
}

/**
 * @param {string} text
 * @returns {string | undefined} the slash word ("/zk") if the text is a command
 */
export function slashWord(text) {
  return /^\s*(\/[a-z][\w-]*)(?:\s|$)/i.exec(text)?.[1];
}

/** @param {{ word: string, args: string, help: string }} command @returns {Suggestion} */
function toSuggestion({ word, args, help }) {
  const usage = ["/zk", word, args].filter((part) => part !== "").join(" ");
  return { usage, insert: args === "" ? usage : `/zk ${word} `, help };
}
