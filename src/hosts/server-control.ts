// The control of one server, put together from its parts over one transport.
import type { Placement } from "../model/inventory.ts";
import type { ServerControl } from "../ports.ts";
import { backUp } from "./backup.ts";
import { markRetired } from "./claims.ts";
import { readConfig, writeConfig } from "./config-file.ts";
import { switchHome, switchRelease } from "./current.ts";
import { readHost } from "./facts.ts";
import { installRelease } from "./install.ts";
import { readJavaEnv, writeJavaEnv } from "./java-env.ts";
import { layoutOf } from "./layout.ts";
import { logTail } from "./log-tail.ts";
import { bringLogback, takeLogback } from "./logback.ts";
import { writeMembers } from "./members.ts";
import { makePortGate } from "./port-gate.ts";
import { portHolder } from "./port-holder.ts";
import { prepareServer } from "./prepare.ts";
import { dropStaged, layBackup, noteBeforeRestore, putBack, readRestoring, stageBackup } from "./restore.ts";
import { readRoom } from "./room.ts";
import { pidOfServer, startServer, stopServer } from "./start-stop.ts";
import { readTemplate } from "./template.ts";
import type { Transport } from "./transport.ts";
import { unprepareServer } from "./unprepare.ts";

export const makeServerControl = (transport: Transport, placement: Placement): ServerControl => {
  const layout = layoutOf(placement);
  return {
    facts: (options) => readHost(transport, placement, layout, options?.peers ?? []),
    isRunning: async () => (await pidOfServer(transport, layout)) !== null,
    pid: () => pidOfServer(transport, layout),
    installRelease: (archive, fence, onSent) => installRelease(transport, layout, archive, fence, onSent),
    stop: (signal, fence) => stopServer(transport, placement, layout, signal, fence),
    start: (fence) => startServer(transport, placement, layout, fence),
    switchRelease: (release, fence) => switchRelease(transport, layout, release, fence),
    switchHome: (home, fence) => switchHome(transport, layout, home, fence),
    readConfig: () => readConfig(transport, layout),
    writeConfig: (text, fence) => writeConfig(transport, layout, text, fence),
    readJavaEnv: () => readJavaEnv(transport, layout),
    writeJavaEnv: (text, fence) => writeJavaEnv(transport, layout, text, fence),
    bringLogback: (text, fence) => bringLogback(transport, layout, text, fence),
    takeLogback: (text, fence) => takeLogback(transport, layout, text, fence),
    room: (options) => readRoom(transport, placement, layout, options?.peers ?? []),
    template: () => readTemplate(transport, layout),
    prepare: (server, fence) => prepareServer(transport, placement, layout, server, fence),
    unprepare: (run, fence) => unprepareServer(transport, layout, run, fence),
    writeMembers: (dynamicText, fence) => writeMembers(transport, layout, dynamicText, fence),
    markRetired: (run, fence) => markRetired(transport, placement, layout, run, fence),
    logTail: (lines) => logTail(transport, layout, lines),
    portGate: makePortGate(transport, placement, layout),
    portHolder: (port) => portHolder(transport, placement, layout, port),
    restoring: (run) => readRestoring(transport, layout, run),
    stageBackup: (backup, fence) => stageBackup(transport, layout, backup, fence),
    noteBeforeRestore: (run, fence) => noteBeforeRestore(transport, layout, run, fence),
    layBackup: (run, epoch, fence) => layBackup(transport, layout, run, fence, [String(epoch)]),
    putBack: (run, epoch, fence) => putBack(transport, layout, run, fence, [String(epoch)]),
    dropStaged: (run, fence) => dropStaged(transport, layout, run, fence),
    backUp: (file, options) => backUp(transport, placement, layout, file, options ?? {}),
  };
};
