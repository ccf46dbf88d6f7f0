// One connection to one host: opened when it is first needed, kept, shared by all that work there, opened again when it broke.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import ssh2, { type Client } from "ssh2";
import { OpsError } from "../../errors.ts";
import type { SecretRef, SshAccess } from "../../model/inventory.ts";
import { authMethods, loginUser } from "./credentials.ts";
import { hostKeyRefusal } from "./host-key.ts";
import { algorithmsFor, entriesFor, judgeKey, type KnownHost, parseKnownHosts } from "./known-hosts.ts";
import { makeTurns, type Turns } from "./turns.ts";

/** A host that does not let us in within this time is not one to wait for: the step asks again. */
const CONNECT_LIMIT_MS = 10_000;

/** A link is given up after the two multiplied: longer than a host with a busy disk takes to answer. */
const KEEPALIVE_MS = 2_000;
const KEEPALIVE_COUNT = 4;

/** Below sshd's MaxSessions (10), with room for the kill of a command that takes too long. */
const SESSIONS = 8;

/** A connection that nobody used for this long is closed. */
const IDLE_MS = 120_000;

export type Connection = {
  /** Name of the host for texts. */
  readonly host: string;
  /**
   * Works over the connection, opening it where it is not open. Throws `refused` for a host key that is not known
   * (`HOST_KEY_…`), a login that is not let in (`LOGIN_REFUSED`) and credentials that are not there; `transient`
   * (`UNREACHABLE`) when nobody answers.
   */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Taken by everything that opens a session; a way through to another host is none. */
  readonly sessions: Turns;
  /** Ends it, and with it what is under way. */
  close(): void;
};

type Options = {
  readonly host: string;
  readonly access: SshAccess;
  readonly readSecret: (ref: SecretRef) => string;
  /** The connection to go through; null: straight. */
  readonly jump: Connection | null;
};

const knownHostsFiles = (access: SshAccess): readonly string[] =>
  access.knownHosts === null
    ? [join(homedir(), ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"]
    : [access.knownHosts];

/** A missing file knows nobody. */
const readKnownHosts = async (files: readonly string[]): Promise<readonly KnownHost[]> => {
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return texts.flatMap((text, at) => parseKnownHosts(text, files[at] ?? ""));
};

const unreachable = ({ host, access, jump }: Options, why: string, cause?: unknown): OpsError =>
  new OpsError(
    "transient",
    {
      what: `${host} cannot be reached by ssh at ${access.address} port ${access.port}${jump === null ? "" : ` through ${jump.host}`}: ${why}.`,
      next: "See that the host is up, that its sshd runs and that no firewall is in between. It is tried again.",
    },
    { code: "UNREACHABLE", ...(cause === undefined ? {} : { cause }) },
  );

const loginRefused = ({ host, access }: Options, cause: unknown): OpsError =>
  new OpsError(
    "refused",
    {
      what: `${host}: sshd at ${access.address} does not let ${loginUser(access)} in with the worker's key.`,
      next: `Put the worker's public key into ~${loginUser(access)}/.ssh/authorized_keys there (mode 600, its folder 700), or correct \`user\` and \`ssh.key\` in ensembles.yaml. Then Retry.`,
    },
    { code: "LOGIN_REFUSED", cause },
  );

const offersNoKnownKey = ({ host, access }: Options, entries: readonly KnownHost[], cause: unknown): OpsError =>
  new OpsError(
    "refused",
    {
      what: `${host}: sshd at ${access.address} port ${access.port} offers no host key of a kind that is known (${entries.map(({ keyType, at }) => `${keyType} in ${at}`).join(", ") || "none"}). The host was set up anew, or somebody stands in between.`,
      next: "Ask who looks after the host; if its keys were changed, put the new ones into known_hosts, then Retry.",
    },
    { code: "HOST_KEY_CHANGED", cause },
  );

/** A way to the host's port through the jump host. */
const throughJump = (jump: Client, access: SshAccess): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    jump.forwardOut("127.0.0.1", 0, access.address, access.port, (error, stream) =>
      error === undefined ? resolve(stream) : reject(error),
    );
  });

const logIn = async (options: Options, sock: Duplex | null): Promise<Client> => {
  const { host, access } = options;
  const files = knownHostsFiles(access);
  const [known, methods] = await Promise.all([readKnownHosts(files), authMethods(host, access, options.readSecret)]);
  const entries = entriesFor(known, access.address, access.port);
  const client = new ssh2.Client();
  let refusal: OpsError | null = null;
  return new Promise<Client>((resolve, reject) => {
    const fail = (error: OpsError): void => {
      clearTimeout(limit);
      client.destroy();
      sock?.destroy();
      reject(error);
    };
    const limit = setTimeout(
      () => fail(unreachable(options, `no answer within ${CONNECT_LIMIT_MS / 1000} s`)),
      CONNECT_LIMIT_MS,
    );
    client.on("error", (error: Error & { readonly level?: string; readonly code?: string }) => {
      if (refusal !== null) fail(refusal);
      else if (error.level === "client-authentication") fail(loginRefused(options, error));
      else if (/no matching host key/.test(error.message)) fail(offersNoKnownKey(options, entries, error));
      else fail(unreachable(options, error.code ?? error.message, error));
    });
    client.once("close", () => fail(refusal ?? unreachable(options, "the connection was closed before the login")));
    client.once("ready", () => {
      clearTimeout(limit);
      client.setNoDelay(true);
      resolve(client);
    });
    client.connect({
      ...(sock === null ? { host: access.address, port: access.port } : { sock }),
      username: loginUser(access),
      authHandler: [...methods],
      algorithms: { serverHostKey: [...algorithmsFor(entries)] },
      hostVerifier: (key: Buffer): boolean => {
        const { address, port } = access;
        refusal = hostKeyRefusal(judgeKey(entries, key), { name: host, address, port, key, files });
        return refusal === null;
      },
      readyTimeout: CONNECT_LIMIT_MS,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: KEEPALIVE_COUNT,
    });
  });
};

/** Nothing is opened yet. */
export const makeConnection = (options: Options): Connection => {
  let opening: Promise<Client> | null = null;
  let open: Client | null = null;
  let users = 0;
  let ended = false;
  let idle: NodeJS.Timeout | undefined;
  /** Lets the jump host's connection go: it is in use as long as this one lives. */
  let letJumpGo: (() => void) | null = null;

  const forget = (): void => {
    open = null;
    opening = null;
    letJumpGo?.();
    letJumpGo = null;
  };

  const openThroughJump = (jump: Connection): Promise<Client> =>
    new Promise((resolve, reject) => {
      jump
        .use(async (through) => {
          const sock = await throughJump(through, options.access).catch((error: unknown) => {
            throw unreachable(options, error instanceof Error ? error.message : String(error), error);
          });
          const client = await logIn(options, sock).catch((error: unknown) => {
            sock.destroy();
            throw error;
          });
          const gone = new Promise<void>((go) => {
            letJumpGo = go;
          });
          resolve(client);
          await gone;
        })
        .catch(reject);
    });

  const connect = async (): Promise<Client> => {
    const client = await (options.jump === null ? logIn(options, null) : openThroughJump(options.jump));
    if (ended) {
      client.destroy();
      throw unreachable(options, "zkshift is shutting down");
    }
    open = client;
    client.once("close", () => {
      if (open === client) forget();
    });
    return client;
  };

  const close = (): void => {
    clearTimeout(idle);
    const client = open;
    forget();
    client?.destroy();
  };

  return {
    host: options.host,
    sessions: makeTurns(SESSIONS),
    async use(work) {
      users++;
      clearTimeout(idle);
      try {
        opening ??= connect().catch((error: unknown) => {
          opening = null;
          throw error;
        });
        return await work(await opening);
      } finally {
        users--;
        if (users === 0 && !ended) {
          idle = setTimeout(close, IDLE_MS);
          idle.unref();
        }
      }
    },
    close: () => {
      ended = true;
      close();
    },
  };
};
