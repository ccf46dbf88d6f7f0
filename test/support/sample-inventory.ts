// An inventory on paper: two ensembles, and hosts that none of them uses.
import { ensembleName, type HostName, hostName, serverId } from "../../src/model/ids.ts";
import type { HostSpec, Inventory } from "../../src/model/inventory.ts";
import { sampleSpec } from "./sample-ensemble.ts";
import { samplePolicy } from "./scripted-run.ts";

const sampleHost = (name: string): HostSpec => ({
  name: hostName(name),
  driver: "ssh",
  address: `${name}.internal`,
  user: null,
  paths: {
    root: "/opt/zookeeper",
    releases: "/opt/zookeeper/releases",
    current: "/opt/zookeeper/current",
    conf: "/opt/zookeeper/conf",
    data: "/var/lib/zookeeper",
    dataLog: null,
    logs: "/opt/zookeeper/logs",
  },
  service: "zkServer",
  ports: { client: 2181, quorum: 2888, election: 3888, admin: 8080 },
  ownPorts: {},
  ssh: null,
});

const HOSTS = ["zk1", "zk2", "zk3", "zk4", "zk5", "zk6", "zk7", "bill1"];

/** `orders` on zk1, zk2, zk3; `billing` on bill1; zk4 to zk7 are free. */
export const sampleInventory = (): Inventory => ({
  hosts: new Map(HOSTS.map((name): readonly [HostName, HostSpec] => [hostName(name), sampleHost(name)])),
  ensembles: new Map([
    [ensembleName("orders"), sampleSpec({ approvers: samplePolicy() })],
    [
      ensembleName("billing"),
      sampleSpec({
        name: ensembleName("billing"),
        approvers: samplePolicy(),
        servers: new Map([[serverId(1), hostName("bill1")]]),
      }),
    ],
  ]),
});
