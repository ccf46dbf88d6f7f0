import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { loadConfig, readConfig, VARIABLES } from "../../src/config.ts";
import { OpsError } from "../../src/errors.ts";
import { REDIS_URL_FORMS } from "../../src/model/redis-server.ts";

const SOCKET = { SLACK_BOT_TOKEN: "xoxb-1-secret", SLACK_APP_TOKEN: "xapp-1-secret" };

const problemsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readConfig(env);
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    expect(error.kind).toBe("input");
    const [heading, ...lines] = error.message.split("\n");
    expect(heading).toBe("zkshift cannot start with this environment:");
    return lines;
  }
  return [];
};

const folder = mkdtempSync(join(tmpdir(), "zkshift-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe("a good environment", () => {
  test("with Slack's tokens alone everything else has its default", () => {
    expect(readConfig(SOCKET)).toEqual({
      role: "all",
      slack: { botToken: "xoxb-1-secret", apiUrl: null, receive: { mode: "socket", appToken: "xapp-1-secret" } },
      redis: {
        url: "redis://127.0.0.1:6379",
        sentinelPassword: null,
        tls: { ca: null, cert: null, key: null },
      },
      ensemblesFile: "./ensembles.yaml",
      releasesUrl: "https://archive.apache.org/dist/zookeeper/",
      stateDir: resolve("state"),
      http: { host: "127.0.0.1", port: 9464 },
      logLevel: "info",
    });
  });

  test("a worker needs nothing of Slack, and gets nothing of it", () => {
    expect(readConfig({ ROLE: "worker" }).slack).toBeNull();
    expect(readConfig({ ROLE: "worker", ...SOCKET }).slack).toBeNull();
  });

  test("a signing secret without an app token means HTTP; with both, Socket Mode", () => {
    const http = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "abc", HTTP_HOST: "0.0.0.0" };
    expect(readConfig(http).slack?.receive).toEqual({
      mode: "http",
      signingSecret: "abc",
      host: "0.0.0.0",
      port: 3000,
    });
    expect(readConfig({ ...http, ...SOCKET }).slack?.receive.mode).toBe("socket");
  });

  test("addresses of folders end in a slash", () => {
    const config = readConfig({
      ...SOCKET,
      SLACK_API_URL: "http://127.0.0.1:3900/api",
      RELEASES_URL: "file:///srv/zk",
    });
    expect(config.slack?.apiUrl).toBe("http://127.0.0.1:3900/api/");
    expect(config.releasesUrl).toBe("file:///srv/zk/");
  });

  test("empty variables count as not given", () => {
    const empty = Object.fromEntries(VARIABLES.map((name) => [name, " "]));
    expect(readConfig({ ...empty, ...SOCKET })).toEqual(readConfig(SOCKET));
  });

  test("secrets may come from files", () => {
    const config = readConfig({
      SLACK_BOT_TOKEN_FILE: file("bot", "xoxb-1-secret\n"),
      SLACK_APP_TOKEN_FILE: file("app", "xapp-1-secret\n"),
      REDIS_URL_FILE: file("redis", "rediss://u:p@redis.internal:6380/1\n"),
    });
    expect(config.slack).toEqual(readConfig(SOCKET).slack);
    expect(config.redis.url).toBe("rediss://u:p@redis.internal:6380/1");
  });
});

describe("a bad environment", () => {
  test("all that is missing is named at once", () => {
    expect(problemsOf({})).toEqual([
      "SLACK_BOT_TOKEN: is missing; it is the app's bot token, xoxb-… (set ROLE=worker for a process without Slack)",
      "SLACK_APP_TOKEN: is missing; give it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP (role all; set ROLE=worker for a process without Slack)",
    ]);
  });

  test("all that is wrong is named at once", () => {
    const problems = problemsOf({
      ROLE: "boss",
      REDIS_URL: "127.0.0.1:6379",
      RELEASES_URL: "ftp://x",
      SLACK_API_URL: "slack.com",
      HTTP_PORT: "70000",
      SLACK_HTTP_PORT: "web",
      LOG_LEVEL: "loud",
    });
    expect(problems).toEqual([
      'ROLE: must be all, bot or worker, not "boss"',
      'SLACK_API_URL: must be an address such as http://127.0.0.1:3900/api/, not "slack.com"',
      'SLACK_HTTP_PORT: must be a port, 0 to 65535, not "web"',
      `REDIS_URL: must be an address such as ${REDIS_URL_FORMS}`,
      'RELEASES_URL: must be an address such as https://archive.apache.org/dist/zookeeper/ or file:///srv/zookeeper/, not "ftp://x"',
      'HTTP_PORT: must be a port, 0 to 65535, not "70000"',
      'LOG_LEVEL: must be trace, debug, info, warn, error, fatal or silent, not "loud"',
    ]);
  });

  test("exchanged tokens are told apart, and not shown", () => {
    const problems = problemsOf({ SLACK_BOT_TOKEN: "xapp-1-hunter2", SLACK_APP_TOKEN: "xoxb-1-hunter2" });
    expect(problems).toEqual([
      "SLACK_BOT_TOKEN: must be a bot token, which begins with xoxb-",
      "SLACK_APP_TOKEN: must be an app-level token, which begins with xapp-",
    ]);
  });

  test("a password in a bad Redis address is not shown", () => {
    expect(problemsOf({ ROLE: "worker", REDIS_URL: "http://:hunter2@x" }).join()).not.toContain("hunter2");
  });

  test("a secret's file that is not there, is empty, or stands beside the secret itself is named", () => {
    expect(
      problemsOf({
        SLACK_BOT_TOKEN: "xoxb-1",
        SLACK_BOT_TOKEN_FILE: "/x",
        SLACK_APP_TOKEN_FILE: join(folder, "nobody"),
        REDIS_URL_FILE: file("empty", "\n"),
      }),
    ).toEqual([
      "SLACK_BOT_TOKEN_FILE: SLACK_BOT_TOKEN is set too; give only one of them",
      `SLACK_APP_TOKEN_FILE: ${join(folder, "nobody")} cannot be read (ENOENT)`,
      `REDIS_URL_FILE: ${join(folder, "empty")} is empty`,
    ]);
  });

  test("Slack's requests need a port of their own", () => {
    const http = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "abc", SLACK_HTTP_PORT: "9464" };
    expect(problemsOf(http)).toEqual([
      "SLACK_HTTP_PORT: is 9464, as HTTP_PORT is; Slack's requests need a port of their own",
    ]);
    expect(problemsOf({ ...SOCKET, SLACK_HTTP_PORT: "9464" })).toEqual([]);
  });
});

describe("the .env file", () => {
  const before = { ...process.env };
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  });

  test("fills in what the real environment does not have", () => {
    for (const name of VARIABLES) delete process.env[name];
    process.env.HTTP_PORT = "1234";
    const path = file("dotenv", "ROLE=worker\nHTTP_PORT=5678\nLOG_LEVEL=debug # loud\n");
    expect(loadConfig(path)).toMatchObject({ role: "worker", logLevel: "debug", http: { port: 1234 } });
  });

  test("need not be there", () => {
    for (const name of VARIABLES) delete process.env[name];
    process.env.ROLE = "worker";
    expect(loadConfig(join(folder, "no.env")).role).toBe("worker");
  });
});

describe(".env.example", () => {
  const lines = readFileSync(".env.example", "utf8").split("\n");
  const named = lines.flatMap((line) => /^(?:# )?([A-Z][A-Z_]*)=(.*)$/.exec(line)?.slice(1, 3) ?? []);
  const pairs = named.flatMap((name, index) => (index % 2 === 0 ? [[name, named[index + 1] ?? ""] as const] : []));

  test("names exactly the variables that are read", () => {
    expect(pairs.map(([name]) => name).toSorted()).toEqual([...VARIABLES].toSorted());
  });

  test("explains each: a comment stands above it", () => {
    const isVariable = (line: string): boolean => /^(# )?[A-Z][A-Z_]*=/.test(line);
    lines.forEach((line, index) => {
      if (!isVariable(line)) return;
      const above = lines.slice(0, index).findLast((other) => !isVariable(other));
      expect(above, line).toMatch(/^# /);
    });
  });

  test("shows the defaults as they are", () => {
    const shown = Object.fromEntries(pairs);
    expect(readConfig({ ...shown, ...SOCKET })).toEqual(readConfig(SOCKET));
    const http = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "x" };
    expect(readConfig({ ...shown, ...http })).toEqual(readConfig(http));
  });

  test("sets nothing but empty variables when it is copied as it is", () => {
    expect(Object.values(parseEnv(lines.join("\n"))).join("")).toBe("");
  });
});

describe("each role alone", () => {
  test("a bot starts with Slack's secrets only, whatever else there is, and a worker without them", () => {
    expect(readConfig({ ROLE: "bot", ...SOCKET }).slack).not.toBeNull();
    expect(readConfig({ ROLE: "worker", REDIS_URL: "redis://h" })).toMatchObject({ role: "worker", slack: null });
  });
});

describe("Redis with TLS, Sentinels, or as a Cluster", () => {
  test("certificates are read from their files", () => {
    const config = readConfig({
      ROLE: "worker",
      REDIS_URL: "rediss+sentinel://s1,s2/zk",
      REDIS_SENTINEL_PASSWORD_FILE: file("sentinel", "hunter2\n"),
      REDIS_CA_FILE: file("ca", "CA TEXT\n"),
      REDIS_CERT_FILE: file("cert", "CERT TEXT\n"),
      REDIS_KEY_FILE: file("key", "KEY TEXT\n"),
    });
    expect(config.redis).toEqual({
      url: "rediss+sentinel://s1,s2/zk",
      sentinelPassword: "hunter2",
      tls: { ca: "CA TEXT", cert: "CERT TEXT", key: "KEY TEXT" },
    });
  });

  test("a certificate that is not there, is half, or is of no use is named", () => {
    const gone = join(folder, "nobody");
    expect(problemsOf({ ROLE: "worker", REDIS_URL: "rediss://h", REDIS_CA_FILE: gone })).toEqual([
      `REDIS_CA_FILE: ${gone} cannot be read (ENOENT)`,
    ]);
    expect(problemsOf({ ROLE: "worker", REDIS_URL: "redis://h", REDIS_CA_FILE: file("ca2", "X") })).toEqual([
      "REDIS_CA_FILE: is for TLS only; let REDIS_URL begin with rediss",
    ]);
    expect(problemsOf({ ROLE: "worker", REDIS_URL: "rediss://h", REDIS_KEY_FILE: file("key2", "X") })).toEqual([
      "REDIS_CERT_FILE: goes with REDIS_KEY_FILE; give both or neither",
    ]);
  });
});
