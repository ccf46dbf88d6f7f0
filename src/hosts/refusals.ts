// What a host script can refuse, by code: how each is reacted to and what a person does next. The script says what
// happened; nothing here runs anything.
import type { OpsErrorKind } from "../errors.ts";

type Refusal = {
  readonly kind: OpsErrorKind;
  readonly next: string;
  /** What was left as it is; where it is not said, the kind says it. */
  readonly left?: string;
};

const REFUSALS: Readonly<Record<string, Refusal>> = {
  FENCED: { kind: "refused", next: "Another worker goes on with this run: nothing to do." },
  FENCE_DAMAGED: {
    kind: "refused",
    next: "Remove that file when no other zkshift worker uses this host, then Retry.",
  },
  LOCKED: {
    kind: "transient",
    next: "Wait for what is under way there to end. If nothing is, end the process that holds the lock, then Retry.",
  },
  STATE_UNWRITABLE: {
    kind: "refused",
    next: "Give the user zkshift acts as write access to the host's `root`, then Retry.",
  },
  TOOL_MISSING: { kind: "refused", next: "Install it on the host, then Retry." },
  NOT_PERMITTED: {
    kind: "refused",
    next: "Let zkshift act as the user that runs the server (`user` of the host in ensembles.yaml), then Retry.",
  },
  USER_DIFFERS: {
    kind: "refused",
    next: "Run the worker as that user, so that what it starts stays that user's, then Retry.",
  },
  WILL_NOT_DIE: {
    kind: "step-failed",
    next: "Look at the process on its host (a hanging disk keeps a process alive), then Retry.",
  },
  NO_RELEASE: {
    kind: "refused",
    next: "Install a release and point `current` at it: `/zk upgrade` does both.",
  },
  NO_CONFIG: {
    kind: "refused",
    next: "Put the server's zoo.cfg there, or set the host's `conf` in ensembles.yaml to the folder that has it.",
  },
  START_FAILED: {
    kind: "step-failed",
    next: "Read the end of the log below, remove the cause, then Retry or Roll back.",
  },
  SERVICE_NOT_ALLOWED: {
    kind: "refused",
    next: "Allow that command by sudo without a password, for the user zkshift acts as (docs/service-managers.md has the lines), then Retry.",
  },
  UNIT_UNUSABLE: {
    kind: "refused",
    next: "See `systemctl status` of that unit on the host, and the host's `service` in ensembles.yaml, then Retry.",
  },
  SERVICE_COMMAND_FAILED: {
    kind: "step-failed",
    next: "Try the host's command under `service` in ensembles.yaml by hand, mend it, then Retry.",
  },
  REVIVED: {
    kind: "step-failed",
    left: "The server runs, on whatever its starter started.",
    next: "Find what starts it (its parent process, its systemd unit, a cron job), and name that as the host's `service` in ensembles.yaml, or switch it off there. Then Retry.",
  },
  RUNS_ANOTHER_HOME: {
    kind: "step-failed",
    left: "The server runs as it was started.",
    next: "Let what starts it run bin/zkServer.sh below the host's `current`, stop the server, then Retry.",
  },
  CURRENT_IS_A_FOLDER: {
    kind: "refused",
    next: "Move that folder beside the releases and put a link to it in its place, or set another `current` for the host in ensembles.yaml. Then Retry.",
  },
  CUT_SHORT: { kind: "transient", next: "Try again." },
  WRITE_FAILED: { kind: "step-failed", next: "Check free space and permissions there, then Retry." },
  WRONG_SUM: {
    kind: "transient",
    next: "The copy on the host was removed. Try again; if it stays, check the host's disk.",
  },
  UNSAFE_ARCHIVE: {
    kind: "refused",
    next: "Do not use this archive. Take the release from Apache's archive and check the repository's other files.",
  },
  WRONG_ARCHIVE: {
    kind: "refused",
    next: "Check the file in the release repository: it must hold bin/zkServer.sh and ZooKeeper's jar of that release.",
  },
  OTHER_BUILD: {
    kind: "refused",
    next: "If the repository's archive is the right one, move that folder away and Retry. If the folder is, put its archive into the repository.",
  },
  IN_USE: {
    kind: "refused",
    next: "Move the server to another release first, or restore the folder's files, then Retry.",
  },
  DATA_NOT_EMPTY: {
    kind: "refused",
    next: "See what is in that folder. If nobody needs it there, move it to another place; if somebody does, give the host another `data` (or `dataLog`) in ensembles.yaml, or use another host. Then Retry.",
  },
  RUNS: {
    kind: "refused",
    next: "See what that process is for. If it is not needed, stop it (bin/zkServer.sh stop), then Retry; if it is, leave it and use another host.",
  },
  FOLDER_UNUSABLE: {
    kind: "refused",
    next: "Give the user zkshift acts as a folder there that it may read and write, then Retry.",
  },
  NOT_SET_ASIDE: {
    kind: "refused",
    next: "Move what is in that folder to another place by hand, so that the folder is empty, then Retry.",
  },
  CLAIMED: {
    kind: "refused",
    next: "Give the host another `root` in ensembles.yaml. If that server is gone for good, remove the folder .zkshift/server.<id> under the root instead. Then Retry.",
  },
  CONF_IN_RELEASE: {
    kind: "refused",
    next: "Set the host's `conf` in ensembles.yaml to a folder outside of `current` and `releases`, or leave it out.",
  },
  LAY_OUT_FAILED: {
    kind: "step-failed",
    left: "What was laid out of the new server so far stays; no server that runs was touched.",
    next: "Check free space and permissions there, then Retry; Roll back takes away what was made.",
  },
  TAKE_AWAY_FAILED: {
    kind: "step-failed",
    left: "What was not yet taken away of the new server is still there; no server that runs was touched.",
    next: "Check permissions there and that nothing uses these files, then Retry.",
  },
  NOT_MOVABLE: {
    kind: "refused",
    next: "A restore exchanges that folder by renaming it: make it a plain folder on its parent's disk (or name the disk as dataDir or dataLogDir), then Retry.",
  },
  NOT_STAGED: {
    kind: "step-failed",
    next: "See what is in the server's data folder, put it right, then Retry; or Roll back, which puts the former data back.",
  },
  BACKUP_UNUSABLE: {
    kind: "refused",
    left: "The server's data were not touched.",
    next: "Use another backup: `/zk backups <ensemble>` lists those there are.",
  },
  LAY_FAILED: {
    kind: "step-failed",
    left: "The server is stopped. Its former data are in version-2, or beside it in version-2.before.<run>; nothing was deleted.",
    next: "Check permissions and free space there, then Retry, which goes on; or Roll back, which puts the former data back on every server.",
  },
  NFT_MISSING: {
    kind: "refused",
    next: "Install the package nftables there, or ask for `pause acl`, which needs nothing on the hosts.",
  },
  NFT_NOT_ALLOWED: {
    kind: "refused",
    next: "Allow it in /etc/sudoers.d (`USER ALL=(root) NOPASSWD: /usr/sbin/nft`), or ask for `pause acl`, which needs nothing on the hosts.",
  },
  NFT_UNABLE: {
    kind: "refused",
    next: "The kernel or nft there lacks what is needed (nftables 0.9.3 or later). Ask for `pause acl`, which needs nothing on the hosts.",
  },
  NFT_FAILED: {
    kind: "step-failed",
    left: "Ports that are closed open by themselves within half a minute.",
    next: "See `nft list ruleset` on the host, then Retry or Roll back.",
  },
  NO_DATA: { kind: "refused", next: "Check the host's `data` in ensembles.yaml." },
};

/** The reaction to a script's code; an unknown one is a bug of ours. */
export const refusalOf = (code: string): Refusal =>
  REFUSALS[code] ?? { kind: "bug", next: "Look at the worker's log and report it." };
