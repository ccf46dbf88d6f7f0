// What is read from the answers of service managers, and what a host's service becomes as a script's arguments.
import { describe, expect, test } from "vitest";
import { reviverProblem } from "../../../src/hosts/reviver.ts";
import { commandProblems, unitProblems } from "../../../src/hosts/service-facts.ts";
import { wayTo } from "../../../src/hosts/service-way.ts";
import { ensembleName, hostName, serverId } from "../../../src/model/ids.ts";
import type { Placement, Service } from "../../../src/model/inventory.ts";
import { sampleInventory } from "../../support/sample-inventory.ts";

const placedWith = (service: Service): Placement => {
  const host = sampleInventory().hosts.get(hostName("zk2"));
  if (host === undefined) throw new Error("no host");
  return { ensemble: ensembleName("orders"), id: serverId(2), host: { ...host, service } };
};

describe("the way a server is started and stopped", () => {
  test("is its name and what it needs, each word an argument of its own", () => {
    expect(wayTo("stop", placedWith("zkServer"))).toEqual(["zkServer"]);
    expect(wayTo("stop", placedWith({ systemd: "zk.service" }))).toEqual(["systemd", "zk.service"]);
    const command = { start: ["up", "{id} {host}; reboot", "{id}{id}"], stop: ["down"], status: ["true"] };
    expect(wayTo("start", placedWith({ command }))).toEqual(["command", "up", "2 zk2; reboot", "22"]);
    expect(wayTo("stop", placedWith({ command }))).toEqual(["command", "down"]);
  });
});

describe("what systemd says of a unit", () => {
  const told = (unit: string, more: Readonly<Record<string, string>> = {}) =>
    unitProblems(new Map(Object.entries({ us: "zk\n", unit, ...more })), "zk.service");
  const loaded = "LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nNRestarts=0\nUser=zk\n";

  test("is no problem for one of our own user that we may start and stop", () => {
    expect(told(loaded)).toEqual([]);
    expect(told(loaded.replace("User=zk", "User=997"), { us: "zk\n997\n" })).toEqual([]);
  });

  test("is told where it is another user's, not allowed, or starts over and over", () => {
    const storm = loaded
      .replace("running", "auto-restart")
      .replace("NRestarts=0", "NRestarts=17")
      .replace("User=zk", "User=");
    expect(told(storm.replace("success", "oom-kill"), { forbidden: "--no-block stop\n", apart: "77" })).toEqual([
      "the unit zk.service runs the server as user root, zkshift acts as zk.",
      "its process 77 was not started by the unit zk.service: stop it, and start the server by the unit.",
      "systemd starts zk.service over and over (17 times so far, last result oom-kill).",
      "zk may not run `systemctl --no-block stop zk.service` by sudo without a password.",
    ]);
  });

  test("is told where there is no systemd to ask", () => {
    expect(told("System has not been booted with systemd as init system (PID 1). Can't operate.\n")).toEqual([
      "systemd cannot be asked about zk.service (System has not been booted with systemd as init system (PID 1). Can't operate.): see the host's `service`.",
    ]);
  });
});

describe("what commands say of a server", () => {
  const told = (sections: Readonly<Record<string, string>>) => commandProblems(new Map(Object.entries(sections)));

  test("counts only against a process that runs", () => {
    expect(told({ pid: "", code: "3", said: "down" })).toEqual([]);
    expect(told({ pid: "12", code: "0", said: "up" })).toEqual([]);
    expect(told({ pid: "12", code: "3", said: "" })).toHaveLength(1);
  });

  test("names each missing program once", () => {
    expect(told({ missing: "svc\nsvc\n", pid: "12", code: "127" })).toEqual([
      "the program svc of its `service` is missing.",
    ]);
  });
});

test("who would revive a server is named with what to write for it", () => {
  expect(reviverProblem("")).toBeNull();
  expect(reviverProblem("supervisor supervisord 12")).toContain("it is run by supervisord (pid 12)");
  expect(reviverProblem("unit zookeeper@2.service on-failure")).toContain("`service: systemd:zookeeper@2`");
});
