// The team's own configuration command for one server. Pure.
import type { EnsembleName, HostName, ServerId } from "../model/ids.ts";
import type { Release } from "../model/release.ts";

/** `{host}`, `{server}`, `{release}` and `{ensemble}` replaced; what was put in is not looked into again. */
export const hookArgv = (
  argv: readonly string[],
  { host, server, release, ensemble }: { host: HostName; server: ServerId; release: Release; ensemble: EnsembleName },
): readonly string[] => {
  const values: Readonly<Record<string, string>> = { host, server: String(server), release, ensemble };
  return argv.map((word) =>
    word.replace(/\{(host|server|release|ensemble)\}/g, (_all, name: string) => values[name] ?? ""),
  );
};
