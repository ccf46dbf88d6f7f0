// One question to a server's AdminServer (zookeeperAdmin, "The AdminServer"; 3.5 and later). Reads only; commands that
// change something (restore, leave and the like) are not asked here.
import { request } from "node:http";
import { OpsError } from "../errors.ts";
import type { Address } from "../model/ensemble.ts";
import type { AdminAddress } from "../ports.ts";
import { addressText, errnoOf } from "./network-error.ts";

const ANSWER_LIMIT = 64 * 1024 * 1024;

/**
 * The JSON text of `/commands/<command>`. It stays text because its 64-bit numbers do not survive JSON.parse. Throws
 * `transient` when no answer comes in time or the answer is not 200.
 */
const askAdminServer = (admin: Address, command: string, timeoutMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const fail = (code: string, why: string, cause?: unknown): void => {
      clearTimeout(deadline);
      asked.destroy();
      reject(
        new OpsError(
          "transient",
          {
            what: `The AdminServer at ${addressText(admin)} did not answer \`${command}\`: ${why}.`,
            next: "See whether the server runs and its admin.serverPort can be reached from the worker.",
          },
          { code, cause },
        ),
      );
    };
    const asked = request(
      // Without an agent no connection stays behind that could keep a process alive.
      { host: admin.host, port: admin.port, path: `/commands/${command}`, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > ANSWER_LIMIT) fail("TOO_LONG", `an answer above ${ANSWER_LIMIT} bytes`);
        });
        response.on("error", (cause) => fail(errnoOf(cause), cause.message, cause));
        response.on("end", () => {
          if (response.statusCode !== 200) return fail("HTTP_STATUS", `HTTP status ${response.statusCode}`);
          clearTimeout(deadline);
          resolve(Buffer.concat(chunks).toString("utf8"));
        });
      },
    );
    const deadline = setTimeout(() => fail("TIMEOUT", `no answer within ${timeoutMs} ms`), timeoutMs);
    asked.on("error", (cause) => fail(errnoOf(cause), cause.message, cause));
    asked.end();
  });

/**
 * The same, but only of the server meant: the first AdminServer of a machine takes its port on every address, and the others
 * go on without one, so that the port may be answered by another server, even of another ensemble. Throws `transient`
 * (`NOT_ITS_OWN`) then. Where it is not said whose it is, anybody's answer counts.
 */
export const askOwnAdminServer = async (admin: AdminAddress, command: string, timeoutMs: number): Promise<string> => {
  if (admin.of === undefined) return askAdminServer(admin, command, timeoutMs);
  const [answer, configuration] = await Promise.all([
    askAdminServer(admin, command, timeoutMs),
    askAdminServer(admin, "configuration", timeoutMs),
  ]);
  const told = (key: string): number =>
    Number(new RegExp(`"${key}"\\s*:\\s*(\\d+)`).exec(configuration)?.[1] ?? Number.NaN);
  const { id, clientPort } = admin.of;
  if (told("server_id") === id && told("client_port") === clientPort) return answer;
  throw new OpsError(
    "transient",
    {
      what: `The AdminServer at ${addressText(admin)} is not that of server.${id} with client port ${clientPort}, but of server.${told("server_id")} with ${told("client_port")}.`,
      next: "Set ports.admin of that host in ensembles.yaml to the server's own admin.serverPort.",
    },
    { code: "NOT_ITS_OWN" },
  );
};
