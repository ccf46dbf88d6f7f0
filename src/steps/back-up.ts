// Takes a backup from one server before the run changes anything.
import { backupBytes } from "../model/backup.ts";
import type { StepHandler } from "./step-handler.ts";
import { placeOfBackups, takeBackup } from "./take-backup.ts";

export const backUp: StepHandler<"back-up"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async () => {},
  // The copy is its own proof (sums, manifest and, where it is asked for, a throw-away server), so it is made here. Made twice
  // because a worker died, there are two.
  verify: async (step, world) => {
    const seen = await world.observe({ withHosts: false });
    const made = await takeBackup(world, {
      server: world.server(step.server),
      seen,
      by: `run ${world.run}`,
      run: world.run,
      prove: world.ensemble.backups.prove === "always",
    });
    const { proof } = made;
    return {
      kind: "back-up",
      server: step.server,
      snapshot: made.snapshot,
      bytes: backupBytes(made),
      sha256: made.files[0]?.sha256 ?? "",
      file: `${world.backups.folder(placeOfBackups(world.ensemble))}/${made.name}`,
      name: made.name,
      znodes: proof.proved ? proof.znodes : null,
    };
  },
  undo: async () => "nothing-to-undo",
};
