// Which JVM flags of a running server must be carried over to its next start, and how they are shown.
import { describe, expect, it } from "vitest";
import {
  flagsThatCannotBeCarried,
  flagsToCarry,
  variablesToCarry,
  withoutSecret,
  withoutSecrets,
} from "../../../src/hosts/jvm-flags.ts";

const setByScript = [
  "-Dzookeeper.log.dir=/var/log/zookeeper",
  "-Dzookeeper.log.file=zookeeper-root-server-zk1.log",
  "-Dzookeeper.root.logger=INFO,CONSOLE",
  "-XX:+HeapDumpOnOutOfMemoryError",
  "-XX:OnOutOfMemoryError=kill -9 %p",
];
const jmx = ["-Dcom.sun.management.jmxremote", "-Dcom.sun.management.jmxremote.local.only=false"];
const nothing = { flags: [], heapMb: null };

describe("the flags to carry over", () => {
  it("are none when the start script set them all", () => {
    expect(flagsToCarry([...setByScript, "-Xmx1000m", ...jmx], nothing, { setsHeap: true })).toEqual([]);
  });

  it("are those of the operator, in their order", () => {
    const own = ["-Xms1g", "-Djute.maxbuffer=4194304", "-XX:+UseG1GC", "-javaagent:/opt/agent.jar=7000:/etc/agent.yml"];
    expect(flagsToCarry([...setByScript, "-Xmx1000m", ...own, ...jmx], nothing, { setsHeap: true })).toEqual(own);
  });

  it("leave out what java.env gives, and what a later flag overrides", () => {
    const running = ["-Xmx1000m", "-Xmx160m", "-Dx=1", "-Xmx2g", "-Dx=2"];
    expect(flagsToCarry(running, { flags: ["-Xmx2g"], heapMb: null }, { setsHeap: true })).toEqual(["-Dx=2"]);
  });

  it("keep a heap equal to the default where the release sets none (3.4)", () => {
    expect(flagsToCarry(["-Xmx1000m"], nothing, { setsHeap: false })).toEqual(["-Xmx1000m"]);
    expect(flagsToCarry(["-Xmx512m"], { flags: [], heapMb: "512" }, { setsHeap: true })).toEqual([]);
  });

  it("keep remote JMX", () => {
    const remote = ["-Dcom.sun.management.jmxremote", "-Dcom.sun.management.jmxremote.port=7199"];
    expect(flagsToCarry(remote, nothing, { setsHeap: true })).toEqual(["-Dcom.sun.management.jmxremote.port=7199"]);
    expect(variablesToCarry(remote)).toEqual({});
    expect(variablesToCarry(["-Xmx1g", "-Dzookeeper.root.logger=INFO,ROLLINGFILE"])).toEqual({
      JMXDISABLE: "true",
      ZOO_LOG4J_PROP: "INFO,ROLLINGFILE",
    });
  });

  it("cannot hold blanks", () => {
    expect(flagsThatCannotBeCarried(["-Xmx1g", "-XX:OnError=gdb %p"])).toEqual(["-XX:OnError=gdb %p"]);
  });
});

describe("a secret", () => {
  it("is hidden in a flag, its key shown", () => {
    expect(withoutSecret("-Dzookeeper.DigestAuthenticationProvider.superDigest=super:abc=")).toBe(
      "-Dzookeeper.DigestAuthenticationProvider.superDigest=…",
    );
    expect(withoutSecret("-Djavax.net.ssl.keyStorePassword=x")).toBe("-Djavax.net.ssl.keyStorePassword=…");
    expect(withoutSecret("-Dzookeeper.digest.enabled=true")).toBe("-Dzookeeper.digest.enabled=true");
    expect(withoutSecret("-Djute.maxbuffer=1")).toBe("-Djute.maxbuffer=1");
  });

  it("is hidden in java.env", () => {
    const text = [
      `SERVER_JVMFLAGS="-Xmx1g -Dzookeeper.DigestAuthenticationProvider.superDigest=super:aGk= -Dx=1"`,
      "export KEYSTORE_PASSWORD='open sesame'",
    ].join("\n");
    const shown = withoutSecrets(text);
    expect(shown).not.toContain("aGk");
    expect(shown).not.toContain("sesame");
    expect(shown).toContain("-Dx=1");
    expect(shown).toContain("-Xmx1g");
  });
});
