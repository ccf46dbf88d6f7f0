// Every step kind and its handler; a new kind fails to compile until it stands here.
import type { Step, StepKind } from "../model/plan.ts";
import { addMember } from "./add-member.ts";
import { askApproval } from "./ask-approval.ts";
import { backUp } from "./back-up.ts";
import { handOverLeadership } from "./hand-over-leadership.ts";
import { installRelease } from "./install-release.ts";
import { keepPaused } from "./keep-paused.ts";
import { pauseWrites } from "./pause-writes.ts";
import { preflight } from "./preflight.ts";
import { prepareServer } from "./prepare-server.ts";
import { reconfigure } from "./reconfigure.ts";
import { removeMember } from "./remove-member.ts";
import { restartWithMembers } from "./restart-with-members.ts";
import { restoreData } from "./restore-data.ts";
import { resumeWrites } from "./resume-writes.ts";
import { retireServer } from "./retire-server.ts";
import { runHook } from "./run-hook.ts";
import { soak } from "./soak.ts";
import { stageBackup } from "./stage-backup.ts";
import { startServer } from "./start-server.ts";
import type { StepHandler } from "./step-handler.ts";
import { stopServer } from "./stop-server.ts";
import { verifyEnsemble } from "./verify-ensemble.ts";
import { verifyRestore } from "./verify-restore.ts";
import { waitForClients } from "./wait-for-clients.ts";
import { waitUntilJoined } from "./wait-until-joined.ts";
import { waitUntilSynced } from "./wait-until-synced.ts";
import { writeConfig } from "./write-config.ts";

const registry: { readonly [K in StepKind]: StepHandler<K> } = {
  preflight,
  "back-up": backUp,
  "install-release": installRelease,
  "ask-approval": askApproval,
  "stop-server": stopServer,
  "hand-over-leadership": handOverLeadership,
  "write-config": writeConfig,
  "run-hook": runHook,
  "start-server": startServer,
  "wait-until-synced": waitUntilSynced,
  reconfigure,
  "prepare-server": prepareServer,
  "wait-until-joined": waitUntilJoined,
  "add-member": addMember,
  "remove-member": removeMember,
  "restart-with-members": restartWithMembers,
  "wait-for-clients": waitForClients,
  "retire-server": retireServer,
  "pause-writes": pauseWrites,
  "keep-paused": keepPaused,
  "resume-writes": resumeWrites,
  "stage-backup": stageBackup,
  "restore-data": restoreData,
  "verify-restore": verifyRestore,
  soak,
  "verify-ensemble": verifyEnsemble,
};

/** The handler of a step, typed for that step's kind. */
export const handlerOf = <S extends Step>(step: S): StepHandler<S["kind"]> =>
  registry[step.kind] as unknown as StepHandler<S["kind"]>;
