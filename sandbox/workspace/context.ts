// What the parts of one workspace share. Everything takes it as an argument; nothing is global, so tests run many at once.

import type { Deliver } from "./delivery.ts";
import type { Faults } from "./faults.ts";
import type { Ids } from "./ids.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { ResponseUrls } from "./response-urls.ts";
import type { Settings } from "./settings.ts";
import type { SocketMode } from "./socket-mode.ts";
import type { State } from "./state.ts";
import type { Triggers } from "./triggers.ts";

/** One call of the Web API, as the workspace saw it. */
type Call = {
  readonly at: number;
  readonly method: string;
  readonly status: number;
  readonly error?: string | undefined;
};

export type Context = {
  readonly settings: Settings;
  readonly url: string;
  readonly state: State;
  readonly ids: Ids;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly limits: RateLimits;
  readonly faults: Faults;
  readonly sockets: SocketMode;
  readonly deliver: Deliver;
  /** Runs something later, unless the workspace has closed by then. */
  readonly later: (ms: number, run: () => void) => void;
  /** The last calls of the Web API, oldest first. */
  readonly calls: Call[];
};
