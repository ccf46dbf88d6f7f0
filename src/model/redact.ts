// Takes secrets out of text that leaves the process. A last net: nothing should put them there in the first place.

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // No \b in front of any: in JSON a line end is \n, and its n would hide the boundary.
  // Slack's tokens: xoxb-…, xoxp-…, xoxe.xoxb-…, xapp-….
  [/(xox[a-z]|xapp)([-.])[A-Za-z0-9.-]+/g, "$1$2[redacted]"],
  // Digest credentials of ZooKeeper's super user. In JSON a quote or backslash of the password is escaped.
  [/super:(?:\\.|[^\s"\\])+/g, "super:[redacted]"],
  // user:password@ of an address.
  [/([a-z][a-z0-9+.-]*:\/\/[^\s/:@"]*):[^\s@"]+@/gi, "$1:[redacted]@"],
  [/(authorization\\?"?\s*[:=]\s*\\?"?)[^"\\\n]+/gi, "$1[redacted]"],
];

/** `text` with everything that looks like a secret replaced by `[redacted]`. */
export const redact = (text: string): string =>
  PATTERNS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
