// What the worker shows a host to be let in: the key the inventory names; else what the agent holds, and the usual keys of ~/.ssh.
import { readFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import ssh2, { type AnyAuthMethod } from "ssh2";
import { OpsError } from "../../errors.ts";
import type { SecretRef, SshAccess } from "../../model/inventory.ts";

/** As ssh tries them by itself, those that ssh2 reads. */
const USUAL_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"] as const;

/** Whom to log in as: whom the inventory names, else the worker's own user. */
export const loginUser = (access: SshAccess): string => access.user ?? userInfo().username;

const refused = (code: string, what: string, next: string): OpsError =>
  new OpsError("refused", { what, next }, { code });

const keyFrom = async (host: string, path: string): Promise<Buffer> => {
  try {
    return await readFile(path);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw refused(
      "KEY_UNREADABLE",
      `${host}: the worker cannot read the key ${path} (${why}).`,
      "Put the private key there, readable for the worker's user only, or correct `ssh.key` in ensembles.yaml.",
    );
  }
};

/**
 * The ways to try, in order. Throws `refused`: `KEY_UNREADABLE`, `KEY_LOCKED` (a passphrase is missing or wrong), `NO_KEY` (nothing
 * to try), and what `readSecret` throws.
 */
export const authMethods = async (
  host: string,
  access: SshAccess,
  readSecret: (ref: SecretRef) => string,
): Promise<readonly AnyAuthMethod[]> => {
  const username = loginUser(access);
  if (access.key !== null) {
    const key = await keyFrom(host, access.key);
    const passphrase = access.passphrase === null ? undefined : readSecret(access.passphrase);
    const parsed = ssh2.utils.parseKey(key, passphrase);
    if (parsed instanceof Error) {
      const next =
        access.passphrase === null
          ? "Name its passphrase as `ssh.passphrase: env:NAME` (or file:/path), or use a key without one that only the worker can read."
          : "Check the secret that `ssh.passphrase` names, and that the file is a private key of OpenSSH or PEM.";
      throw refused("KEY_LOCKED", `${host}: the key ${access.key} cannot be used: ${parsed.message}.`, next);
    }
    return [{ type: "publickey", username, key, ...(passphrase === undefined ? {} : { passphrase }) }];
  }
  const methods: AnyAuthMethod[] = [];
  const agent = access.agent ?? process.env.SSH_AUTH_SOCK ?? "";
  if (agent !== "") methods.push({ type: "agent", username, agent });
  for (const name of USUAL_KEYS) {
    const key = await readFile(join(homedir(), ".ssh", name)).catch(() => null);
    // A locked key of a person is no fault: others may do.
    if (key !== null && !(ssh2.utils.parseKey(key) instanceof Error))
      methods.push({ type: "publickey", username, key });
  }
  if (methods.length > 0) return methods;
  throw refused(
    "NO_KEY",
    `${host}: the worker has nothing to log in with: no ssh.key is named, there is no agent, and ${join(homedir(), ".ssh")} has no key without a passphrase.`,
    "Name a private key as `ssh.key` of the host in ensembles.yaml, and put its public half into authorized_keys there.",
  );
};
