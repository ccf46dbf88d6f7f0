// How one workspace behaves: its tokens, its time limits, and how strict it is. The defaults are Slack's own numbers, so that
// what passes here passes there; tests turn times down, never the rules off.

export type WorkspaceOptions = {
  /** 0 lets the system choose a free port. */
  readonly port?: number;
  readonly botToken?: string;
  readonly appToken?: string;
  readonly signingSecret?: string;
  /** Where the app listens for signed requests. Without it, everything goes over Socket Mode. */
  readonly httpApp?: string;
  readonly commands?: readonly string[];
  /** The slash command's "escape channels, users, and links" switch. */
  readonly shouldEscape?: boolean;
  /** `relaxed` lets every call through; only injected rate limits are left. */
  readonly rateLimits?: "strict" | "relaxed";
  readonly ackMs?: number;
  readonly triggerMs?: number;
  readonly responseUrlMs?: number;
  /** Pauses before the second, third and fourth delivery of an event that was not acknowledged. */
  readonly eventRetryMs?: readonly number[];
  /** User groups exist only on paid plans; on a free one their methods answer `plan_upgrade_required`. */
  readonly freePlan?: boolean;
  /** Block types to refuse as `invalid_blocks`, as a workspace does that has not got them yet. */
  readonly refuseBlocks?: readonly string[];
  /** Names of the channels the bot has joined. */
  readonly botChannels?: readonly string[];
};

export type Settings = Required<Omit<WorkspaceOptions, "httpApp">>;

export const settingsFrom = (options: WorkspaceOptions): Settings => ({
  port: options.port ?? 0,
  botToken: options.botToken ?? "xoxb-local",
  appToken: options.appToken ?? "xapp-local",
  signingSecret: options.signingSecret ?? "local-signing-secret",
  commands: options.commands ?? ["/zk"],
  shouldEscape: options.shouldEscape ?? true,
  rateLimits: options.rateLimits ?? "strict",
  ackMs: options.ackMs ?? 3_000,
  triggerMs: options.triggerMs ?? 3_000,
  responseUrlMs: options.responseUrlMs ?? 30 * 60_000,
  eventRetryMs: options.eventRetryMs ?? [1_000, 60_000, 300_000],
  freePlan: options.freePlan ?? false,
  refuseBlocks: options.refuseBlocks ?? [],
  botChannels: options.botChannels ?? ["zookeeper", "ops"],
});
