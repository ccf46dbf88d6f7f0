// zoo.cfg as people and servers write it.
import { describe, expect, test } from "vitest";
import { applyChanges, entriesOf, getKey, parseZooCfg } from "../../../src/model/zoo-cfg.ts";

const written = `# The number of milliseconds of each tick
tickTime=2000
! an old remark
  initLimit : 10
syncLimit 5
dataDir = /var/lib/zookeeper \r
autopurge.purgeInterval=1
clientPort=2181
clientPort=2182

#maxClientCnxns=60
4lw.commands.whitelist=srvr,\\
    mntr,\\
    ruok
password.path=C\\:\\\\zk\\u00fc`;

describe("reading zoo.cfg", () => {
  const cfg = parseZooCfg(written);

  test.each([
    ["tickTime", "2000"],
    ["initLimit", "10"],
    ["syncLimit", "5"],
    ["dataDir", "/var/lib/zookeeper"],
    ["clientPort", "2182"],
    ["4lw.commands.whitelist", "srvr,mntr,ruok"],
    ["password.path", "C:\\zkü"],
  ])("%s is %s", (key, value) => {
    expect(getKey(cfg, key)).toBe(value);
  });

  test("a commented key is not set, and keys have a case", () => {
    expect(getKey(cfg, "maxClientCnxns")).toBeNull();
    expect(getKey(cfg, "ticktime")).toBeNull();
  });

  test("the last of several wins, in the place of the first", () => {
    expect([...entriesOf(cfg).keys()].filter((key) => key === "clientPort")).toHaveLength(1);
    expect(entriesOf(cfg).get("clientPort")).toBe("2182");
  });
});

describe("changing zoo.cfg", () => {
  test("a changed key stays in its place and keeps its spacing, the rest stays as it is", () => {
    const changed = applyChanges(written, [
      { key: "dataDir", to: "/data" },
      { key: "initLimit", to: "20" },
    ]);
    expect(changed).toBe(
      written
        .replace("dataDir = /var/lib/zookeeper \r", "dataDir = /data\r")
        .replace("initLimit : 10", "initLimit : 20"),
    );
  });

  test("a new key goes to the end, on a line of its own, with the file's line end", () => {
    expect(applyChanges("a=1\r\nb=2", [{ key: "snapshot.trust.empty", to: "true" }])).toBe(
      "a=1\r\nb=2\r\nsnapshot.trust.empty=true\r\n",
    );
    expect(applyChanges("", [{ key: "a", to: "1" }])).toBe("a=1\n");
  });

  test("taking a key out takes all its lines and no comment", () => {
    expect(applyChanges("a=1\n#a=2\na : 3\nb=4\n", [{ key: "a", to: null }])).toBe("#a=2\nb=4\n");
  });

  test("a continued value is replaced as a whole", () => {
    const changed = applyChanges(written, [{ key: "4lw.commands.whitelist", to: "*" }]);
    expect(changed).toContain("\n4lw.commands.whitelist=*\npassword.path");
  });

  test("a change that is there already changes nothing", () => {
    expect(applyChanges(written, [{ key: "clientPort", to: "2182" }])).toBe(written);
  });
});
