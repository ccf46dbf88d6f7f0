// The driver docker on a real engine, by its socket or over TLS: `ZKSHIFT_TEST_DOCKER=unix:///…/docker.sock CAMPAIGN=1 npx vitest run
// --project campaign test/integration/docker-driver.test.ts`. The engine and its images come from sandbox/docker (docs/docker.md).
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { codeOf, type OpsError } from "../../src/errors.ts";
import { makeEngine } from "../../src/hosts/docker/engine.ts";
import { switchImage } from "../../src/hosts/docker/switch-image.ts";
import { makeHosts, type OpenHosts } from "../../src/hosts/hosts.ts";
import { parseInventory } from "../../src/inventory.ts";
import { ensembleName, hostName, serverId } from "../../src/model/ids.ts";
import type { Placement } from "../../src/model/inventory.ts";
import { placeOn } from "../../src/model/placement.ts";
import { release } from "../../src/model/release.ts";
import type { ServerControl } from "../../src/ports.ts";
import { onEngine, testEngine } from "../support/docker-engine.ts";
import { type DockerEnsemble, type DockerServer, startDockerEnsemble } from "../support/docker-ensemble.ts";
import { failureOf } from "../support/failure-of.ts";

let token = 100n;
const next = (): bigint => ++token;

describe.runIf(testEngine !== null)(onEngine("the docker driver"), () => {
  let ensemble: DockerEnsemble;
  let hosts: OpenHosts;
  let server: DockerServer;
  let placement: Placement;
  let control: ServerControl;
  let dir: string;

  const controlIn = (yaml: string, id: number): ServerControl => {
    const inventory = parseInventory(yaml, join(dir, "ensembles.yaml"));
    const spec = inventory.ensembles.get(ensembleName("orders"));
    const host = inventory.hosts.get(hostName(ensemble.servers[id - 1]?.container ?? ""));
    if (spec === undefined || host === undefined) throw new Error("no such server");
    placement = placeOn(spec, serverId(id), host);
    return hosts.server(placement);
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-docker-"));
    ensemble = await startDockerEnsemble("3.8.0");
    hosts = makeHosts();
    server = ensemble.servers[2] as DockerServer;
    control = controlIn(ensemble.inventoryYaml, 3);
  });
  afterAll(async () => {
    hosts?.close();
    await ensemble?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const pidNow = async (): Promise<number> => (await ensemble.inspect(server.container)).State.Pid;

  it("tells the facts of a running server, its image by digest, and who does not resolve in its network", async () => {
    const facts = await control.facts({ peers: [ensemble.servers[0]?.container ?? "", "no-such-name.invalid"] });
    const { Image } = await ensemble.inspect(server.container);
    expect(facts.process).toMatchObject({ pid: await pidNow(), configFile: "/conf/zoo.cfg" });
    expect(facts.process?.home).toBe(`3.8.0 in image zkshift-test/zookeeper:3.8.0 (${Image})`);
    expect(facts.configText).toContain("dataDir=/data");
    expect(facts.dynamicText).toMatch(/^server\.1=.*participant/m);
    expect(facts.javaEnvText).toMatch(/superDigest=…/);
    expect(facts).toMatchObject({ myid: "3", javaMajor: 17, current: null, installed: ["3.8.0"] });
    expect(facts.snapshots).toBeGreaterThan(0);
    expect(facts.freeBytes).toBeGreaterThan(1e6);
    expect(Math.abs(facts.clockOffsetMs)).toBeLessThan(5000);
    expect(facts.problems).toEqual(["the name no-such-name.invalid does not resolve on this host."]);
  });

  it("stops so that no restart policy revives it, says when there is nothing to stop, and starts again", async () => {
    for (const [id, signal] of [
      [1, "KILL"],
      [1, "TERM"],
      [2, "KILL"],
      [3, "KILL"],
    ] as const) {
      const other = controlIn(ensemble.inventoryYaml, id);
      const pid = await other.pid();
      expect(await other.stop(signal, next())).toEqual({ pid });
      await sleep(1_500);
      expect([id, signal, await other.isRunning(), await other.pid()]).toEqual([id, signal, false, null]);
      expect(await other.stop("KILL", next())).toBeNull();
      const started = await other.start(next());
      expect(await other.pid()).toBe(started.pid);
      expect(await other.start(next())).toEqual(started);
      await ensemble.serving();
    }
  });

  it("reads and replaces configuration and java.env, running or stopped, as the server's own user", async () => {
    const text = await control.readConfig();
    for (const isRunning of [true, false]) {
      if (!isRunning) await control.stop("TERM", next());
      const changed = `${text}maxClientCnxns=7${Number(isRunning)}\n# ä "quoted" $HOME\n`;
      await control.writeConfig(changed, next());
      expect(await control.readConfig()).toBe(changed);
      const env = (await control.readJavaEnv()) ?? "";
      await control.writeJavaEnv(`${env}# ${isRunning}\n`, next());
      expect(await control.readJavaEnv()).toBe(`${env}# ${isRunning}\n`);
      expect((await control.facts()).configText).toBe(changed);
      await control.writeJavaEnv(env, next());
    }
    await control.writeConfig(text, next());
    await control.start(next());
    await ensemble.serving();
    expect(await ensemble.docker("exec", server.container, "stat", "-c", "%U", "/conf/zoo.cfg", "/data/.zkshift")).toBe(
      "zookeeper\nzookeeper",
    );
  });

  it("gives it another image with all it had, and the old container back, id and all", async () => {
    const before = await ensemble.inspect(server.container);
    const had = await ensemble.kept(server.container);
    expect(await control.installImage?.(release("3.9.6"), next())).toMatchObject({ how: "already there" });
    expect(codeOf(await failureOf(control.switchRelease(release("3.9.6"), next())))).toBe("RUNS");
    await control.stop("KILL", next());
    await control.switchRelease(release("3.9.6"), next());
    expect(await ensemble.kept(server.container)).toEqual(had);
    await control.start(next());
    await ensemble.serving();
    expect((await observeServer(server.address, 2181))?.release).toBe("3.9.6");
    expect(await ensemble.kept(server.container)).toEqual(had);
    const aside = await ensemble.inspect(`${server.container}.zkshift-before`);
    expect([aside.Id, aside.State.Running, aside.HostConfig.RestartPolicy.Name]).toEqual([before.Id, false, "no"]);

    await control.stop("KILL", next());
    await control.switchHome(`3.8.0 in image x (${before.Image})`, next());
    await control.start(next());
    await ensemble.serving();
    expect((await observeServer(server.address, 2181))?.release).toBe("3.8.0");
    expect((await ensemble.inspect(server.container)).Id).toBe(before.Id);
    expect(await ensemble.kept(server.container)).toEqual(had);
  });

  it("removes what lies aside when it is told to, and goes back all the same", async () => {
    const had = await ensemble.kept(server.container);
    const { Image } = await ensemble.inspect(server.container);
    await control.stop("KILL", next());
    await control.switchRelease(release("3.9.6"), next());
    await control.start(next());
    await ensemble.serving();
    await control.forgetBefore?.(next());
    await expect(ensemble.inspect(`${server.container}.zkshift-before`)).rejects.toThrow();
    await control.stop("KILL", next());
    await control.switchHome(`3.8.0 in image x (${Image})`, next());
    await control.start(next());
    await ensemble.serving();
    expect((await observeServer(server.address, 2181))?.release).toBe("3.8.0");
    expect(await ensemble.kept(server.container)).toEqual(had);
    await control.forgetBefore?.(next());
  });

  it("arrives from wherever a worker died in a change of image, there and back", async () => {
    const { docker } = placement.host;
    if (docker === undefined) throw new Error("no docker");
    const whole = makeEngine("whole", docker);
    const [from, to] = await Promise.all(
      ["3.8.0", "3.9.6"].map(
        async (each) => JSON.parse(await ensemble.docker("image", "inspect", `zkshift-test/zookeeper:${each}`))[0].Id,
      ),
    );
    const had = await ensemble.kept(server.container);
    await control.stop("KILL", next());
    const original = (await ensemble.inspect(server.container)).Id;
    for (let calls = 0, done = false; !done; calls++) {
      for (const image of [to, from]) {
        let left = calls;
        const mortal: typeof whole = {
          ...whole,
          ask: (doing, call, ms) => (left-- > 0 ? whole.ask(doing, call, ms) : Promise.reject(new Error("killed"))),
        };
        const fence = next();
        done = await switchImage(mortal, server.container, image, fence).then(
          () => true,
          (error: Error) => {
            if (error.message !== "killed") throw error;
            return false;
          },
        );
        await switchImage(whole, server.container, image, next());
        const now = await ensemble.inspect(server.container);
        expect([calls, now.Image, now.State.Running]).toEqual([calls, image, false]);
        if (image === from) expect(now.Id).toBe(original);
        expect(await ensemble.kept(server.container)).toEqual(had);
        const all = (
          await ensemble.docker("ps", "--all", "--format", "{{.Names}}", "--filter", `name=${server.container}`)
        )
          .split("\n")
          .sort();
        expect(all).toEqual(
          image === to ? [server.container, `${server.container}.zkshift-before`] : [server.container],
        );
      }
      expect(calls).toBeLessThan(60);
    }
    await control.start(next());
    await ensemble.serving();
  });

  it("refuses every effect with an older token, before it has any effect", async () => {
    const newest = next();
    const text = await control.readConfig();
    // Through the engine alone: the wall in the container hears of it all the same.
    await control.start(newest);
    const pid = await pidNow();
    const old = newest - 1n;
    const effects = [
      () => control.stop("KILL", old),
      () => control.start(old),
      () => control.writeConfig(`${text}x=1\n`, old),
      () => control.switchHome(`x (sha256:${"0".repeat(64)})`, old),
      () => control.switchRelease(release("3.8.0"), old),
      () => control.installImage?.(release("3.9.6"), old) ?? Promise.resolve(),
      () => control.forgetBefore?.(old) ?? Promise.resolve(),
    ];
    for (const effect of effects) {
      const error = await failureOf(effect());
      expect([error.kind, error.code]).toEqual(["refused", "FENCED"]);
    }
    expect(await pidNow()).toBe(pid);
    expect(await control.readConfig()).toBe(text);
  });

  it("starts one process when two start at once", async () => {
    await control.stop("TERM", next());
    const fence = next();
    const pids = await Promise.all([control.start(fence), controlIn(ensemble.inventoryYaml, 3).start(fence)]);
    expect(pids[0]).toEqual(pids[1]);
    await ensemble.serving();
  });

  it("copies the data of a running server, and gives the end of its log", async () => {
    const file = join(dir, "backup.tar.gz");
    const kept = await control.backUp(file);
    expect(kept.snapshot).toMatch(/^0x/);
    expect((await readFile(file)).length).toBe(kept.bytes);
    expect(kept.contents.map(({ name }) => name)).toEqual(expect.arrayContaining(["myid", "zoo.cfg"]));
    expect(await control.logTail(200)).toContain("QuorumPeer");
    expect((await control.logTail(3)).trim().split("\n").length).toBeLessThanOrEqual(3);
  });

  it("says what stands against an image, and pulls what it can", async () => {
    const named = (image: string): ServerControl =>
      controlIn(ensemble.inventoryYaml.replaceAll("zkshift-test/zookeeper:{release}", image), 3);
    const missing = await failureOf(
      named("127.0.0.1:9/zookeeper:{release}").installImage?.(release("3.9.6"), next()) ?? Promise.resolve(),
    );
    expect([missing.kind, missing.code]).toEqual(["refused", "NO_IMAGE"]);
    expect(missing.message).toContain(
      "the image 127.0.0.1:9/zookeeper:3.9.6 is not on the Docker engine, and could not be pulled: ",
    );
    await ensemble.docker("tag", "zkshift-test/zookeeper:3.8.0", "zkshift-test/mislabelled:3.9.6");
    const wrong = await failureOf(
      named("zkshift-test/mislabelled:{release}").installImage?.(release("3.9.6"), next()) ?? Promise.resolve(),
    );
    expect([wrong.code, wrong.message]).toEqual([
      "WRONG_IMAGE",
      expect.stringContaining("holds ZooKeeper 3.8.0, not 3.9.6"),
    ]);
    await ensemble.docker("rmi", "zkshift-test/mislabelled:3.9.6");
  });

  it("says that a container or an engine is not there", async () => {
    const gone = controlIn(
      ensemble.inventoryYaml.replaceAll(`container: ${server.container}`, "container: no-such"),
      3,
    );
    expect(codeOf(await failureOf(gone.pid()))).toBe("NO_CONTAINER");
    const { url = "", certs = null } = testEngine ?? {};
    const nowhere = certs === null ? "unix:///nowhere/docker.sock" : "tcp://127.0.0.1:9";
    const away = controlIn(ensemble.inventoryYaml.replaceAll(url, nowhere), 3);
    const error = await failureOf(away.facts());
    expect([error.kind, error.code]).toEqual(["transient", "ENGINE_UNREACHABLE"]);
  });

  it.runIf(testEngine?.certs != null)(
    "says that an engine over TLS is not trusted, or does not trust us (needs ZKSHIFT_TEST_DOCKER_CERTS)",
    async () => {
      const { certs = "" } = testEngine ?? {};
      const failureWith = async (ca: string, cert: string): Promise<readonly unknown[]> => {
        const folder = await mkdtemp(join(dir, "certs-"));
        await copyFile(ca, join(folder, "ca.pem"));
        await copyFile(join(cert, "cert.pem"), join(folder, "cert.pem"));
        await copyFile(join(cert, "key.pem"), join(folder, "key.pem"));
        const error = await failureOf(controlIn(ensemble.inventoryYaml.replaceAll(`${certs}`, folder), 3).facts());
        return [error.kind, error.code, error.message, error.failure.next];
      };
      const stranger = await mkdtemp(join(dir, "stranger-"));
      await runCommand("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
        ...["-subj", "/CN=stranger", "-keyout", join(stranger, "key.pem"), "-out", join(stranger, "cert.pem")],
      ]);
      const next = expect.stringMatching(/certs/);
      expect(await failureWith(join(stranger, "cert.pem"), `${certs}`)).toEqual([
        ...[
          "transient",
          "ENGINE_UNREACHABLE",
          expect.stringMatching(/the worker does not trust the Docker engine at tcp/),
          next,
        ],
      ]);
      expect(await failureWith(join(`${certs}`, "ca.pem"), stranger)).toEqual([
        ...["transient", "ENGINE_UNREACHABLE", expect.stringMatching(/does not take the worker's certificate/), next],
      ]);
    },
  );

  it("shows the log of a server that does not come up", async () => {
    await control.stop("TERM", next());
    const text = await control.readConfig();
    await control.writeConfig(text.replace("dataDir=/data", "dataDir="), next());
    const failed = await control.start(next()).then(
      async () => {
        await sleep(3_000);
        return control.logTail(50);
      },
      (error: OpsError) => error.failure.detail ?? "",
    );
    expect(failed).toContain("exiting abnormally");
    await control.stop("KILL", next());
    await control.writeConfig(text, next());
    await control.start(next());
    await ensemble.serving();
  });
});
