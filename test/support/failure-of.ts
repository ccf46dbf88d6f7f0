// What a promise that has to fail failed with.
import { OpsError } from "../../src/errors.ts";

/** Rejects when it did not fail, and with whatever it failed with that is no OpsError. */
export const failureOf = async (promise: Promise<unknown>): Promise<OpsError> => {
  const error = await promise.then(
    (value) => new Error(`it did not fail: ${JSON.stringify(value)}`),
    (cause: unknown) => cause,
  );
  if (error instanceof OpsError) return error;
  throw error;
};

/** `refused DATA_NOT_EMPTY` */
export const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const error = await failureOf(promise);
  return `${error.kind} ${error.code}`;
};
