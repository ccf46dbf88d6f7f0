// Puts the new distribution beside the old one on every host. Nothing restarts, so all hosts go at once.
import { onEveryServer } from "./on-every-server.ts";
import type { StepHandler } from "./step-handler.ts";

export const installRelease: StepHandler<"install-release"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async () => {},
  // Installing verifies what it finds, so doing it again proves it.
  verify: async (step, world) => {
    world.waiting(`${step.release} from the release repository`);
    const archive = await world.releases.fetch(step.release);
    const sent = new Map<string, string>();
    const tell = (): void => {
      const on = [...sent].map(([host, how]) => `${host} ${how}`).join(", ");
      world.waiting(
        `${step.release} to be installed on ${step.servers.length} hosts${on === "" ? "" : `; sent: ${on}`}`,
      );
    };
    tell();
    const hosts = await onEveryServer(
      step.servers.map((id) => world.server(id)),
      `${step.release} could not be installed`,
      async ({ host, control }) => ({
        host: host as string,
        how: await control.installRelease(archive, world.fence(), (bytes, of) => {
          sent.set(host, bytes < of ? `${inMegabytes(bytes)} of ${inMegabytes(of)} MB` : "all");
          tell();
        }),
      }),
      "No server was stopped; hosts that have it keep it.",
    );
    return { kind: "install-release", release: step.release, hosts, sha512: archive.sha512 };
  },
  // It stays beside the old one: harmless, and at hand for the next try.
  undo: async () => "nothing-to-undo",
};

const inMegabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
