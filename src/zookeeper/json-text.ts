// Single fields out of the AdminServer's JSON text. JSON.parse would round its 64-bit numbers (zxids, digests), and
// which object a field stands in differs between releases. Not for JSON of any other origin.

/** The number of the first field of this name, as it is written. */
export const readNumber = (json: string, name: string): string | undefined =>
  new RegExp(`"${name}"\\s*:\\s*(-?\\d+(?:\\.\\d+)?)`).exec(json)?.[1];

/** The text of the first field of this name; the fields that are read hold no escapes. */
export const readText = (json: string, name: string): string | undefined =>
  new RegExp(`"${name}"\\s*:\\s*"([^"]*)"`).exec(json)?.[1];
