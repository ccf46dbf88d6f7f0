// A receiver that holds two Socket Mode connections: Slack recycles each every few hours, and Bolt needs five seconds to
// connect again, in which commands would fail. Slack sends each envelope to one of them only.
import { type App, type Logger, type Receiver, SocketModeReceiver } from "@slack/bolt";
import type { WebClientOptions } from "@slack/web-api";

export type TwoSockets = Receiver & {
  /** True while at least one connection can receive. */
  connected(): boolean;
};

const SOCKETS = 2;
/** Opening both in one moment would have Slack recycle both in one moment. */
const STAGGER_MS = 2_000;

/** `clientOptions` reach Slack's connection client this way only; its retries must not end, or the process would. */
export const makeTwoSockets = (appToken: string, clientOptions: WebClientOptions, logger: Logger): TwoSockets => {
  const open = new Set<SocketModeReceiver>();
  const receivers = Array.from({ length: SOCKETS }, () => {
    const receiver = new SocketModeReceiver({
      appToken,
      logger,
      installerOptions: {
        clientOptions: { ...clientOptions, retryConfig: { forever: true, minTimeout: 500, maxTimeout: 5_000 } },
      },
    });
    receiver.client.on("connected", () => open.add(receiver));
    for (const event of ["disconnected", "disconnecting", "reconnecting", "close"]) {
      receiver.client.on(event, () => open.delete(receiver));
    }
    return receiver;
  });
  let stagger: NodeJS.Timeout | undefined;

  return {
    init: (app: App) => {
      for (const receiver of receivers) receiver.init(app);
    },
    /** Resolves when the first connection is there; the second follows by itself. */
    start: async () => {
      const [first, ...others] = receivers;
      const started = await first?.start();
      stagger = setTimeout(() => {
        for (const receiver of others)
          receiver.start().catch((error: unknown) => logger.error(`The second socket did not open: ${error}`));
      }, STAGGER_MS);
      return started;
    },
    stop: async () => {
      clearTimeout(stagger);
      await Promise.all(receivers.map((receiver) => receiver.stop()));
    },
    connected: () => open.size > 0,
  };
};
