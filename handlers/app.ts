// The Slack edge: Bolt, its receiver, and everything of handlers/ put together. Holds Slack's tokens; touches no ensemble.
import type { Server } from "node:http";
import { App, HTTPReceiver, type Logger, LogLevel, type Receiver } from "@slack/bolt";
import { WebClient, type WebClientOptions } from "@slack/web-api";
import type { Producers, Reply, ReplyTo } from "../jobs/queues.ts";
import type { Log } from "../src/app/app-deps.ts";
import { OpsError } from "../src/errors.ts";
import type { RunId } from "../src/model/ids.ts";
import type { Inventory } from "../src/model/inventory.ts";
import type { Clock, LiveBoard, Posted, RunLog } from "../src/ports.ts";
import { makeAuthorize } from "./authorize.ts";
import { makeChannels } from "./channels.ts";
import { makeCommands } from "./command.ts";
import { type CountCall, countedFetch } from "./counted-fetch.ts";
import { makeDecisions } from "./decision.ts";
import { replyInForm } from "./form-reply.ts";
import { makeHome } from "./home.ts";
import { makeNotifier } from "./notifier.ts";
import { knownOf } from "./parse/known.ts";
import { makePeople } from "./people.ts";
import { makePoster } from "./poster.ts";
import { makeRecords } from "./records.ts";
import { register } from "./register.ts";
import { refusalOf, slackError } from "./slack-error.ts";
import { makeTell } from "./tell.ts";
import { makeTwoSockets } from "./two-sockets.ts";
import { ensemblesOf, replyMessage } from "./views/replies.ts";

type SlackConfig = {
  readonly botToken: string;
  /** Null: Slack itself. */
  readonly apiUrl: string | null;
  readonly receive:
    | { readonly mode: "socket"; readonly appToken: string }
    | { readonly mode: "http"; readonly signingSecret: string; readonly host: string; readonly port: number };
};

export type SlackEdgeOptions = {
  readonly config: SlackConfig;
  readonly inventory: () => Inventory;
  readonly runLog: RunLog;
  readonly live: LiveBoard;
  readonly posted: Posted;
  readonly producers: Producers;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: { readonly slackCall: CountCall };
};

export type SlackEdge = {
  /** Resolves when Slack can reach us; keeps trying while it does not answer. Throws `input` when it refuses our tokens. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** True while commands and clicks can arrive. */
  connected(): boolean;
  notify(run: RunId): Promise<void>;
  reply(replyTo: ReplyTo, reply: Reply): Promise<void>;
  /** Where Slack's requests are taken in HTTP mode, `http://host:port/slack/events`; null in Socket Mode or before the start. */
  httpAddress(): string | null;
};

/** Where Slack sends its requests in HTTP mode. */
const SLACK_PATH = "/slack/events";

/** A call to Slack that takes longer has failed. */
const TIMEOUT_MS = 10_000;
const START_AGAIN_MS = 2_000;
const CHANNELS_EVERY_MS = 10 * 60_000;
/** Refusals that no waiting mends. */
const BAD_TOKEN = [
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "not_allowed_token_type",
  "missing_scope",
];

/** Slack's libraries speak through our log; what they say at info is of no use to an operator. */
const slackLogger = (log: Log): Logger => ({
  debug: () => {},
  info: () => {},
  warn: (...words) => log.warn({ from: "slack" }, words.map(String).join(" ")),
  error: (...words) => log.warn({ from: "slack" }, words.map(String).join(" ")),
  setLevel: () => {},
  getLevel: () => LogLevel.WARN,
  setName: () => {},
});

export const makeSlackEdge = (options: SlackEdgeOptions): SlackEdge => {
  const { config, inventory, runLog, live, posted, producers, clock, log, metrics } = options;
  const logger = slackLogger(log);
  const apiUrl: WebClientOptions = config.apiUrl === null ? {} : { slackApiUrl: config.apiUrl };
  const common: WebClientOptions = { ...apiUrl, timeout: TIMEOUT_MS, logger, fetch: countedFetch(metrics.slackCall) };

  // A 429 pauses all calls of a client: what answers people has its own, apart from what posts.
  const listening: WebClientOptions = { ...common, retryConfig: { retries: 3, minTimeout: 200, maxTimeout: 1_000 } };
  // No retry of its own: a post whose answer was lost may stand in Slack already (catch-up.ts looks first).
  const posting = new WebClient(config.botToken, {
    ...common,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  const asking = new WebClient(config.botToken, listening);

  const { receive } = config;
  const sockets = receive.mode === "socket" ? makeTwoSockets(receive.appToken, common, logger) : null;
  const http = receive.mode === "http" ? makeHttp(receive, logger) : null;
  const receiver: Receiver | null = sockets ?? http;
  if (receiver === null) throw new OpsError("bug", { what: "No way to hear from Slack is configured." });

  const app = new App({
    token: config.botToken,
    receiver,
    clientOptions: listening,
    logger,
    // Otherwise the constructor calls Slack, and its failure ends the process.
    deferInitialization: true,
    extendedErrorHandler: true,
    convoStore: false,
  });

  let botUserId: string | null = null;
  const botUser = async (): Promise<string> => {
    if (botUserId === null) botUserId = (await asking.auth.test()).user_id ?? null;
    if (botUserId === null)
      throw slackError(new Error("auth.test named no user"), "our own messages cannot be told from others'");
    return botUserId;
  };

  const poster = makePoster(posting, botUser, clock);
  const authorize = makeAuthorize(asking, clock, log);
  const people = makePeople(asking, clock);
  const channels = makeChannels(asking, log);
  const tell = makeTell(asking, log);
  const linkTo = async (channel: string, ts: string): Promise<string | null> => {
    const answer = await asking.chat.getPermalink({ channel, message_ts: ts }).catch(() => null);
    return answer?.permalink ?? null;
  };
  const records = makeRecords({ inventory, runLog, live, posted, poster, people, clock, linkTo });
  const decisions = makeDecisions({ runLog, authorize, producers, clock, log });
  const commands = makeCommands({ inventory, records, decisions, producers, channelOf: channels.idOf, log });
  const notifier = makeNotifier({ poster, runLog, live, posted, authorize, people, clock, log });
  const home = makeHome({ inventory, records, authorize });
  const known = () => knownOf(inventory());
  register(app, { commands, decisions, records, runLog, poster, tell, home, known, log });

  let state: "new" | "started" | "stopped" = "new";
  let refreshing: NodeJS.Timeout | undefined;

  const startOnce = async (): Promise<void> => {
    await app.init();
    await app.start();
  };

  return {
    async start() {
      for (;;) {
        try {
          await startOnce();
          break;
        } catch (error) {
          const refusal = refusalOf(error);
          if (refusal !== null && BAD_TOKEN.includes(refusal)) {
            throw new OpsError(
              "input",
              {
                what: `Slack refuses our tokens (${refusal}).`,
                next: "Check SLACK_BOT_TOKEN, and SLACK_APP_TOKEN or SLACK_SIGNING_SECRET.",
              },
              { cause: error, code: refusal },
            );
          }
          log.warn({ err: error }, "Slack does not answer; trying again");
          await clock.sleep(START_AGAIN_MS);
        }
        if (state === "stopped") return;
      }
      state = "started";
      await channels.refresh();
      refreshing = setInterval(() => void channels.refresh(), CHANNELS_EVERY_MS);
      refreshing.unref();
    },
    async stop() {
      const wasStarted = state === "started";
      state = "stopped";
      clearInterval(refreshing);
      if (wasStarted) await app.stop();
    },
    connected: () => (sockets === null ? state === "started" : sockets.connected()),
    notify: (run) => notifier.notify(run),
    async reply(replyTo, reply) {
      if (await replyInForm(asking, replyTo, reply, log)) return;
      const first = reply.kind === "proposed" ? (await runLog.read(reply.run))[0]?.event : undefined;
      const channel = first?.type === "proposed" ? first.channel : replyTo.channel;
      // An answer is worth more than what would be told beside it.
      const runs = await records.underWay(ensemblesOf(reply)).catch(() => undefined);
      await tell({ ...replyTo, threadTs: null }, replyMessage(reply, channel, runs));
    },
    httpAddress: () => http?.address() ?? null,
  };
};

/** Bolt's HTTP receiver bound to its address: Bolt starts a receiver without arguments here. */
const makeHttp = (
  { signingSecret, host, port }: Extract<SlackConfig["receive"], { mode: "http" }>,
  logger: Logger,
): Receiver & { address(): string | null } => {
  const receiver = new HTTPReceiver({ signingSecret, endpoints: SLACK_PATH, logger });
  let server: Server | null = null;
  return {
    init: (app) => receiver.init(app),
    start: async () => {
      server = await receiver.start({ host, port });
      return server;
    },
    stop: () => receiver.stop(),
    address: () => {
      const bound = server?.address();
      return bound == null || typeof bound === "string" ? null : `http://${host}:${bound.port}${SLACK_PATH}`;
    },
  };
};
