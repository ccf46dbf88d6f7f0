import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { OpsError } from "../../src/errors.ts";
import { followInventory, loadInventory, parseInventory } from "../../src/inventory.ts";
import { ensembleName, hostName, serverId } from "../../src/model/ids.ts";

const HOSTS = `hosts:
  zk1: { driver: local, address: 127.0.0.1, root: /zk/1 }
  zk2: { driver: local, address: 127.0.0.2, root: /zk/2 }
  zk3: { driver: local, address: 127.0.0.3, root: /zk/3 }
`;
const ORDERS = `ensembles:
  orders:
    servers: { 1: zk1, 2: zk2, 3: zk3 }
    channel: "#zookeeper"
    approvers: { users: [U024BE7LH] }
`;
const GOOD = HOSTS + ORDERS;

/** The lines of the error that a text gives, without its heading. */
const problemsOf = (text: string): readonly string[] => {
  try {
    parseInventory(text, "ensembles.yaml");
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    expect(error.kind).toBe("input");
    const [heading, ...lines] = error.message.split("\n");
    expect(heading).toBe("ensembles.yaml cannot be used:");
    return lines;
  }
  return [];
};
const orders = (text: string) => parseInventory(text, "/etc/zk/ensembles.yaml").ensembles.get(ensembleName("orders"));
const host = (text: string, name: string) => parseInventory(text, "/etc/zk/ensembles.yaml").hosts.get(hostName(name));

describe("a good inventory", () => {
  test("the example loads", () => {
    const inventory = loadInventory("ensembles.example.yaml");
    expect([...inventory.hosts.keys()]).toEqual(["zk1", "zk2", "zk3", "zk4", "zk5", "zk6", "box1"]);
    expect([...inventory.ensembles.keys()]).toEqual(["orders", "inventory"]);
    expect(inventory.hosts.get(hostName("box1"))).toMatchObject({
      user: null,
      paths: { root: join(process.cwd(), "zk/box1"), conf: "/etc/zookeeper/box1" },
      ports: { client: 2191, quorum: 2898, election: 3898, admin: 8081 },
      ownPorts: { admin: 8081 },
    });
    expect(inventory.hosts.get(hostName("zk4"))?.paths).toMatchObject({ dataLog: "/var/lib/zookeeper-log" });
    expect(inventory.ensembles.get(ensembleName("orders"))).toMatchObject({
      gates: "leader",
      approvers: { users: ["U024BE7LH"], groups: ["zk-approvers"], expiresMs: 14_400_000 },
      settings: { "autopurge.snapRetainCount": "5" },
      hooks: { configure: ["ansible-playbook", "-l", "{host}", "zookeeper.yml"] },
      super: { from: "env", name: "ZK_ORDERS_SUPER" },
      soakMs: 10_000,
    });
  });

  test("servers on one address need no port written but the client's", () => {
    const onOne = GOOD.replace("127.0.0.2, root: /zk/2", "127.0.0.1, root: /zk/2, ports: { client: 2182 }");
    expect(host(onOne, "zk2")?.ports).toEqual({ client: 2182, quorum: 2888, election: 3888, admin: 8080 });
  });

  test("a short one gets the defaults", () => {
    expect(orders(GOOD)).toEqual({
      name: "orders",
      servers: new Map([
        [1, "zk1"],
        [2, "zk2"],
        [3, "zk3"],
      ]),
      ports: {},
      channel: "#zookeeper",
      approvers: { users: ["U024BE7LH"], groups: [], quorum: 1, selfApproval: false, expiresMs: 14_400_000 },
      gates: "leader",
      settings: {},
      jvm: [],
      hooks: { configure: null },
      super: null,
      soakMs: 0,
      syncTimeoutMs: 120_000,
      canaryPath: "/",
      backups: { directory: null, keep: 14, days: null, prove: "asked" },
    });
    expect(host(GOOD, "zk2")).toEqual({
      name: "zk2",
      driver: "local",
      address: "127.0.0.2",
      user: null,
      paths: {
        root: "/zk/2",
        releases: "/zk/2/releases",
        current: "/zk/2/current",
        conf: "/zk/2/conf",
        data: "/zk/2/data",
        dataLog: null,
        logs: "/zk/2/logs",
      },
      service: "zkServer",
      ssh: null,
      ports: { client: 2181, quorum: 2888, election: 3888, admin: 8080 },
      ownPorts: {},
    });
  });

  test("a service is zkServer, a systemd unit by its whole name, or commands as lists", () => {
    const withService = (service: string) =>
      host(GOOD.replace("root: /zk/2", `root: /zk/2, service: ${service}`), "zk2")?.service;
    expect(withService("zkServer")).toBe("zkServer");
    expect(withService("systemd:zookeeper")).toEqual({ systemd: "zookeeper.service" });
    expect(withService("systemd:zookeeper@2.service")).toEqual({ systemd: "zookeeper@2.service" });
    expect(
      withService('{command: {start: [sv, up, "zk-{id}"], stop: [/usr/bin/sv, down, zk], status: [sv, check, zk]}}'),
    ).toEqual({
      command: { start: ["sv", "up", "zk-{id}"], stop: ["/usr/bin/sv", "down", "zk"], status: ["sv", "check", "zk"] },
    });
  });

  test("a folder for the transaction log is the data folder's, a relative one, or none", () => {
    const withLog = (dataLog: string) => host(GOOD.replace("root: /zk/2", `root: /zk/2, dataLog: ${dataLog}`), "zk2");
    expect(withLog("/log")?.paths.dataLog).toBe("/log");
    expect(withLog("./log")?.paths.dataLog).toBe("/etc/zk/log");
    expect(withLog("/zk/2/data/")?.paths.dataLog).toBeNull();
  });

  test("relative paths are relative to the file", () => {
    const text = GOOD.replace("root: /zk/1", "root: ./one, data: ../data, logs: /var/log/zk");
    expect(host(text, "zk1")?.paths).toMatchObject({
      root: "/etc/zk/one",
      releases: "/etc/zk/one/releases",
      data: "/etc/data",
      logs: "/var/log/zk",
    });
    const secret = `${GOOD}    super: file:./super.txt\n`;
    expect(orders(secret)?.super).toEqual({ from: "file", path: "/etc/zk/super.txt" });
  });

  test("ports of a host stand before those of its ensemble, and those before the defaults", () => {
    const text = `${GOOD.replace("root: /zk/2", "root: /zk/2, ports: { client: 2181, admin: 9001 }")}    ports: { client: 2200, quorum: 2900 }\n`;
    expect(host(text, "zk1")?.ports).toEqual({ client: 2200, quorum: 2900, election: 3888, admin: 8080 });
    expect(host(text, "zk2")?.ports).toEqual({ client: 2181, quorum: 2900, election: 3888, admin: 9001 });
    expect(host(text, "zk2")?.ownPorts).toEqual({ client: 2181, admin: 9001 });
    expect(orders(text)?.ports).toEqual({ client: 2200, quorum: 2900 });
  });

  test("JVM flags are the heap and then the flags in their order", () => {
    expect(orders(`${GOOD}    jvm: { heap: 2g, flags: ["-XX:+UseG1GC", -Xms1g] }\n`)?.jvm).toEqual([
      "-Xmx2g",
      "-XX:+UseG1GC",
      "-Xms1g",
    ]);
  });

  test("settings keep the digits they were written with", () => {
    const text = `${GOOD}    settings: { jute.maxbuffer: 0x400000, a.b: 0.10, big: 12345678901234567890, on: true, s: "05" }\n`;
    expect(orders(text)?.settings).toEqual({
      "jute.maxbuffer": "0x400000",
      "a.b": "0.10",
      big: "12345678901234567890",
      on: "true",
      s: "05",
    });
  });

  test("anchors and merge keys work", () => {
    const text = `hosts:
  zk1: &zk { driver: ssh, address: zk1, user: zookeeper, root: /opt/zk }
  zk2: { <<: *zk, address: zk2 }
  zk3: { <<: *zk, address: zk3, user: other }
${ORDERS}`;
    expect(host(text, "zk2")).toMatchObject({ driver: "ssh", address: "zk2", user: "zookeeper" });
    expect(host(text, "zk3")?.user).toBe("other");
  });

  test("how a host is reached by ssh has defaults, and says where keys and files are", () => {
    const text = `hosts:
  zk1: { driver: ssh, address: zk1, root: /zk, data: /zk/1 }
  zk2: { driver: ssh, address: zk2, user: op, root: /zk, data: /zk/2, ssh: { port: 2222, key: keys/zk, passphrase: file:pass, knownHosts: known, sudo: true, jump: zk1 } }
  zk3: { driver: ssh, address: "[::1]", root: /zk, data: /zk/3, ssh: { address: 10.0.0.3, sudo: zookeeper, key: /k, jump: "me@gate:2022" } }
${ORDERS}`;
    const straight = {
      address: "zk1",
      port: 22,
      user: null,
      key: null,
      passphrase: null,
      agent: null,
      knownHosts: null,
      sudo: null,
      jump: null,
    };
    expect(host(text, "zk1")?.ssh).toEqual(straight);
    expect(host(text, "zk2")?.ssh).toEqual({
      address: "zk2",
      port: 2222,
      user: "op",
      key: "/etc/zk/keys/zk",
      passphrase: { from: "file", path: "/etc/zk/pass" },
      agent: null,
      knownHosts: "/etc/zk/known",
      sudo: "root",
      jump: { name: "zk1", access: straight },
    });
    expect(host(text, "zk3")?.ssh).toMatchObject({
      address: "10.0.0.3",
      sudo: "zookeeper",
      jump: { name: "me@gate:2022", access: { address: "gate", port: 2022, user: "me", key: "/k", sudo: null } },
    });
  });

  test.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["0s", 0],
    ["0", 0],
  ])("a soak of %s is %d ms", (written, ms) => {
    expect(orders(`${GOOD}    soak: ${written}\n`)?.soakMs).toBe(ms);
  });

  test("several servers on one machine are fine when each has its own ports and folders", () => {
    const text = `hosts:
  a: { driver: local, address: 127.0.0.1, root: /zk/a, ports: { client: 2181, quorum: 2888, election: 3888, admin: 8080 } }
  b: { driver: local, address: 127.0.0.1, root: /zk/b, ports: { client: 2182, quorum: 2889, election: 3889, admin: 8081 } }
  c: { driver: local, address: 127.0.0.1, root: /zk/c, ports: { client: 2183, quorum: 2890, election: 3890, admin: 8082 } }
${ORDERS.replace("1: zk1, 2: zk2, 3: zk3", "1: a, 2: b, 3: c")}`;
    expect(problemsOf(text)).toEqual([]);
  });

  test("hosts of the same folders on different machines are fine", () => {
    const text = GOOD.replaceAll("driver: local", "driver: ssh").replaceAll(/root: \/zk\/\d/g, "root: /opt/zookeeper");
    expect(problemsOf(text)).toEqual([]);
    expect(host(text, "zk3")?.driver).toBe("ssh");
  });

  test("a spare host may have the ports of a server on its machine, but not its folders", () => {
    const spare = (more: string) =>
      GOOD.replace("ensembles:", `  spare: { driver: local, address: 127.0.0.1, ${more} }\nensembles:`);
    expect(problemsOf(spare("root: /zk/4"))).toEqual([]);
    expect(problemsOf(spare("root: /zk/4, data: /zk/1/data"))).toEqual([
      'ensembles.yaml:5: hosts.spare: data of host "spare" (/zk/1/data) is also used by server.1 of orders; give it a folder of its own',
    ]);
    expect(problemsOf(spare("root: /zk/4, dataLog: /zk/2/data, ports: { client: 1, admin: 1 }"))).toEqual([
      'ensembles.yaml:5: hosts.spare: two ports of host "spare" are 1',
      'ensembles.yaml:5: hosts.spare: dataLog of host "spare" (/zk/2/data) is also used by server.2 of orders; give it a folder of its own',
    ]);
    const two = spare("root: /zk/4").replace(
      "ensembles:",
      "  more: { driver: local, address: 127.0.0.8, root: /zk/4 }\nensembles:",
    );
    expect(problemsOf(two)).toEqual(
      ["data", "conf", "current"].map(
        (name) =>
          `ensembles.yaml:6: hosts.more: ${name} of host "more" (/zk/4/${name}) is also used by host "spare"; give it a folder of its own`,
      ),
    );
  });

  test("servers of different ids may share a root, of one id only on different machines", () => {
    const apart = (at: string) => `data: ${at}/data, conf: ${at}/conf, current: ${at}/current`;
    const text = (id: number, machine = "zk1") => `hosts:
  a: { driver: ssh, address: zk1, root: /opt/zk, ${apart("/a")} }
  b: { driver: ssh, address: ${machine}, root: /opt/zk, ${apart("/b")}, ports: { client: 2182 } }
ensembles:
  orders: { servers: { 1: a }, channel: ops, approvers: { groups: [g] } }
  trades: { servers: { ${id}: b }, channel: ops, approvers: { groups: [g] } }
`;
    expect(problemsOf(text(2))).toEqual([]);
    expect(problemsOf(text(1, "zk2"))).toEqual([]);
    expect(problemsOf(text(1))).toEqual([
      'ensembles.yaml:6: ensembles.trades.servers.1: root of host "b" (/opt/zk) already has server.1 of orders, and servers under one root are told apart by their ids; give it another root',
    ]);
  });

  test("the driver docker is read", () => {
    const docker = "driver: docker, docker: { container: zoo1, image: 'zookeeper:{release}' }";
    const read = host(GOOD.replace("driver: local", docker), "zk1");
    expect(read?.driver).toBe("docker");
    expect(read?.docker).toMatchObject({ container: "zoo1", image: "zookeeper:{release}" });
    expect(read?.paths).toMatchObject({ data: "/data", conf: "/conf" });
  });
});

describe("a bad inventory is refused with file, line and field", () => {
  const cases: readonly [string, string, readonly string[]][] = [
    [
      "an unknown host",
      GOOD.replace("2: zk2,", "2: zk9,"),
      ['ensembles.yaml:7: ensembles.orders.servers.2: host "zk9" is not under hosts (known: zk1, zk2, zk3)'],
    ],
    [
      "an unknown key of a host",
      GOOD.replace("driver: local, address: 127.0.0.2", "driver: local, adress: 127.0.0.2"),
      [
        "ensembles.yaml:3: hosts.zk2.address: is missing",
        "ensembles.yaml:3: hosts.zk2.adress: unknown key; did you mean address?",
      ],
    ],
    [
      "unknown keys of an ensemble and of what is in it",
      `${GOOD.replace("users: [U024BE7LH]", "users: [U024BE7LH], expire: 4h")}    gate: each\n    ports: { clint: 1 }\n    banana: 1\n`,
      [
        "ensembles.yaml:9: ensembles.orders.approvers.expire: unknown key; did you mean expires?",
        "ensembles.yaml:10: ensembles.orders.gate: unknown key; did you mean gates?",
        "ensembles.yaml:11: ensembles.orders.ports.clint: unknown key; did you mean client?",
        "ensembles.yaml:12: ensembles.orders.banana: unknown key; known: servers, channel, approvers, gates, settings, jvm, hooks, super, soak, syncTimeout, canary, ports, backups",
      ],
    ],
    [
      "an unknown section",
      `${GOOD}ensemble: {}\n`,
      ["ensembles.yaml:10: ensemble: unknown key; did you mean ensembles?"],
    ],
    ["a server id given twice", GOOD.replace("2: zk2,", "1: zk2,"), ['ensembles.yaml:7: the key "1" is there twice']],
    [
      "a server id given twice, once as text",
      GOOD.replace("2: zk2,", '"1": zk2,'),
      ['ensembles.yaml:7: the key "1" is there twice'],
    ],
    ["a host given twice", GOOD.replace("  zk2:", "  zk1:"), ['ensembles.yaml:3: the key "zk1" is there twice']],
    [
      "ids out of range",
      GOOD.replace("1: zk1, 2: zk2, 3: zk3", "0: zk1, 255: zk2, one: zk3"),
      [
        'ensembles.yaml:7: ensembles.orders.servers.0: "0" is not a server id: 1 to 254',
        'ensembles.yaml:7: ensembles.orders.servers.255: "255" is not a server id: 1 to 254',
        'ensembles.yaml:7: ensembles.orders.servers.one: "one" is not a server id: 1 to 254',
      ],
    ],
    [
      "no servers",
      GOOD.replace("{ 1: zk1, 2: zk2, 3: zk3 }", "{}"),
      ["ensembles.yaml:7: ensembles.orders.servers: is empty; list id: host"],
    ],
    [
      "the same host twice",
      GOOD.replace("2: zk2,", "2: zk1,"),
      [
        'ensembles.yaml:7: ensembles.orders.servers.2: host "zk1" already has server.1 of orders; give a second server on that machine a host entry of its own, with other ports and paths',
      ],
    ],
    [
      "a host in two ensembles",
      `${GOOD}  other: { servers: { 1: zk3 }, channel: ops, approvers: { groups: [g] } }\n`,
      [
        'ensembles.yaml:10: ensembles.other.servers.1: host "zk3" already has server.3 of orders; give a second server on that machine a host entry of its own, with other ports and paths',
      ],
    ],
    [
      "two servers on the same address and port",
      GOOD.replace("127.0.0.2, root: /zk/2", "127.0.0.1, root: /zk/2, ports: { client: 2182, election: 3889 }").replace(
        "root: /zk/1",
        "root: /zk/1, ports: { election: 3889 }",
      ),
      [
        "ensembles.yaml:7: ensembles.orders.servers.2: election port 127.0.0.1:3889 is already taken by server.1 of orders",
      ],
    ],
    [
      "two ports of one host that are the same",
      GOOD.replace("root: /zk/1", "root: /zk/1, ports: { admin: 2181 }"),
      ['ensembles.yaml:7: ensembles.orders.servers.1: two ports of host "zk1" are 2181'],
    ],
    [
      "two servers in one data folder",
      GOOD.replace("root: /zk/2", "root: /zk/2, data: /zk/1/data"),
      [
        'ensembles.yaml:7: ensembles.orders.servers.2: data of host "zk2" (/zk/1/data) is also used by server.1 of orders; give it a folder of its own',
      ],
    ],
    [
      "ports out of range or no ports",
      GOOD.replace("root: /zk/1", "root: /zk/1, ports: { client: 0, quorum: 70000, election: x, admin: 80.5 }"),
      [
        "ensembles.yaml:2: hosts.zk1.ports.client: must be 1 to 65535",
        "ensembles.yaml:2: hosts.zk1.ports.quorum: must be 1 to 65535",
        "ensembles.yaml:2: hosts.zk1.ports.election: must be a port, 1 to 65535",
        "ensembles.yaml:2: hosts.zk1.ports.admin: must be a port, 1 to 65535",
      ],
    ],
    [
      "bad durations",
      `${GOOD.replace("users: [U024BE7LH]", "users: [U024BE7LH], expires: 4")}    soak: soon\n    syncTimeout: 10ms\n`,
      [
        "ensembles.yaml:9: ensembles.orders.approvers.expires: 4 is not a duration: write 500ms, 10s, 5m, 4h or 1d",
        'ensembles.yaml:10: ensembles.orders.soak: "soon" is not a duration: write 500ms, 10s, 5m, 4h or 1d',
        "ensembles.yaml:11: ensembles.orders.syncTimeout: must be at least 1s",
      ],
    ],
    [
      "unknown gates",
      `${GOOD}    gates: leaders\n`,
      [
        'ensembles.yaml:10: ensembles.orders.gates: must be one of once, leader, each, not "leaders"; did you mean leader?',
      ],
    ],
    [
      "a service that names no unit, and one that is none",
      GOOD.replace("root: /zk/1", 'root: /zk/1, service: "systemd:zoo keeper"').replace(
        "root: /zk/2",
        "root: /zk/2, service: command",
      ),
      [
        'ensembles.yaml:2: hosts.zk1.service: "systemd:zoo keeper" names no service unit of systemd',
        'ensembles.yaml:3: hosts.zk2.service: "command" is not a way to run servers; write zkServer, systemd:UNIT, or command: {start: [...], stop: [...], status: [...]}',
      ],
    ],
    [
      "commands for a shell, or with one missing",
      GOOD.replace(
        "root: /zk/1",
        'root: /zk/1, service: {command: {start: "sv up zk", stop: [sv, down, zk], status: [sv, status, zk]}}',
      ).replace("root: /zk/2", "root: /zk/2, service: {command: {start: [], stop: [./down]}}"),
      [
        "ensembles.yaml:2: hosts.zk1.service.command.start: must be a list: a program and its arguments",
        "ensembles.yaml:3: hosts.zk2.service.command.start: must begin with a program: its name or its whole path",
        "ensembles.yaml:3: hosts.zk2.service.command.stop: must begin with a program: its name or its whole path",
        "ensembles.yaml:3: hosts.zk2.service.command.status: must be a list: a program and its arguments",
      ],
    ],
    [
      "an unknown driver",
      GOOD.replace("driver: local", "driver: locl"),
      ['ensembles.yaml:2: hosts.zk1.driver: must be one of local, ssh, docker, not "locl"; did you mean local?'],
    ],
    [
      "nobody to approve",
      GOOD.replace("{ users: [U024BE7LH] }", "{ users: [], groups: [] }"),
      ["ensembles.yaml:9: ensembles.orders.approvers: nobody may approve: name users or groups"],
    ],
    [
      "more approvals than people",
      GOOD.replace("{ users: [U024BE7LH] }", "{ users: [U1, U1], quorum: 2 }"),
      ["ensembles.yaml:9: ensembles.orders.approvers.quorum: 2 approvals are asked for, but only 1 may approve"],
    ],
    [
      "no approvers and no channel",
      GOOD.replace(/ {4}channel.*\n.*\n/, ""),
      [
        "ensembles.yaml:6: ensembles.orders.channel: is missing",
        "ensembles.yaml:6: ensembles.orders.approvers: is missing",
      ],
    ],
    [
      "a channel that YAML took for a comment",
      GOOD.replace('"#zookeeper"', "#zookeeper"),
      ["ensembles.yaml:8: ensembles.orders.channel: is empty: put quotes around a channel, for # begins a comment"],
    ],
    [
      "a relative path on another machine",
      GOOD.replace("driver: local, address: 127.0.0.1, root: /zk/1", "driver: ssh, address: zk1, root: ./zk"),
      ["ensembles.yaml:2: hosts.zk1.root: must be an absolute path on a host of driver ssh"],
    ],
    [
      "ssh of a host that is not reached by it",
      GOOD.replace("root: /zk/1", "root: /zk/1, ssh: { port: 22 }"),
      ["ensembles.yaml:2: hosts.zk1.ssh: is only for driver ssh, and this host has local"],
    ],
    [
      "jump hosts that lead to each other",
      GOOD.replace(
        "driver: local, address: 127.0.0.1, root: /zk/1",
        "driver: ssh, address: a, root: /zk/1, ssh: { jump: zk2 }",
      ).replace(
        "driver: local, address: 127.0.0.2, root: /zk/2",
        "driver: ssh, address: b, root: /zk/2, ssh: { jump: zk1 }",
      ),
      [
        "ensembles.yaml:2: hosts.zk1.ssh.jump: goes round in a circle, or over more than 3 hosts: zk1, zk2, zk1",
        "ensembles.yaml:3: hosts.zk2.ssh.jump: goes round in a circle, or over more than 3 hosts: zk2, zk1, zk2",
      ],
    ],
    [
      "a passphrase that is no place of one, and a wrong word",
      GOOD.replace(
        "driver: local, address: 127.0.0.1, root: /zk/1",
        "driver: ssh, address: a, root: /zk/1, ssh: { passphrase: hunter2, knownHost: x }",
      ),
      [
        "ensembles.yaml:2: hosts.zk1.ssh.passphrase: must name where the secret is, never hold it: write env:NAME or file:/path",
        "ensembles.yaml:2: hosts.zk1.ssh.knownHost: unknown key; did you mean knownHosts?",
      ],
    ],
    [
      "a path with ~",
      GOOD.replace("root: /zk/1", "root: ~/zk"),
      ["ensembles.yaml:2: hosts.zk1.root: must be written in full: ~ is not expanded"],
    ],
    [
      "an address that ssh would take for an option",
      GOOD.replace("address: 127.0.0.1", 'address: "-oProxyCommand=x"'),
      ["ensembles.yaml:2: hosts.zk1.address: must be a host name or an IP address"],
    ],
    [
      "JVM flags that are none, twice there or secret, and a secret setting",
      `${GOOD}    jvm: { heap: 2, flags: ["-Xms1g", "-Da=b c", "Xmx1g", "-Dmy.password=x", "-Xms1g"], falgs: [] }\n    settings: { ssl.keyStore.password: hunter2 }\n`,
      [
        "ensembles.yaml:10: ensembles.orders.jvm.heap: must be the largest heap, such as 2g or 1500m",
        "ensembles.yaml:10: ensembles.orders.jvm.flags.1: must be one JVM flag, such as -XX:+UseG1GC, without blanks and quotes",
        "ensembles.yaml:10: ensembles.orders.jvm.flags.2: must be one JVM flag, such as -XX:+UseG1GC, without blanks and quotes",
        "ensembles.yaml:10: ensembles.orders.jvm.flags.3: names a secret, which does not belong in here: let your own tool write it on the hosts",
        "ensembles.yaml:10: ensembles.orders.jvm.flags: names a flag twice",
        "ensembles.yaml:10: ensembles.orders.jvm.falgs: unknown key; did you mean flags?",
        "ensembles.yaml:11: ensembles.orders.settings.ssl.keyStore.password: names a secret, which does not belong in here: let your own tool write it on the hosts",
      ],
    ],
    [
      "settings that say where a server is, and no settings at all",
      `${GOOD}    settings: { dataDir: /x, server.4: x, "a b": 1, ok: "1\\n2", list: [1] }\n`,
      [
        "ensembles.yaml:10: ensembles.orders.settings.ok: must be on one line",
        "ensembles.yaml:10: ensembles.orders.settings.list: must be one value",
      ],
    ],
    [
      "settings that say who a server is",
      `${GOOD}    settings: { dataDir: /x, server.4: x, "a b": 1 }\n`,
      [
        "ensembles.yaml:10: ensembles.orders.settings.dataDir: cannot be set here: it says who or where a server is",
        "ensembles.yaml:10: ensembles.orders.settings.server.4: cannot be set here: it says who or where a server is",
        "ensembles.yaml:10: ensembles.orders.settings.a b: is not the name of a setting of zoo.cfg",
      ],
    ],
    [
      "a hook that is no list",
      `${GOOD}    hooks: { configure: ansible-playbook x }\n`,
      ['ensembles.yaml:10: ensembles.orders.hooks.configure: must be a list, [a, b], not "ansible-playbook x"'],
    ],
    [
      "a canary in ZooKeeper's own part of the tree",
      `${GOOD}    canary: /zookeeper/x\n`,
      ["ensembles.yaml:10: ensembles.orders.canary: must not be in /zookeeper, ZooKeeper's own"],
    ],
    [
      "names that would mean something elsewhere",
      GOOD.replace("  orders:", "  -orders:").replace("  zk1:", "  z{k}1:").replace("1: zk1, ", ""),
      [
        "ensembles.yaml:2: hosts.z{k}1: a name is letters, digits, dots, dashes and underscores, and begins with a letter or digit",
        "ensembles.yaml:6: ensembles.-orders: a name is letters, digits, dots, dashes and underscores, and begins with a letter or digit",
      ],
    ],
    ["nothing", "", ["ensembles.yaml:1: must have the keys hosts and ensembles"]],
    ["a key that is a list", `${GOOD}? [a]\n: 1\n`, ["ensembles.yaml:10: a key must be a plain word"]],
    ["a list", "- a\n", ["ensembles.yaml:1: must have the keys hosts and ensembles"]],
    [
      "empty sections",
      "hosts:\nensembles: []\n",
      ["ensembles.yaml:1: hosts: is empty", "ensembles.yaml:2: ensembles: must be a group of named entries"],
    ],
    [
      "a host that is no group",
      GOOD.replace("zk1: {", "zk0: 7\n  zk1: {"),
      ["ensembles.yaml:2: hosts.zk0: must be a group of keys, not 7"],
    ],
  ];
  test.each(cases)("%s", (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test("text that is no YAML", () => {
    expect(problemsOf("hosts:\n  zk1: {\nensembles: [\n")[0]).toMatch(/^ensembles\.yaml:\d+: not valid YAML: /);
    expect(problemsOf("hosts: *nobody\n")[0]).toMatch(/^ensembles\.yaml:1: not valid YAML: /);
  });

  test("everything wrong is said at once, in the order of the lines", () => {
    const text = GOOD.replace("driver: local", "driver: x")
      .replace("3: zk3", "300: zk3")
      .replace("users: [U024BE7LH]", "users: []");
    expect(problemsOf(text).map((line) => line.split(": ").slice(0, 2).join(" "))).toEqual([
      "ensembles.yaml:2 hosts.zk1.driver",
      "ensembles.yaml:7 ensembles.orders.servers.300",
      "ensembles.yaml:9 ensembles.orders.approvers",
    ]);
  });

  test.each([
    "super:hunter2",
    "hunter2",
    '"env:"',
    "env:super:hunter2",
    "[hunter2]",
    "{ password: hunter2 }",
    '"file:"',
    "42",
  ])("a secret written as %s is refused without showing it", (written) => {
    const problems = problemsOf(`${GOOD}    super: ${written}\n`);
    expect(problems).toEqual([
      "ensembles.yaml:10: ensembles.orders.super: must name where the secret is, never hold it: write env:NAME or file:/path",
    ]);
  });

  test("a file that is not there is named", () => {
    expect(() => loadInventory("/nowhere/ensembles.yaml")).toThrow(
      "/nowhere/ensembles.yaml: there is no such file; ENSEMBLES_FILE names it",
    );
  });
});

describe("following the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "zkshift-inventory-"));
  const file = join(folder, "ensembles.yaml");
  afterAll(() => rmSync(folder, { recursive: true }));

  test("edits count at once; a broken one keeps the last good inventory, is heard once, and heals", () => {
    writeFileSync(file, GOOD);
    const heard: string[] = [];
    const source = followInventory(file, (problem) => heard.push(problem.message));
    const isThere = (name: string): boolean => source.current().ensembles.has(ensembleName(name));
    expect(isThere("orders")).toBe(true);
    expect(source.problem()).toBeNull();

    writeFileSync(file, GOOD.replace("  orders:", "  trades:"));
    expect(isThere("trades")).toBe(true);
    expect(isThere("orders")).toBe(false);

    writeFileSync(file, GOOD.replace("zk3 }", "zk4 }"));
    expect(isThere("trades")).toBe(true);
    expect(isThere("trades")).toBe(true);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toContain('host "zk4" is not under hosts');
    expect(source.problem()?.message).toBe(heard[0]);

    rmSync(file);
    expect(isThere("trades")).toBe(true);
    expect(heard).toHaveLength(2);
    expect(heard[1]).toContain("there is no such file");

    writeFileSync(file, GOOD);
    expect(isThere("orders")).toBe(true);
    expect(source.problem()).toBeNull();
  });

  test("a file broken from the start is refused", () => {
    writeFileSync(file, "hosts: 1\n");
    expect(() => followInventory(file, () => {})).toThrow("cannot be used");
  });
});

test("the servers of an ensemble keep their ids as numbers", () => {
  expect(orders(GOOD)?.servers.get(serverId(2))).toBe("zk2");
});
