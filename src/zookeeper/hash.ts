// The tree digests that a server of 3.6 or later remembers, one every 128 transactions (AdHash over path, data and
// Stat). Comparable between servers of one ensemble at the same zxid, never between ensembles. Pure.

/** Reads the answer to `hash`: lines of `<zxid in hex>: <digest>`. */
export const parseHash = (answer: string): ReadonlyMap<bigint, string> =>
  new Map(
    [...answer.matchAll(/^\s*(?:0x)?([0-9a-fA-F]+)\s*:\s*(-?\d+)\s*$/gm)].map((found) => [
      BigInt(`0x${found[1]}`),
      found[2] ?? "",
    ]),
  );

/** Reads the JSON text of the AdminServer's `hash`. */
export const parseAdminHash = (answer: string): ReadonlyMap<bigint, string> =>
  new Map(
    [...answer.matchAll(/\{[^{}]*\}/g)].flatMap(([each]): [bigint, string][] => {
      const zxid = /"zxid"\s*:\s*"?(-?\d+)/.exec(each)?.[1];
      const digest = /"digest"\s*:\s*"?(-?\d+)/.exec(each)?.[1];
      return zxid === undefined || digest === undefined ? [] : [[BigInt(zxid), digest]];
    }),
  );
