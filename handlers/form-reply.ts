// Shows a worker's answer in the form that waits for it.
import type { WebClient } from "@slack/web-api";
import type { Reply, ReplyTo } from "../jobs/queues.ts";
import type { Log } from "../src/app/app-deps.ts";
import { refusalOf, slackError } from "./slack-error.ts";
import { chooseBackupModal, noBackupsModal } from "./views/choose-backup.ts";

/** False where no form waits for it, or waits no more: it is to be told otherwise. Throws `transient` when Slack does not answer. */
export const replyInForm = async (
  slack: WebClient,
  { form, channel }: ReplyTo,
  reply: Reply,
  log: Log,
): Promise<boolean> => {
  if (form === undefined || (reply.kind !== "backups" && reply.kind !== "failed")) return false;
  const view =
    reply.kind === "failed"
      ? noBackupsModal(reply)
      : chooseBackupModal(reply, JSON.stringify({ channel, ensemble: reply.ensemble }));
  try {
    await slack.views.update({ view_id: form, view });
    return true;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === null) throw slackError(error, "a form could not be filled in");
    // Who asked has closed it. A list of backups is of no use then.
    log.info({ refusal }, "a form that waited for an answer is gone");
    return reply.kind === "backups";
  }
};
