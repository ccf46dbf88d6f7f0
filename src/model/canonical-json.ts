// One text for one value: JSON with sorted keys and no spaces, so that equal data has equal hashes whoever wrote it.
// Refuses whatever JSON would silently lose or bend, because a hash over bent data proves nothing.

const isPlainObject = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const nameOf = (value: object): string => value.constructor?.name ?? "object";

const refuse = (path: string, what: string): never => {
  throw new TypeError(`Not canonical JSON: ${path} is ${what}.`);
};

const write = (value: unknown, path: string, above: readonly object[]): string => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : refuse(path, String(value));
    case "bigint":
      return refuse(path, "a bigint; write it as text first");
    case "undefined":
      return refuse(path, "undefined; leave the key out or say null");
    case "function":
    case "symbol":
      return refuse(path, `a ${typeof value}`);
    case "object": {
      if (value === null) return "null";
      if (above.includes(value)) return refuse(path, "part of itself");
      const within = [...above, value];
      if (Array.isArray(value)) {
        // Array.from also visits holes, which JSON.stringify would turn into null.
        return `[${Array.from(value, (item: unknown, index) => write(item, `${path}[${index}]`, within)).join(",")}]`;
      }
      if (!isPlainObject(value)) return refuse(path, `a ${nameOf(value)}, not a plain object`);
      const entries = Object.keys(value)
        .sort()
        .map((key) => `${JSON.stringify(key)}:${write(value[key], `${path}.${key}`, within)}`);
      return `{${entries.join(",")}}`;
    }
  }
};

/**
 * `value` as canonical JSON: keys sorted by UTF-16 code unit, no white space, numbers and strings as JSON.stringify
 * writes them (the rules of RFC 8785). Throws TypeError, naming the place, on bigint, undefined, NaN, infinity,
 * functions, symbols, cycles and anything that is not a plain object or array.
 */
export const canonicalJson = (value: unknown): string => write(value, "$", []);
