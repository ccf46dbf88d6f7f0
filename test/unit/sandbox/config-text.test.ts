import { describe, expect, it } from "vitest";
import {
  digestOf,
  dynamicConfig,
  type EnsembleConfig,
  javaEnv,
  zooCfg,
} from "../../../sandbox/ensemble/config-text.ts";

const first = { id: 1, address: "127.0.9.1", role: "participant" } as const;
const second = { id: 2, address: "127.0.9.2", role: "observer" } as const;
const config: EnsembleConfig = {
  release: "3.9.6",
  members: [first, second],
  ports: { client: 2181, quorum: 2888, election: 3888, admin: 8080 },
  reconfig: true,
  whitelist: "srvr",
  settings: { tickTime: "500" },
};

describe("configuration of a sandbox server", () => {
  it("keeps the members in the dynamic file when reconfiguration is allowed", () => {
    const text = zooCfg(config, first, "/data", "/conf/zoo.cfg.dynamic");
    expect(text).toBe(
      "tickTime=500\ninitLimit=10\nsyncLimit=5\ndataDir=/data\nadmin.serverAddress=127.0.9.1\nadmin.serverPort=8080\n" +
        "4lw.commands.whitelist=srvr\nstandaloneEnabled=false\nreconfigEnabled=true\ndynamicConfigFile=/conf/zoo.cfg.dynamic\n",
    );
    expect(dynamicConfig(config)).toBe(
      "server.1=127.0.9.1:2888:3888:participant;127.0.9.1:2181\nserver.2=127.0.9.2:2888:3888:observer;127.0.9.2:2181\n",
    );
  });

  it("lists the members in zoo.cfg otherwise, and 3.4 gets no AdminServer", () => {
    const text = zooCfg({ ...config, release: "3.4.13", reconfig: false, whitelist: null }, second, "/data", "unused");
    expect(text).toBe(
      "tickTime=500\ninitLimit=10\nsyncLimit=5\ndataDir=/data\nclientPort=2181\nclientPortAddress=127.0.9.2\n" +
        "peerType=observer\nserver.1=127.0.9.1:2888:3888\nserver.2=127.0.9.2:2888:3888:observer\n",
    );
  });

  it("computes the digest that ZooKeeper's documentation shows for super:admin", () => {
    expect(digestOf("super", "admin")).toBe("super:xQJmxLMiHGwaqBvst5y6rkB6HQs=");
    expect(javaEnv("admin")).toContain("superDigest=super:xQJmxLMiHGwaqBvst5y6rkB6HQs=");
    expect(javaEnv(null)).not.toContain("superDigest");
  });
});
