// Which znodes belong to a session.

/** Containers and znodes with a time to live have an owner too (EphemeralType): the highest bit alone, or 0xff in front. */
export const isEphemeral = ({ ephemeralOwner }: { readonly ephemeralOwner: bigint }): boolean => {
  const bits = BigInt.asUintN(64, ephemeralOwner);
  return bits !== 0n && bits !== 1n << 63n && bits >> 56n !== 0xffn;
};
