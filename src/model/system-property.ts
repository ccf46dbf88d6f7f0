// System properties among a JVM's flags. Pure.

/** The value of the last `-Dkey=…` among the flags; null when there is none. */
export const systemProperty = (flags: readonly string[], key: string): string | null => {
  const last = flags.findLast((flag) => flag.startsWith(`-D${key}=`));
  return last === undefined ? null : last.slice(key.length + 3);
};
