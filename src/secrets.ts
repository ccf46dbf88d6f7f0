// Secrets are named in ensembles.yaml and fetched where and when they are needed; nothing keeps them.
import { readFileSync } from "node:fs";
import { OpsError } from "./errors.ts";
import type { SecretRef } from "./model/inventory.ts";

const missing = (what: string, next: string, cause?: unknown): OpsError =>
  new OpsError("refused", { what, next }, { code: "SECRET_MISSING", ...(cause === undefined ? {} : { cause }) });

/**
 * The secret that `ref` names; a file's last line end is not part of it. Throws `refused` with code `SECRET_MISSING` when it is
 * not there or empty. Errors name the place, never the secret.
 */
export const readSecret = (ref: SecretRef, env: Readonly<Record<string, string | undefined>> = process.env): string => {
  if (ref.from === "env") {
    const value = env[ref.name];
    if (value !== undefined && value !== "") return value;
    throw missing(
      `The worker's environment has no ${ref.name}, which ensembles.yaml names as a secret.`,
      `Set ${ref.name} for the worker and restart it.`,
    );
  }
  let text: string;
  try {
    text = readFileSync(ref.path, "utf8");
  } catch (error) {
    throw missing(
      `The worker cannot read the secret file ${ref.path} (${(error as NodeJS.ErrnoException).code ?? "unknown error"}).`,
      "Put it there, readable for the worker's user.",
      error,
    );
  }
  const value = text.replace(/\r?\n$/, "");
  if (value === "") throw missing(`The secret file ${ref.path} is empty.`, "Write the secret into it.");
  return value;
};
