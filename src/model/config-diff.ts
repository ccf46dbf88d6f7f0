// What a server's turn changes in its files, as lines of a diff. Values of keys that name a secret are never in it. Pure.
import type { Logback } from "./logback.ts";
import type { ConfigChange, JvmChange } from "./plan.ts";
import { namesSecret } from "./secret-keys.ts";

/** `- maxClientCnxns=60`, `+ maxClientCnxns=100`, `+ java.env: -Xmx2g`. */
export const diffLines = (
  changes: readonly ConfigChange[],
  jvm: JvmChange | null | undefined = null,
  logback: Logback | null | undefined = null,
): readonly string[] => [
  ...changes.flatMap(({ key, from, to }) => {
    const line = (value: string): string => `${key}=${namesSecret(key) ? "…" : value}`;
    return [...(from === null ? [] : [`- ${line(from)}`]), ...(to === null ? [] : [`+ ${line(to)}`])];
  }),
  ...(jvm === null || jvm === undefined ? [] : jvmLines(jvm)),
  ...(logback === null || logback === undefined ? [] : logbackLines(logback)),
];

/** `+ logback.xml: root INFO`, and what log4j.properties has beyond that. */
const logbackLines = ({ carried, left }: Logback): readonly string[] => [
  ...carried.map((what) => `+ logback.xml: ${what}`),
  ...left.map((what) => `! not carried over from log4j.properties: ${what}`),
];

/** Flags that go, then flags that come; where only their order changes, all of them. */
const jvmLines = ({ from, to }: JvmChange): readonly string[] => {
  const gone = from.filter((flag) => !to.includes(flag));
  const come = to.filter((flag) => !from.includes(flag));
  const [before, after] = gone.length + come.length === 0 ? [from, to] : [gone, come];
  return [...before.map((flag) => `- java.env: ${flag}`), ...after.map((flag) => `+ java.env: ${flag}`)];
};
