// The engine's own wall against a worker that lost its lease: the newest fencing token seen for a container, kept as the label of an
// empty volume, for labels and names of volumes are the one thing an engine keeps in one piece without a container that runs.
import { OpsError } from "../../errors.ts";
import type { FenceToken } from "../../ports.ts";
import { refusalOf } from "../refusals.ts";
import { alreadySo, type Engine } from "./engine.ts";

const OF = "zkshift.fence";

/**
 * Refuses (`FENCED`) a token older than the newest seen, and remembers this one when it is newer. First made, then looked at: of
 * two workers at once the older sees the newer one's. Called right before every effect.
 */
export const fenceContainer = async (engine: Engine, container: string, token: FenceToken): Promise<void> => {
  const name = (of: bigint): string => `zkshift-fence-${container}-${of}`;
  const seen = async (): Promise<readonly bigint[]> => {
    const filters = { label: [`${OF}=${container}`] };
    const { Volumes } = await engine.ask("list volumes", (docker) => docker.listVolumes({ filters }));
    return (Volumes ?? []).map((volume) => BigInt(/-(\d+)$/.exec(volume.Name)?.[1] ?? 0));
  };
  const refuseOlder = (tokens: readonly bigint[]): void => {
    let newest = token;
    for (const each of tokens) if (each > newest) newest = each;
    if (newest === token) return;
    const { kind, next } = refusalOf("FENCED");
    const what = `${engine.host}: a newer worker has acted here (token ${newest}, ours is ${token}).`;
    throw new OpsError(kind, { what, next }, { code: "FENCED" });
  };
  const before = await seen();
  refuseOlder(before);
  if (before.includes(token)) return;
  await engine.ask("create a volume", (docker) =>
    docker.createVolume({ Name: name(token), Labels: { [OF]: container } }),
  );
  const after = await seen();
  refuseOlder(after);
  for (const older of after.filter((each) => each < token)) {
    await alreadySo(engine.ask("remove a volume", (docker) => docker.getVolume(name(older)).remove()));
  }
};
