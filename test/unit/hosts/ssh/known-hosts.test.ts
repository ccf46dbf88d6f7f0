import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  algorithmsFor,
  entriesFor,
  fingerprintOf,
  judgeKey,
  parseKnownHosts,
} from "../../../../src/hosts/ssh/known-hosts.ts";

/** A key as it goes over the wire: its type, and bytes that tell it from others. */
const keyOf = (type: string, content: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(content)]);
};
const line = (hosts: string, type: string, content: string): string =>
  `${hosts} ${type} ${keyOf(type, content).toString("base64")} a comment`;
const hashed = (name: string): string => {
  const salt = Buffer.from("a salt of 20 bytes..");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
};
const judged = (text: string, host: string, port: number, key: Buffer): string =>
  judgeKey(entriesFor(parseKnownHosts(text, "known_hosts"), host, port), key).kind;

const ED = "ssh-ed25519";
const KEY = keyOf(ED, "one");

describe("known_hosts", () => {
  it.each([
    ["zk1.internal", "ZK1.internal", 22, "known"],
    ["other,zk1", "zk1", 22, "known"],
    ["*.internal", "zk1.internal", 22, "known"],
    ["zk?", "zk1", 22, "known"],
    ["zk?", "zk12", 22, "unknown"],
    ["*.internal,!zk1.internal", "zk1.internal", 22, "unknown"],
    ["[zk1]:2222", "zk1", 2222, "known"],
    ["[zk1]:2222", "zk1", 22, "unknown"],
    ["zk1", "zk1", 2222, "known"],
    [hashed("zk1"), "zk1", 22, "known"],
    [hashed("zk1"), "zk2", 22, "unknown"],
    [hashed("[zk1]:2222"), "zk1", 2222, "known"],
    ["|1|torn", "zk1", 22, "unknown"],
    ["z.1", "zk1", 22, "unknown"],
  ])("%s knows %s port %i: %s", (hosts, host, port, verdict) => {
    expect(judged(line(hosts, ED, "one"), host, port, KEY)).toBe(verdict);
  });

  it("tells a changed key, also one of another kind, and names where the known one stands", () => {
    const text = `# a comment\n\n${line("zk1", ED, "one")}`;
    const verdict = judgeKey(entriesFor(parseKnownHosts(text, "f"), "zk1", 22), keyOf(ED, "two"));
    expect(verdict).toMatchObject({ kind: "changed", known: [{ at: "f:3", keyType: ED }] });
    expect(judged(text, "zk1", 22, keyOf("ssh-rsa", "one"))).toBe("changed");
  });

  it("takes any of several keys of a host, and one for its port before one without", () => {
    expect(judged(`${line("zk1", "ssh-rsa", "x")}\n${line("zk1", ED, "one")}`, "zk1", 22, KEY)).toBe("known");
    expect(judged(`${line("zk1", ED, "one")}\n${line("[zk1]:2222", ED, "two")}`, "zk1", 2222, KEY)).toBe("changed");
  });

  it("refuses a revoked key whatever else knows it, on any port", () => {
    const text = `${line("zk1", ED, "one")}\n@revoked ${line("*", ED, "one")}`;
    expect(judged(text, "zk1", 22, KEY)).toBe("revoked");
    expect(judged(text, "zk1", 2222, KEY)).toBe("revoked");
  });

  it("does not take an authority's key for a host's", () => {
    expect(judged(`@cert-authority ${line("*.internal", ED, "one")}`, "zk1.internal", 22, KEY)).toBe(
      "only-by-authority",
    );
  });

  it("passes over what is no entry", () => {
    const text = `zk1\nzk1 ${ED}\nzk1 ${ED} !!!!\nzk1 ssh-rsa ${KEY.toString("base64")}\n@later ${line("zk1", ED, "one")}\nzk1 1024 35 1234`;
    expect(parseKnownHosts(text, "f")).toEqual([]);
  });

  it("lets a host choose among the kinds that are known, and among all when none is", () => {
    const entries = (text: string) => entriesFor(parseKnownHosts(text, "f"), "zk1", 22);
    expect(algorithmsFor(entries(line("zk1", "ssh-rsa", "x")))).toEqual(["rsa-sha2-512", "rsa-sha2-256"]);
    expect(algorithmsFor(entries(`${line("zk1", "ssh-rsa", "x")}\n${line("zk1", ED, "x")}`))[0]).toBe(ED);
    expect(algorithmsFor([])).toHaveLength(6);
    expect(algorithmsFor([])).not.toContain("ssh-rsa");
  });

  it("shows fingerprints as ssh-keygen does", () => {
    const key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    expect(fingerprintOf(Buffer.from(key, "base64"))).toBe("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
  });
});
