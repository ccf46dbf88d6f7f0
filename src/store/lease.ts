// Leases: who may act on an ensemble now. A lease lasts by Redis' clock; its holder counts its own deadline from before it asked,
// so that the holder always gives up first. What acts must ask assertHeld() right before each effect: after a freeze
// (SIGSTOP, a paused machine) no timer has fired yet, but the clocks already tell.
import { randomUUID } from "node:crypto";
import { OpsError } from "../errors.ts";
import type { EnsembleName } from "../model/ids.ts";
import type { Lease, Leases } from "../ports.ts";
import { leaseKey, tokenKey } from "./keys.ts";
import type { RedisConnection } from "./redis.ts";
import { overRedis } from "./redis-error.ts";
import { defineScript } from "./script.ts";
import { acquireLease, releaseLease, renewLease } from "./scripts/lease.ts";

/** Long enough to survive a Redis restart, short enough that another worker goes on in under 20 s. */
const LEASE_TTL_MS = 10_000;
/** A release that Redis does not answer is given up after this: the lease then runs out by itself. */
const RELEASE_PATIENCE_MS = 2_000;

/** A moment on both clocks: the monotonic one stands still while a machine sleeps, the other may be set back. */
type Moment = { readonly monotonicMs: number; readonly wallMs: number };
const moment = (): Moment => ({ monotonicMs: performance.now(), wallMs: Date.now() });
/** Milliseconds gone by since `start`, by the clock that counted more: for a lease too early is harmless, too late is not. */
const elapsedMs = (start: Moment): number => Math.max(performance.now() - start.monotonicMs, Date.now() - start.wallMs);

const lost = (ensemble: EnsembleName, why: string): OpsError =>
  new OpsError(
    "transient",
    {
      what: `This worker no longer holds the lease on ${ensemble}: ${why}.`,
      left: "It does nothing more for this ensemble.",
      next: "Another worker goes on by itself.",
    },
    { code: "LEASE_LOST" },
  );

/** Leases in the Redis behind `redis`. They renew themselves three times in `ttlMs`. */
export const makeLeases = (
  redis: RedisConnection,
  { ttlMs = LEASE_TTL_MS }: { readonly ttlMs?: number } = {},
): Leases => {
  const acquire = defineScript(redis, acquireLease);
  const renew = defineScript(redis, renewLease);
  const release = defineScript(redis, releaseLease);

  const hold = (ensemble: EnsembleName, token: bigint, asked: Moment): Lease => {
    const controller = new AbortController();
    let since = asked;
    let over: string | null = null;
    let renewal: NodeJS.Timeout | undefined;
    let deadline: NodeJS.Timeout | undefined;

    const end = (why: string): void => {
      if (over !== null) return;
      over = why;
      clearTimeout(renewal);
      clearTimeout(deadline);
    };
    const lose = (why: string): void => {
      if (over !== null) return;
      end(why);
      controller.abort(lost(ensemble, why));
    };
    const expired = (): boolean => elapsedMs(since) >= ttlMs;

    const watchDeadline = (): void => {
      clearTimeout(deadline);
      deadline = setTimeout(() => lose("it was not renewed in time"), Math.max(0, ttlMs - elapsedMs(since)));
      deadline.unref();
    };
    const renewLater = (inMs: number): void => {
      renewal = setTimeout(() => void renewNow(), inMs);
      renewal.unref();
    };
    const renewNow = async (): Promise<void> => {
      const before = moment();
      try {
        const renewed = await renew([leaseKey(ensemble)], [token.toString(), ttlMs]);
        if (over !== null) return;
        if (renewed !== 1) return lose("it ran out or another worker took it");
        since = before;
        watchDeadline();
        renewLater(Math.max(0, ttlMs / 3 - elapsedMs(before)));
      } catch {
        // Redis does not answer: ask again until the deadline, which ends it.
        if (over === null) renewLater(ttlMs / 15);
      }
    };

    watchDeadline();
    renewLater(Math.max(0, ttlMs / 3 - elapsedMs(asked)));

    return {
      ensemble,
      token,
      signal: controller.signal,
      assertHeld: () => {
        if (over === null && expired()) lose("it was not renewed in time");
        if (over !== null) throw lost(ensemble, over);
      },
      release: async () => {
        if (over !== null) return;
        end("it was released");
        const patience = new Promise<void>((resolve) => {
          setTimeout(resolve, RELEASE_PATIENCE_MS).unref();
        });
        // Unanswered or refused, the lease runs out by itself, which is all that a release is for.
        const released = release([leaseKey(ensemble)], [token.toString()]).then(
          () => {},
          () => {},
        );
        await Promise.race([released, patience]);
      },
    };
  };

  return {
    acquire: (ensemble: EnsembleName, holder: string) =>
      overRedis(`the lease on ${ensemble} could not be asked for`, async () => {
        const asked = moment();
        const token = await acquire([leaseKey(ensemble), tokenKey(ensemble)], [holder, randomUUID(), ttlMs]);
        if (token === null) return null;
        return hold(ensemble, BigInt(String(token)), asked);
      }),
  };
};
