// Waiting for something that will come true. Vitest's own second is too short on a busy machine; a right test never waits it out.

import { expect } from "vitest";

export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 10_000, interval: 20 });
