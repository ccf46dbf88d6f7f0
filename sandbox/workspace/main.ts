// `npm run workspace`: one workspace from the command line, until Ctrl-C.

import { parseArgs } from "node:util";
import { startWorkspace, type WorkspaceOptions } from "./workspace.ts";

const usage = `npm run workspace -- [options]

  --port <number>            where to listen on 127.0.0.1 (default 3900)
  --http-app <address>       send signed requests to this address instead of using Socket Mode
  --signing-secret <secret>  what to sign them with (default local-signing-secret)
  --relaxed-limits           no rate limits
  --free-plan                no user groups
  --help                     this text
`;

function readOptions(): WorkspaceOptions | undefined {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "3900" },
      "http-app": { type: "string" },
      "signing-secret": { type: "string" },
      "relaxed-limits": { type: "boolean", default: false },
      "free-plan": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("--port must be a number from 0 to 65535");
  const httpApp = values["http-app"];
  if (httpApp !== undefined && !URL.canParse(httpApp))
    throw new Error("--http-app must be an address such as http://127.0.0.1:3000/slack/events");
  const signingSecret = values["signing-secret"];
  return {
    port,
    rateLimits: values["relaxed-limits"] ? "relaxed" : "strict",
    freePlan: values["free-plan"],
    ...(httpApp === undefined ? {} : { httpApp }),
    ...(signingSecret === undefined ? {} : { signingSecret }),
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    process.stdout.write(usage);
    return;
  }
  const workspace = await startWorkspace(options);
  process.stdout.write(`The workspace is at ${workspace.url}

  SLACK_API_URL=${workspace.apiUrl}
  SLACK_BOT_TOKEN=${workspace.botToken}
  SLACK_APP_TOKEN=${workspace.appToken}
  SLACK_SIGNING_SECRET=${workspace.signingSecret}

${options.httpApp === undefined ? "It waits for the app over Socket Mode." : `It sends signed requests to ${options.httpApp}.`} Ctrl-C stops it.
`);
  const stop = () => void workspace.close().then(() => process.exit(0));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error: unknown) => {
  const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  const why = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${taken ? `${why}: choose another --port, or stop what listens there` : why}\n\n${usage}`);
  process.exitCode = 1;
});
