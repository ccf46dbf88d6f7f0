// Puts the new distribution beside the old one on every host. Nothing restarts, so all hosts go at once.
import type { Failure } from "../errors.ts";
import { failureOf, OpsError } from "../errors.ts";
import type { HostName } from "../model/ids.ts";
import type { StepHandler } from "./step-handler.ts";

type Pushed =
  | { readonly host: HostName; readonly how: "installed" | "already there" }
  | { readonly host: HostName; readonly error: unknown };

export const installRelease: StepHandler<"install-release"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async () => {},
  // Installing verifies what it finds, so doing it again proves it.
  verify: async (step, world) => {
    world.waiting(`${step.release} from the release repository`);
    const archive = await world.releases.fetch(step.release);
    world.waiting(`${step.release} to be installed on ${step.servers.length} hosts`);
    // Every host is waited for, also when one has failed: a step that ends while copies go on would not be over.
    const pushed = await Promise.all(
      step.servers.map(async (id): Promise<Pushed> => {
        const { host, control } = world.server(id);
        try {
          return { host, how: await control.installRelease(archive, world.fence()) };
        } catch (error) {
          return { host, error };
        }
      }),
    );
    const failed = pushed.flatMap((one) => ("error" in one ? [one] : []));
    const [first] = failed;
    if (first !== undefined) throw failed.length === 1 ? first.error : manyFailed(step.release, pushed.length, failed);
    const hosts = pushed.flatMap((one) => ("how" in one ? [{ host: one.host as string, how: one.how }] : []));
    return { kind: "install-release", release: step.release, hosts, sha512: archive.sha512 };
  },
  // It stays beside the old one: harmless, and at hand for the next try.
  undo: async () => "nothing-to-undo",
};

/** One error for several hosts: of the first one's kind, with every host's reason. */
const manyFailed = (
  release: string,
  all: number,
  failed: readonly { readonly host: HostName; readonly error: unknown }[],
): OpsError => {
  const failures = failed.map(({ host, error }): Failure & { readonly host: HostName } => ({
    ...failureOf(error),
    host,
  }));
  const reasons = failures.map(({ host, what }) => (what.startsWith(`${host}: `) ? what : `${host}: ${what}`));
  return new OpsError(
    failures[0]?.kind ?? "bug",
    {
      what: `${release} could not be installed on ${failed.length} of ${all} hosts. ${reasons.join(" ")}`,
      left: "No server was stopped; hosts that have it keep it.",
      next: failures[0]?.next ?? "Try again.",
    },
    { cause: failed[0]?.error },
  );
};
