// A program of its own that starts one server, so that a test can kill it in the middle: argv is a placement as JSON and a fence token.
import { makeHosts } from "../../src/hosts/hosts.ts";
import type { Placement } from "../../src/model/inventory.ts";

const [, , placement = "", token = "0"] = process.argv;
process.stdout.write("starting\n");
await makeHosts()
  .server(JSON.parse(placement) as Placement)
  .start(BigInt(token));
process.stdout.write("started\n");
