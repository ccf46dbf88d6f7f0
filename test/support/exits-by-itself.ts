// Run as a program of its own: opens a session and looks at a server, closes the session, and has to end by itself.
// Arguments: host and port of a server. Prints `closed` once the session is closed.
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";

const [host = "", port = ""] = process.argv.slice(2);
const server = { host, port: Number(port) };
const zookeeper = makeZooKeeper();
const session = await zookeeper.connect({ servers: [server, { host: "127.0.0.1", port: 1 }] });
await Promise.all([session.getChildren("/"), session.exists("/nothing"), zookeeper.see(server, server)]);
await session.close();
console.log("closed");
