// What a server's turn changes in its files, as lines of a diff. Values of keys that name a secret are never in it. Pure.
import type { ConfigChange, JvmChange } from "./plan.ts";
import { namesSecret } from "./secret-keys.ts";

/** `- maxClientCnxns=60`, `+ maxClientCnxns=100`, `+ java.env: -Xmx2g`. */
export const diffLines = (
  changes: readonly ConfigChange[],
  jvm: JvmChange | null | undefined = null,
): readonly string[] => [
  ...changes.flatMap(({ key, from, to }) => {
    const line = (value: string): string => `${key}=${namesSecret(key) ? "…" : value}`;
    return [...(from === null ? [] : [`- ${line(from)}`]), ...(to === null ? [] : [`+ ${line(to)}`])];
  }),
  ...(jvm === null || jvm === undefined ? [] : jvmLines(jvm)),
];

/** Flags that go, then flags that come; where only their order changes, all of them. */
const jvmLines = ({ from, to }: JvmChange): readonly string[] => {
  const gone = from.filter((flag) => !to.includes(flag));
  const come = to.filter((flag) => !from.includes(flag));
  const [before, after] = gone.length + come.length === 0 ? [from, to] : [gone, come];
  return [...before.map((flag) => `- java.env: ${flag}`), ...after.map((flag) => `+ java.env: ${flag}`)];
};
