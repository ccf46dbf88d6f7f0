// The address bar's hash and back.

import { expect, it } from "vitest";
import { formatPlace, parsePlace } from "../../../../../sandbox/workspace/page/place.js";

it("comes back from the hash as it went in", () => {
  const place = { channel: "zookeeper", user: "operator", thread: "1700000000.000100", home: true };
  expect(parsePlace(formatPlace(place))).toEqual(place);
});

it("reads a hash written by hand, and drops what is no timestamp", () => {
  expect(parsePlace("#channel=ops&user=viewer&thread=x&colour=red")).toEqual({ channel: "ops", user: "viewer" });
  expect(parsePlace("")).toEqual({});
});
