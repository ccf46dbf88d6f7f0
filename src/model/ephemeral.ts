// Which znodes belong to a session.

const CONTAINER = 1n << 63n;
/** EphemeralType: 0xff, two bytes of what kind (0: a time to live), five with its milliseconds. A session's id has a time there. */
const TTL_KIND = 0xff0000n;

/**
 * Containers and znodes with a time to live have an owner too, which is no session. Servers hide it, but for a time to live on a
 * server without zookeeper.extendedTypesEnabled, which takes that for a session (DataNode, copyStat).
 */
export const isEphemeral = ({ ephemeralOwner }: { readonly ephemeralOwner: bigint }): boolean => {
  const bits = BigInt.asUintN(64, ephemeralOwner);
  return bits !== 0n && bits !== CONTAINER && bits >> 40n !== TTL_KIND;
};
