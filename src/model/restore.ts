// What a restore has to know of epochs. Pure.

/** Elections between two looks are few, and an epoch has 31 bits: a jump over so many costs nothing. */
const HEADROOM = 1024;

/**
 * The epoch that every server is to have accepted last, so that the next leader's is above all that clients have seen: a client
 * turns away from a server whose last zxid is below what it saw. A quorum accepts each epoch, so a majority of the voters
 * knows it; where fewer know theirs it is guessed, with room. `seen`: one a voter.
 */
export const epochToKeep = (seen: readonly { readonly epoch: number; readonly epochKnown: boolean }[]): number => {
  const highest = Math.max(0, ...seen.map(({ epoch }) => epoch));
  const known = seen.filter(({ epochKnown }) => epochKnown).length;
  return known > seen.length / 2 ? highest : highest + HEADROOM;
};
