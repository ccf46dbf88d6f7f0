// Keys of zoo.cfg that say who is a member: a server rewrites them itself when the membership changes.

export const isMembership = (key: string): boolean =>
  /^(server|group|weight)\.\d+$/.test(key) || key === "dynamicConfigFile";
