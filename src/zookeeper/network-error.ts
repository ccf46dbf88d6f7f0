// What connections over the network have in common when they fail, in codes and in words.
import type { Address } from "../model/ensemble.ts";

/** `host:port`, an IPv6 host in brackets. */
export const addressText = ({ host, port }: Address): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/**
 * The errno of a failed connection, `UNKNOWN` where there is none. A name with several addresses fails with all their
 * errors at once: then the first that is not a refusal, because only all refused means refused.
 */
export const errnoOf = (error: unknown): string => {
  if (error instanceof AggregateError) {
    const codes = error.errors.map(errnoOf);
    return codes.find((code) => code !== "ECONNREFUSED") ?? codes[0] ?? "UNKNOWN";
  }
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return "UNKNOWN";
};
