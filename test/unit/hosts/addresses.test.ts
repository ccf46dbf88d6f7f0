// Which ports a server will bind, and how the kernel writes who listens.
import { describe, expect, it } from "vitest";
import { collides, parseKernelAddress, wantedPorts } from "../../../src/hosts/addresses.ts";
import { describeListener, parseListeners } from "../../../src/hosts/listeners.ts";

const defaults = { client: 2181, quorum: 2888, election: 3888, admin: 8080 };

describe("the ports a server will bind", () => {
  it("come from its own server line in the dynamic form", () => {
    const text = "server.1=10.0.0.1:1:2;3\nserver.2=10.0.0.2:2999:3999:participant;10.0.0.9:2199\nadmin.serverPort=0\n";
    expect(wantedPorts(text, 2, defaults)).toEqual([
      { what: "client", address: "10.0.0.9", port: 2199 },
      { what: "quorum", address: "10.0.0.2", port: 2999 },
      { what: "election", address: "10.0.0.2", port: 3999 },
      { what: "admin", address: null, port: 0 },
    ]);
  });

  it("come from clientPort in the static form", () => {
    const text = "clientPort=21810\nserver.3=zk3:2888:3888\nadmin.enableServer=false\nquorumListenOnAllIPs=true";
    expect(wantedPorts(text, 3, defaults)).toEqual([
      { what: "client", address: null, port: 21810 },
      { what: "quorum", address: null, port: 2888 },
      { what: "election", address: null, port: 3888 },
    ]);
  });

  it("understand IPv6 and several addresses", () => {
    const ports = wantedPorts("server.1=[2001:db8::1]:1:2|10.0.0.1:1:2;[::1]:2181", 1, defaults);
    expect(ports.map(({ address, port }) => `${address} ${port}`)).toEqual([
      "::1 2181",
      "2001:db8::1 1",
      "2001:db8::1 2",
      "null 8080",
    ]);
  });

  it("of a standalone server leave the peers' ports out", () => {
    expect(wantedPorts("clientPort=2181", 1, defaults).map(({ what }) => what)).toEqual(["client", "admin"]);
  });
});

describe("a listening socket", () => {
  it("is read in the kernel's order of bytes", () => {
    expect(parseKernelAddress("0100007F")).toBe("127.0.0.1");
    expect(parseKernelAddress("00000000")).toBeNull();
    expect(parseKernelAddress("00000000000000000000000000000000")).toBeNull();
    expect(parseKernelAddress("0000000000000000FFFF00000200007F")).toBe("127.0.0.2");
    expect(parseKernelAddress("0000000000000000FFFF000000000000")).toBeNull();
    expect(parseKernelAddress("00000000000000000000000001000000")).toBe("::1");
    expect(parseKernelAddress("B80D0120000000000000000001000000")).toBe("2001:db8::1");
  });

  it("keeps a server from binding the same port at the same address, or where either takes every address", () => {
    const at = (address: string | null, port = 2181) => ({ address, port });
    expect(collides(at("127.0.0.1"), at("127.0.0.1"))).toBe(true);
    expect(collides(at("127.0.0.1"), at("127.0.0.2"))).toBe(false);
    expect(collides(at("127.0.0.1"), at(null))).toBe(true);
    expect(collides(at(null), at("127.0.0.2"))).toBe(true);
    expect(collides(at("zk1.internal"), at("10.0.0.1"))).toBe(true);
    expect(collides(at("0:0:0:0:0:0:0:1"), at("::1"))).toBe(true);
    expect(collides(at(null, 1), at(null, 2))).toBe(false);
  });

  it("is told with the process that holds it", () => {
    const [first, second] = parseListeners("0100007F:0885 4211 tomcat java\n00000000:1F90 - - -\nrubbish\n");
    expect(first).toEqual({ address: "127.0.0.1", port: 2181, pid: 4211, user: "tomcat", name: "java" });
    expect(first && describeListener(first)).toBe("pid 4211 (java, user tomcat)");
    expect(second && describeListener(second)).toMatch(/another user/);
  });
});
