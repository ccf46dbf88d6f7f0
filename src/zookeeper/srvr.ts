// What a server says of itself to `srvr`, or to the AdminServer's `server_stats`, as a MemberSeen. Pure.
import type { MemberSeen, Mode } from "../model/ensemble.ts";
import { zxid } from "../model/ids.ts";
import { parseRelease } from "../model/release.ts";
import { NOT_SERVING } from "./four-letter-word.ts";
import { readNumber, readText } from "./json-text.ts";

/** Reads the answer to `srvr` of releases 3.4 to 3.9. What cannot be understood is "unreachable": we do not know. */
export const parseSrvr = (answer: string): MemberSeen => {
  if (answer.includes(NOT_SERVING)) return { status: "not-serving", reason: "looking" };
  const latency = /^Latency min\/avg\/max: *([\d.]+)\/([\d.]+)\/([\d.]+)/m.exec(answer);
  return memberSeen("srvr", {
    version: /^Zookeeper version: *(.*)$/im.exec(answer)?.[1],
    mode: /^Mode: *(.*?) *$/m.exec(answer)?.[1],
    zxid: /^Zxid: *(0x[0-9a-fA-F]+)/m.exec(answer)?.[1],
    connections: /^Connections: *(\d+)/m.exec(answer)?.[1],
    outstanding: /^Outstanding: *(\d+)/m.exec(answer)?.[1],
    latencyMs: [latency?.[1], latency?.[2], latency?.[3]],
  });
};

/** Reads the JSON text of `server_stats` (3.5 and later). */
export const parseServerStats = (answer: string): MemberSeen => {
  if (answer.includes(NOT_SERVING)) return { status: "not-serving", reason: "looking" };
  return memberSeen("server_stats", {
    version: readText(answer, "version"),
    mode: readText(answer, "server_state"),
    zxid: readNumber(answer, "last_processed_zxid"),
    connections: readNumber(answer, "num_alive_client_connections"),
    outstanding: readNumber(answer, "outstanding_requests"),
    latencyMs: [
      readNumber(answer, "min_latency"),
      readNumber(answer, "avg_latency"),
      readNumber(answer, "max_latency"),
    ],
  });
};

type Told = {
  readonly version: string | undefined;
  readonly mode: string | undefined;
  readonly zxid: string | undefined;
  readonly connections: string | undefined;
  readonly outstanding: string | undefined;
  readonly latencyMs: readonly [string | undefined, string | undefined, string | undefined];
};

const MODES: readonly string[] = ["leader", "follower", "observer", "standalone"] satisfies Mode[];
const isMode = (text: string | undefined): text is Mode => text !== undefined && MODES.includes(text);

const memberSeen = (asked: string, told: Told): MemberSeen => {
  // A read-only server has lost its quorum and looks for a new one (zookeeperAdmin, readonlymode.enabled).
  if (told.mode === "read-only") return { status: "not-serving", reason: "looking" };
  const release = parseRelease(told.version ?? "");
  if (release === null || !isMode(told.mode) || told.zxid === undefined) {
    return { status: "unreachable", error: `the answer to ${asked} is not that of a ZooKeeper server` };
  }
  const [min, avg, max] = told.latencyMs;
  return {
    status: "serving",
    mode: told.mode,
    release,
    zxid: zxid(BigInt(told.zxid)),
    connections: Number(told.connections ?? 0),
    outstanding: Number(told.outstanding ?? 0),
    latencyMs: { min: Number(min ?? 0), avg: Number(avg ?? 0), max: Number(max ?? 0) },
    monitor: null,
  };
};
