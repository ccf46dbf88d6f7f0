// What may stand in ensembles.yaml, field by field. What fields mean together is checked in checks.ts.
import { z } from "zod";
import { parseDuration } from "../model/duration.ts";
import type { SecretRef, Service } from "../model/inventory.ts";
import { namesSecret } from "../model/secret-keys.ts";
import { shown } from "./problem.ts";

const DAY_MS = 86_400_000;

/** Names go into argument lists, file names and Redis keys: nothing in them may mean something there. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
export const isName = (text: string): boolean => NAME.test(text);
export const NAME_RULE = "a name is letters, digits, dots, dashes and underscores, and begins with a letter or digit";

const duration = (leastMs: number, least: string) =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const ms = parseDuration(String(value));
    const problem =
      ms === null
        ? `${shown(value)} is not a duration: write 500ms, 10s, 5m, 4h or 1d`
        : ms < leastMs
          ? `must be at least ${least}`
          : ms > 14 * DAY_MS
            ? "must be at most 14d"
            : null;
    if (problem === null) return ms ?? 0;
    context.addIssue({ code: "custom", message: problem });
    return z.NEVER;
  });

const port = z.int("must be a port, 1 to 65535").min(1, "must be 1 to 65535").max(65_535, "must be 1 to 65535");
const text = z.string().min(1, "is empty");
const path = text
  .refine((value) => !value.startsWith("~"), "must be written in full: ~ is not expanded")
  .refine((value) => !value.includes("\n"), "must be on one line");

export const PortsText = z.strictObject({
  client: port.optional(),
  quorum: port.optional(),
  election: port.optional(),
  admin: port.optional(),
});
export type PortsText = z.output<typeof PortsText>;

/** The name of a systemd service unit (systemd.unit(5)); `.service` may be left out. */
const UNIT = /^[A-Za-z0-9][A-Za-z0-9:_.@\\-]*$/;
const OTHER_UNIT = /\.(socket|target|timer|mount|automount|swap|path|slice|scope|device)$/;

const WAYS = "write zkServer, systemd:UNIT, or command: {start: [...], stop: [...], status: [...]}";

const commands = (): z.ZodType<readonly string[]> =>
  z
    .array(
      text.refine((value) => !/[\0\r\n]/.test(value), "must be on one line"),
      "must be a list: a program and its arguments",
    )
    .refine(
      ([program = ""]) => isName(program) || program.startsWith("/"),
      "must begin with a program: its name or its whole path",
    );

const ServiceText = z.strictObject(
  {
    command: z.strictObject(
      { start: commands(), stop: commands(), status: commands() },
      "must hold start, stop and status, each a list, and nothing else",
    ),
  },
  "must hold `command` alone, with start, stop and status",
);

const service = z.unknown().transform((value, context): Service => {
  const say = (message: string, path: readonly PropertyKey[] = []): never => {
    context.addIssue({ code: "custom", message, path: [...path] });
    return z.NEVER;
  };
  if (typeof value === "object" && value !== null) {
    const parsed = ServiceText.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { message, path } of parsed.error.issues) say(message, path);
    return z.NEVER;
  }
  if (value === "zkServer") return value;
  const [, unit] = /^systemd:(.*)$/s.exec(String(value)) ?? [];
  if (unit === undefined) return say(`${shown(value)} is not a way to run servers; ${WAYS}`);
  if (!UNIT.test(unit) || OTHER_UNIT.test(unit)) return say(`${shown(value)} names no service unit of systemd`);
  return { systemd: unit.endsWith(".service") ? unit : `${unit}.service` };
});

/** Never shows the value: it may be the secret itself. */
const secretRef = z.unknown().transform((value, context): SecretRef => {
  const [, from, where] = (typeof value === "string" && /^(env|file):(.+)$/s.exec(value)) || [];
  if (from === "env" && where !== undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(where)) return { from, name: where };
  if (from === "file" && where !== undefined && !where.startsWith("~")) return { from, path: where };
  context.addIssue({
    code: "custom",
    message: "must name where the secret is, never hold it: write env:NAME or file:/path",
  });
  return z.NEVER;
});

// A dash in front would be taken for an option by ssh.
const address = text.regex(/^[A-Za-z0-9_:[][A-Za-z0-9_.:[\]-]*$/, "must be a host name or an IP address");
const userName = text.regex(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, "must be a user name");

/** `[user@]host[:port]`, or the name of another host of the inventory: which of the two is told where all hosts are known. */
const jump = text.regex(
  /^([A-Za-z_][A-Za-z0-9_.-]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9_.-]*)(:\d{1,5})?$/,
  "must be the name of another host here, or user@host:port",
);

export const SshText = z.strictObject({
  address: address.optional(),
  port: port.default(22),
  key: path.optional(),
  passphrase: secretRef.optional(),
  agent: path.optional(),
  knownHosts: path.optional(),
  jump: jump.optional(),
  sudo: z
    .union([z.boolean(), userName], "must be true, false or the name of a user")
    .transform((value) => (value === true ? "root" : value === false ? null : value))
    .default(null),
});

/** A container's or an image's name: the engine takes no others, and a dash in front would be an option of its tools. */
const containerName = text.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]+$/, "must be the name of a container");
const IMAGE = /^[a-z0-9][A-Za-z0-9_./:@{}-]*$/;
const imageName = text.regex(IMAGE, "must be the name of an image, such as zookeeper:3.9.6");

const image = z.union(
  [
    imageName.refine(
      (value) => value.includes("{release}"),
      "must hold {release} where the release stands in the name",
    ),
    z.record(z.string().regex(/^\d+\.\d+\.\d+/, "is not a release"), imageName),
  ],
  "must be the name of an image with {release} in it, such as zookeeper:{release}, or one name a release",
);

const USUAL_SOCKET = "/var/run/docker.sock";
const engine = text.transform((value, context) => {
  const [, socket] = /^unix:\/\/(\/.+)$/.exec(value) ?? [];
  if (socket !== undefined) return { socket };
  const [, host, port] = /^tcp:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})$/.exec(value) ?? [];
  if (host !== undefined) return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
  context.addIssue({
    code: "custom",
    message: `${shown(value)} is not a Docker engine: write unix:///path or tcp://host:port`,
  });
  return z.NEVER;
});

const DockerText = z.strictObject({
  container: containerName,
  image,
  engine: engine.default({ socket: USUAL_SOCKET }),
  certs: path.optional(),
});

export const HostText = z.strictObject({
  driver: z.enum(["local", "ssh", "docker"]),
  address,
  user: userName.nullish(),
  root: path.optional(),
  data: path.optional(),
  dataLog: path.optional(),
  releases: path.optional(),
  current: path.optional(),
  conf: path.optional(),
  logs: path.optional(),
  service: service.default("zkServer"),
  ports: PortsText.default({}),
  ssh: SshText.optional(),
  docker: DockerText.optional(),
});
export type HostText = z.output<typeof HostText>;

/** A name or an id of Slack, with or without the @ people put before it. */
const handle = text
  .regex(/^@?[\p{L}\p{N}._-]+$/u, "must be a Slack id or handle, such as U024BE7LH")
  .transform((value) => value.replace(/^@/, ""));

const ApproversText = z.strictObject({
  users: z.array(handle).default([]),
  groups: z.array(handle).default([]),
  quorum: z.int("must be a whole number").min(1, "must be at least 1").max(20, "must be at most 20").default(1),
  selfApproval: z.boolean().default(false),
  expires: duration(1_000, "1s").default(4 * 3_600_000),
});

/** Settings that say who and where a server is: those change by other means, or not at all while it serves. */
const NOT_A_SETTING =
  /^((server|group|weight)\.\d+|dataDir|dataLogDir|clientPort|clientPortAddress|secureClientPort|dynamicConfigFile|peerType|admin\.serverPort)$/;

const settings = z.record(
  z.string(),
  z
    .union([z.string(), z.number(), z.boolean()], "must be one value")
    .transform(String)
    .refine((value) => !/[\r\n]/.test(value), "must be on one line"),
);

const SECRET = "names a secret, which does not belong in here: let your own tool write it on the hosts";

/** One flag: what a shell or zkServer.sh would take apart is not in it. */
const jvmFlag = text
  .regex(/^-[^\s"'`$\\;&|<>]+$/, "must be one JVM flag, such as -XX:+UseG1GC, without blanks and quotes")
  .refine((value) => !namesSecret(/^-D([^=]+)=/.exec(value)?.[1] ?? ""), SECRET);

const JvmText = z.strictObject({
  heap: z
    .union([z.string(), z.number()])
    .transform(String)
    .refine((value) => /^[1-9]\d*[mgMG]$/.test(value), "must be the largest heap, such as 2g or 1500m")
    .optional(),
  flags: z
    .array(jvmFlag)
    .refine((flags) => new Set(flags).size === flags.length, "names a flag twice")
    .default([]),
});

const canaryPath = text
  .regex(/^\/([^/]+(\/[^/]+)*)?$/, "must be the path of a znode, such as / or /zkshift")
  .refine(
    (value) => value !== "/zookeeper" && !value.startsWith("/zookeeper/"),
    "must not be in /zookeeper, ZooKeeper's own",
  );

const BackupsText = z.strictObject({
  directory: path.optional(),
  keep: z.int("must be a whole number").min(1, "must be at least 1").max(1000, "must be at most 1000").default(14),
  days: z.int("must be a whole number").min(1, "must be at least 1").max(3650, "must be at most 3650").nullish(),
  prove: z.enum(["asked", "always"]).default("asked"),
});

export const EnsembleText = z.strictObject({
  servers: z.record(z.string(), z.string()),
  channel: z
    .unknown()
    .refine((value) => value !== null, "is empty: put quotes around a channel, for # begins a comment")
    .pipe(text.regex(/^(#?[\p{L}\p{N}_-]+)$/u, 'must be a channel, such as "#zookeeper"')),
  approvers: ApproversText,
  gates: z.enum(["once", "leader", "each"]).default("leader"),
  settings: settings
    .superRefine((values, context) => {
      for (const key of Object.keys(values)) {
        if (/^[A-Za-z][\w.-]*$/.test(key) && !NOT_A_SETTING.test(key) && !namesSecret(key)) continue;
        const message = namesSecret(key)
          ? SECRET
          : NOT_A_SETTING.test(key)
            ? "cannot be set here: it says who or where a server is"
            : "is not the name of a setting of zoo.cfg";
        context.addIssue({ code: "custom", path: [key], message });
      }
    })
    .default({}),
  jvm: JvmText.default({ flags: [] }),
  hooks: z.strictObject({ configure: z.array(text).min(1, "is empty").nullish() }).default({}),
  super: secretRef.optional(),
  soak: duration(0, "0s").default(0),
  syncTimeout: duration(1_000, "1s").default(120_000),
  canary: canaryPath.default("/"),
  ports: PortsText.default({}),
  backups: BackupsText.prefault({}),
});
export type EnsembleText = z.output<typeof EnsembleText>;

/** Keys known at a place, for "did you mean"; empty where names are free. */
export const keysAt = (path: readonly string[]): readonly string[] => {
  const [section, , field] = path;
  if (path.length === 0) return ["hosts", "ensembles"];
  if (field === "docker") return Object.keys(DockerText.shape);
  if (field === "ssh") return Object.keys(SshText.shape);
  if (field === "ports") return Object.keys(PortsText.shape);
  if (section === "hosts" && path.length === 2) return Object.keys(HostText.shape);
  if (section === "ensembles" && path.length === 2) return Object.keys(EnsembleText.shape);
  if (field === "approvers") return Object.keys(ApproversText.shape);
  if (field === "jvm") return Object.keys(JvmText.shape);
  if (field === "backups") return Object.keys(BackupsText.shape);
  if (field === "hooks") return ["configure"];
  return [];
};
