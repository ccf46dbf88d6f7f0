// Reads the `.sha512` files that stand beside Apache's archives. Pure.

/**
 * The sum for `archive`, 128 hex digits in lower case; null when the text holds none for it. Understands `<sum>  <file>` (also several
 * lines of it), the sum alone, `SHA512 (<file>) = <sum>`, and gpg's `<file>: AB12 CD34 …` over several lines.
 */
export const parseSha512File = (text: string, archive: string): string | null => {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const onOneLine = lines.flatMap((line) => {
    const sum = /(?<![0-9a-f])[0-9a-f]{128}(?![0-9a-f])/i.exec(line)?.[0];
    if (sum === undefined) return [];
    const rest = line.replace(sum, " ").replace(/^\s*SHA512\b/, "");
    const named = rest.replace(/[()=*:]/g, " ").trim();
    return [{ sum: sum.toLowerCase(), file: named.slice(named.lastIndexOf("/") + 1) }];
  });
  const own = onOneLine.find(({ file }) => file === archive);
  if (own !== undefined) return own.sum;
  if (onOneLine.length === 1 && onOneLine[0]?.file === "") return onOneLine[0].sum;
  if (onOneLine.length > 0) return null;
  const spread = /^\s*(\S+):\s*([0-9a-f\s]+)$/i.exec(text);
  const joined = spread?.[2]?.replace(/\s/g, "").toLowerCase() ?? "";
  return spread?.[1]?.endsWith(archive) === true && joined.length === 128 ? joined : null;
};
