// Puts the new distribution beside the old one on every host, and sees that engines have the image for servers in containers. Nothing
// restarts, so all hosts go at once.
import { OpsError } from "../errors.ts";
import { onEveryServer } from "./on-every-server.ts";
import type { StepHandler } from "./step-handler.ts";

export const installRelease: StepHandler<"install-release"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async () => {},
  // Installing verifies what it finds, so doing it again proves it.
  verify: async (step, world) => {
    const needsArchive = step.servers.some((id) => world.server(id).control.installImage === undefined);
    if (needsArchive) world.waiting(`${step.release} from the release repository`);
    const archive = needsArchive ? await world.releases.fetch(step.release) : null;
    const sent = new Map<string, string>();
    const tell = (): void => {
      const on = [...sent].map(([host, how]) => `${host} ${how}`).join(", ");
      world.waiting(
        `${step.release} to be installed on ${step.servers.length} hosts${on === "" ? "" : `; sent: ${on}`}`,
      );
    };
    tell();
    const installed = await onEveryServer(
      step.servers.map((id) => world.server(id)),
      `${step.release} could not be installed`,
      async ({ host, control }) => {
        if (control.installImage !== undefined) {
          const { how, ...image } = await control.installImage(step.release, world.fence());
          return { host: host as string, how, image };
        }
        if (archive === null)
          throw new OpsError("bug", { what: `There is no archive of ${step.release} for ${host}.` });
        const how = await control.installRelease(archive, world.fence(), (bytes, of) => {
          sent.set(host, bytes < of ? `${inMegabytes(bytes)} of ${inMegabytes(of)} MB` : "all");
          tell();
        });
        return { host: host as string, how, image: null };
      },
      "No server was stopped; hosts that have it keep it.",
    );
    const images = new Map(installed.flatMap(({ image }) => (image === null ? [] : [[image.digest, image]])));
    return {
      kind: "install-release",
      release: step.release,
      hosts: installed.map(({ host, how }) => ({ host, how })),
      sha512: archive?.sha512 ?? "",
      ...(images.size === 0 ? {} : { images: [...images.values()] }),
    };
  },
  // It stays beside the old one: harmless, and at hand for the next try.
  undo: async () => "nothing-to-undo",
};

const inMegabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
