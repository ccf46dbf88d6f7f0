// How Apache names a release's files, and its directories in the archive. The names changed with 3.5.

const isBefore35 = (release: string): boolean => /^3\.[0-4]\./.test(release);

/** The tarball's name without `.tar.gz`, which is also the one directory in it. */
export const distributionName = (release: string): string =>
  isBefore35(release) ? `zookeeper-${release}` : `apache-zookeeper-${release}-bin`;

/** The tarball's file name. */
export const tarballName = (release: string): string => `${distributionName(release)}.tar.gz`;

/** The release's folder in the archive. */
export const releaseFolder = (release: string): string => `zookeeper-${release}`;
