// What a way to pause writes has to be able to do. All of it may be entered at any point, by any worker, again and again.
import type { Failure } from "../errors.ts";
import type { World } from "./world.ts";

/** As in the evidence of `pause-writes`. */
export type Paused = {
  readonly znodes: number;
  readonly persistent: number;
  readonly fenced: number;
  readonly saved: string | null;
  readonly through?: readonly string[];
  readonly ownMachine?: readonly number[];
};

export type PauseWay = {
  /** What forbids it; null when nothing does. Changes nothing. Throws `transient` where a host cannot be asked. */
  whyNot(world: World): Promise<Pick<Failure, "what" | "left" | "next"> | null>;
  pause(world: World): Promise<Paused>;
  /** Ids of the servers that refused an ordinary client's write. Throws `step-failed` when one took it; that is taken back. */
  refusals(world: World): Promise<readonly number[]>;
  /** Ends the pause; how many places it was still in force at. */
  resume(world: World): Promise<number>;
  /** Renews what would end by itself; absent where the pause stays until it is ended. */
  keep?(world: World): Promise<void>;
  /** Whether a znode whose ACL lets somebody write is a sign that somebody else ended the pause there. */
  readonly byAcl: boolean;
};
