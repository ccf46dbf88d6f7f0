// Who is connected to a server: what people must know before it is stopped for good.

/** One client connection, as `cons` or the AdminServer tells it. */
export type ClientConnection = {
  /** `10.0.0.9:51234` */
  readonly address: string;
  /** `0x1000004af` */
  readonly session: string;
  /** Epoch ms; null where it is not told. */
  readonly since: number | null;
  /** The session's negotiated time-out; absent where it is not told, and in records of earlier releases. */
  readonly timeoutMs?: number;
};

/** The clients of one server, zkshift's own sessions left out. */
export type ServerClients = {
  readonly server: number;
  readonly host: string;
  /** Oldest first, at most {@link MOST_LISTED}. */
  readonly connections: readonly ClientConnection[];
  /** How many there are; more than are listed where the list was cut, or where the server may not tell who they are. */
  readonly count: number;
};

/** A run's log holds no more of them: whoever has more clients than that looks at the server. */
export const MOST_LISTED = 50;
