// The environment → Config. Names every bad variable at once, in words, and never shows a secret. Variables are explained in
// .env.example; a test holds both to the same list.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { OpsError } from "./errors.ts";
import { parseRedisUrl, REDIS_URL_FORMS, type RedisServer } from "./model/redis-server.ts";

type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

export type SlackConfig = {
  readonly botToken: string;
  /** Null: Slack itself. Ends in `/`. */
  readonly apiUrl: string | null;
  readonly receive:
    | { readonly mode: "socket"; readonly appToken: string }
    | { readonly mode: "http"; readonly signingSecret: string; readonly host: string; readonly port: number };
};

export type Config = {
  readonly role: "all" | "bot" | "worker";
  /** Null for a worker, which never talks to Slack. */
  readonly slack: SlackConfig | null;
  readonly redis: RedisServer;
  /** As given, so that errors name it as people know it. */
  readonly ensemblesFile: string;
  /** Ends in `/`. */
  readonly releasesUrl: string;
  /** Absolute. */
  readonly stateDir: string;
  /** Health and metrics. */
  readonly http: { readonly host: string; readonly port: number };
  readonly logLevel: LogLevel;
};

type Environment = Readonly<Record<string, string | undefined>>;

const port = z
  .string()
  .regex(/^\d{1,5}$/, "must be a port, 0 to 65535")
  .transform(Number)
  .refine((value) => value <= 65_535, "must be a port, 0 to 65535");

const withSlash = (url: string): string => (url.endsWith("/") ? url : `${url}/`);

const url = (protocols: readonly string[], example: string) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be an address such as ${example}`,
    );

/** Each variable: what it may be, and what it is when not given. */
const FIELDS = {
  ROLE: z.enum(["all", "bot", "worker"], "must be all, bot or worker").default("all"),
  SLACK_BOT_TOKEN: z.string().startsWith("xoxb-", "must be a bot token, which begins with xoxb-").optional(),
  SLACK_APP_TOKEN: z.string().startsWith("xapp-", "must be an app-level token, which begins with xapp-").optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_API_URL: url(["https:", "http:"], "http://127.0.0.1:3900/api/").transform(withSlash).optional(),
  SLACK_HTTP_PORT: port.default(3000),
  REDIS_URL: z
    .string()
    .refine((value) => parseRedisUrl(value) !== null, `must be an address such as ${REDIS_URL_FORMS}`)
    .default("redis://127.0.0.1:6379"),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  REDIS_CA_FILE: z.string().optional(),
  REDIS_CERT_FILE: z.string().optional(),
  REDIS_KEY_FILE: z.string().optional(),
  ENSEMBLES_FILE: z.string().default("./ensembles.yaml"),
  RELEASES_URL: url(
    ["https:", "http:", "file:"],
    "https://archive.apache.org/dist/zookeeper/ or file:///srv/zookeeper/",
  )
    .transform(withSlash)
    .default("https://archive.apache.org/dist/zookeeper/"),
  STATE_DIR: z
    .string()
    .default("./state")
    .transform((path) => resolve(path)),
  HTTP_HOST: z.string().default("127.0.0.1"),
  HTTP_PORT: port.default(9464),
  LOG_LEVEL: z
    .enum(
      ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
      "must be trace, debug, info, warn, error, fatal or silent",
    )
    .default("info"),
} as const;

/** Variables that hold a secret: each may be given as a file, `<NAME>_FILE`, and none is ever shown. */
const SECRETS = [
  "SLACK_BOT_TOKEN",
  "SLACK_APP_TOKEN",
  "SLACK_SIGNING_SECRET",
  "REDIS_URL",
  "REDIS_SENTINEL_PASSWORD",
] as const;
const isSecret = (name: string): boolean => SECRETS.some((secret) => secret === name);

/** Every variable that zkshift reads by itself; the inventory may name more, for secrets. */
export const VARIABLES: readonly string[] = [...Object.keys(FIELDS), ...SECRETS.map((name) => `${name}_FILE`)];

type Problems = string[];

/** The variables with a value; files of secrets are read. An empty variable counts as not given, as compose files pass them. */
const given = (env: Environment, problems: Problems): Readonly<Record<string, string>> => {
  const values: Record<string, string> = {};
  for (const name of Object.keys(FIELDS)) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== "") values[name] = value;
  }
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`]?.trim();
    if (file === undefined || file === "") continue;
    if (values[name] !== undefined) {
      problems.push(`${name}_FILE: ${name} is set too; give only one of them`);
      continue;
    }
    const value = readGiven(`${name}_FILE`, file, problems);
    if (value !== null) values[name] = value;
  }
  return values;
};

/** The text of a file that a variable names; null, and a problem more, when there is none. */
const readGiven = (variable: string, file: string, problems: Problems): string | null => {
  try {
    const value = readFileSync(file, "utf8").trim();
    if (value !== "") return value;
    problems.push(`${variable}: ${file} is empty`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    problems.push(`${variable}: ${file} cannot be read (${code})`);
  }
  return null;
};

const words = (issue: z.core.$ZodIssue, values: Readonly<Record<string, string>>): string => {
  const name = String(issue.path[0]);
  return isSecret(name)
    ? `${name}: ${issue.message}`
    : `${name}: ${issue.message}, not ${JSON.stringify(values[name] ?? "")}`;
};

const checkSlack = (values: Readonly<Record<string, string>>, role: string, problems: Problems): void => {
  const wasTried = (name: string): boolean =>
    values[name] !== undefined || problems.some((problem) => problem.startsWith(`${name}_FILE:`));
  const asWorker = "set ROLE=worker for a process without Slack";
  if (!wasTried("SLACK_BOT_TOKEN")) {
    problems.push(`SLACK_BOT_TOKEN: is missing; it is the app's bot token, xoxb-… (${asWorker})`);
  }
  if (!wasTried("SLACK_APP_TOKEN") && !wasTried("SLACK_SIGNING_SECRET")) {
    problems.push(
      `SLACK_APP_TOKEN: is missing; give it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP (role ${role}; ${asWorker})`,
    );
  }
};

const redisOf = (data: z.output<z.ZodObject<typeof FIELDS>>, problems: Problems): RedisServer => {
  const place = parseRedisUrl(data.REDIS_URL);
  const pem = (name: "REDIS_CA_FILE" | "REDIS_CERT_FILE" | "REDIS_KEY_FILE"): string | null => {
    const file = data[name];
    if (file === undefined) return null;
    if (place?.tls === false) problems.push(`${name}: is for TLS only; let REDIS_URL begin with rediss`);
    return readGiven(name, file, problems);
  };
  const tls = { ca: pem("REDIS_CA_FILE"), cert: pem("REDIS_CERT_FILE"), key: pem("REDIS_KEY_FILE") };
  if ((data.REDIS_CERT_FILE === undefined) !== (data.REDIS_KEY_FILE === undefined)) {
    problems.push("REDIS_CERT_FILE: goes with REDIS_KEY_FILE; give both or neither");
  }
  return { url: data.REDIS_URL, sentinelPassword: data.REDIS_SENTINEL_PASSWORD ?? null, tls };
};

/** Config of an environment. Throws `input` with all problems, one a line, `<VARIABLE>: <what is wrong>`. */
export const readConfig = (env: Environment): Config => {
  const problems: Problems = [];
  const values = given(env, problems);
  const parsed = z.object(FIELDS).safeParse(values);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => words(issue, values)));
  const role = values.ROLE ?? "all";
  if (role === "all" || role === "bot") checkSlack(values, role, problems);

  const data = parsed.data;
  const usesHttp = role !== "worker" && values.SLACK_APP_TOKEN === undefined;
  if (data !== undefined && usesHttp && data.SLACK_HTTP_PORT === data.HTTP_PORT && data.HTTP_PORT !== 0) {
    problems.push(`SLACK_HTTP_PORT: is ${data.HTTP_PORT}, as HTTP_PORT is; Slack's requests need a port of their own`);
  }
  const redis = data === undefined ? null : redisOf(data, problems);
  if (problems.length > 0 || data === undefined || redis === null) {
    throw new OpsError("input", {
      what: `zkshift cannot start with this environment:\n${problems.join("\n")}`,
      next: "Correct the variables (.env.example explains each) and start it again.",
    });
  }
  return {
    role: data.ROLE,
    slack: data.ROLE === "worker" ? null : slackOf(data),
    redis,
    ensemblesFile: data.ENSEMBLES_FILE,
    releasesUrl: data.RELEASES_URL,
    stateDir: data.STATE_DIR,
    http: { host: data.HTTP_HOST, port: data.HTTP_PORT },
    logLevel: data.LOG_LEVEL,
  };
};

/** Socket Mode when there is a token for it: an app that has both secrets need not be reachable from outside. */
const slackOf = (data: z.output<z.ZodObject<typeof FIELDS>>): SlackConfig => ({
  botToken: data.SLACK_BOT_TOKEN ?? "",
  apiUrl: data.SLACK_API_URL ?? null,
  receive:
    data.SLACK_APP_TOKEN === undefined
      ? {
          mode: "http",
          signingSecret: data.SLACK_SIGNING_SECRET ?? "",
          host: data.HTTP_HOST,
          port: data.SLACK_HTTP_PORT,
        }
      : { mode: "socket", appToken: data.SLACK_APP_TOKEN },
});

/** Config of this process: its environment, with what `.env` in the current folder adds. Real variables stand before `.env`. */
export const loadConfig = (envFile = ".env"): Config => {
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  return readConfig(process.env);
};
