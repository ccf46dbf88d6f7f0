// The ssh driver against a real sshd: what it promises of commands, files, keys and broken connections.
import { randomBytes } from "node:crypto";
import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../../sandbox/free-port.ts";
import { findProcesses, signalProcess } from "../../sandbox/processes.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { makeSshPool } from "../../src/hosts/ssh/pool.ts";
import { makeSshTransport } from "../../src/hosts/ssh/transport.ts";
import type { Transport } from "../../src/hosts/transport.ts";
import type { SshAccess } from "../../src/model/inventory.ts";
import { readSecret } from "../../src/secrets.ts";
import { failureOf } from "../support/failure-of.ts";
import { inCampaign } from "../support/in-campaign.ts";
import { knownHostsLine, makeKey, type Sshd, startSshd } from "../support/sshd.ts";

let dir: string;
let sshd: Sshd;
const pool = makeSshPool((ref) => readSecret(ref, { PASSPHRASE: "of the key" }));
const to = (access: Partial<SshAccess> = {}): Transport => {
  const whole = { ...sshd.access, ...access };
  return makeSshTransport(pool.to("box", whole), whole.sudo);
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "zkshift-ssh-"));
  await chmod(dir, 0o755);
  sshd = await startSshd({ dir: join(dir, "sshd"), address: "127.0.0.1", port: await findFreePort() });
});
afterAll(async () => {
  pool.close();
  await sshd?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Kills the host's side of every connection. */
const breakConnections = async (): Promise<void> => {
  for (const each of await sshd.connections()) signalProcess(each, "SIGKILL");
};

const sh = (text: string, ...args: string[]): readonly string[] => ["sh", "-c", text, "test", ...args];
const LIMIT = { timeoutMs: 30_000 } as const;

/** How long a `sleep` of a test's own sleeps: found again by it among all processes. */
const newMark = (): string => `${5_000 + Math.floor(Math.random() * 1_000)}.${Math.floor(Math.random() * 10_000)}`;
const sleepersOf = (mark: string) => findProcesses((argv) => argv[0] === "sleep" && argv[1] === mark);

describe("a command", () => {
  it("gets its arguments as they are, whatever is in them", async () => {
    const words = ["it's", "$(touch no)", "a\nb", "", "*", "ä \\ !", "-n", "; exit 9"];
    const { stdout } = await to().exec(sh(`printf '<%s>' "$@"`, ...words), LIMIT);
    expect(stdout).toBe(words.map((word) => `<${word}>`).join(""));
  });

  it("tells code, output and signal, and reads its input to the last byte", async () => {
    const stdin = `${randomBytes(300_000).toString("base64")}\nä\nends with blank lines\n\n`;
    expect(await to().exec(sh("cat; echo said >&2; exit 7"), { ...LIMIT, stdin })).toEqual({
      code: 7,
      stdout: stdin,
      stderr: "said\n",
    });
    expect((await to().exec(sh("kill -TERM $$"), LIMIT)).code).toBe(143);
  });

  it("gets variables that stand on no command line", async () => {
    const env = { A_SECRET: "one'two\\n\nthree", OTHER: "" };
    const script = `printf '%s|%s|' "$A_SECRET" "\${OTHER-unset}"; cat; cat /proc/[0-9]*/cmdline 2>/dev/null`;
    const { stdout } = await to().exec(sh(script), { ...LIMIT, env, stdin: "in" });
    expect(stdout.startsWith("one'two\\n\nthree||in")).toBe(true);
    expect(stdout.slice(20)).not.toContain("one'two");
  });

  it("is told from a program that is not there", async () => {
    const failure = await failureOf(to().exec(["no-such-program", "x"], LIMIT));
    expect([failure.kind, failure.code]).toEqual(["transient", "ENOENT"]);
  });

  it("is killed with all it began when its time is over, and its outcome is unknown", async () => {
    const mark = newMark();
    const failure = await failureOf(to().exec(sh("echo half >&2; sleep $1 & sleep $1", mark), { timeoutMs: 2_000 }));
    expect([failure.kind, failure.code, failure.failure.detail]).toEqual(["unknown-outcome", "TIMEOUT", "half\n"]);
    expect(failure.message).toContain("was killed");
    await sleep(100);
    expect(await sleepersOf(mark)).toEqual([]);
  });

  it("does not wait for what it left running in a session of its own, which outlives the connection", async () => {
    const mark = newMark();
    const began = Date.now();
    await to().exec(sh("setsid sleep $1 & echo started", mark), LIMIT);
    expect(Date.now() - began).toBeLessThan(10_000);
    const left = await sleepersOf(mark);
    expect(left).toHaveLength(1);
    await breakConnections();
    await sleep(200);
    expect(await sleepersOf(mark)).toEqual(left);
    for (const pid of left) signalProcess(pid, "SIGKILL");
  });

  it("goes beside many others over one connection, which opens again after it broke", async () => {
    const box = to();
    const numbers = Array.from({ length: 30 }, (_, i) => `${i}`);
    const many = await Promise.all(numbers.map((number) => box.exec(sh("sleep 0.1; echo $1", number), LIMIT)));
    expect(many.map(({ stdout }) => stdout.trim())).toEqual(numbers);
    const before = await sshd.connections();
    expect(before).toHaveLength(1);
    const running = failureOf(box.exec(sh("sleep 5"), LIMIT));
    await sleep(300);
    await breakConnections();
    const failure = await running;
    expect([failure.kind, failure.code]).toEqual(["unknown-outcome", "CONNECTION_LOST"]);
    expect((await box.exec(["echo", "again"], LIMIT)).stdout).toBe("again\n");
    expect(await sshd.connections()).not.toEqual(before);
  });

  it("waits for a session where sshd lets few in at a time", async () => {
    const port = await findFreePort();
    const few = await startSshd({ dir: join(dir, "few"), address: "127.0.0.1", port, lines: ["MaxSessions 2"] });
    try {
      const box = makeSshTransport(pool.to("few", few.access), null);
      const numbers = Array.from({ length: 8 }, (_, i) => `${i}`);
      const many = await Promise.all(numbers.map((number) => box.exec(sh("sleep 0.2; echo $1", number), LIMIT)));
      expect(many.map(({ stdout }) => stdout.trim())).toEqual(numbers);
    } finally {
      await few.stop();
    }
  });

  it("does not run with half of its input when the connection breaks", async () => {
    const file = join(dir, "half");
    const box = to();
    await box.exec(["true"], LIMIT);
    const running = failureOf(box.exec(sh(`cat >"$1"`, file), { ...LIMIT, stdin: "x".repeat(60_000_000) }));
    await sleep(50);
    await breakConnections();
    expect((await running).code).toBe("CONNECTION_LOST");
    await sleep(500);
    expect(await readdir(dir)).not.toContain("half");
  });
});

describe("a file", () => {
  it("goes there and back as it is, with its mode, and leaves nothing unfinished", async () => {
    const content = randomBytes(3_000_001);
    await writeFile(join(dir, "here"), content, { mode: 0o640 });
    const there = join(dir, "new folder", "it's there");
    await to().upload(join(dir, "here"), there);
    await to().download(there, join(dir, "back", "again"));
    for (const copy of [there, join(dir, "back", "again")]) {
      expect((await readFile(copy)).equals(content)).toBe(true);
      expect((await stat(copy)).mode & 0o777).toBe(0o640);
    }
    const left = [await readdir(join(dir, "new folder")), await readdir(join(dir, "back"))];
    expect(left).toEqual([["it's there"], ["again"]]);
  });

  it("that cannot be written or read leaves what was there, and says why", async () => {
    await writeFile(join(dir, "file"), "as it was");
    const up = await failureOf(to().upload(join(dir, "file"), join(dir, "file", "below")));
    expect([up.kind, up.code]).toEqual(["transient", "COPY_FAILED"]);
    const down = await failureOf(to().download(join(dir, "nowhere"), join(dir, "file")));
    expect(down.message).toContain("there is no file");
    expect(await readFile(join(dir, "file"), "utf8")).toBe("as it was");
  });

  it("whose way breaks in the middle does not appear", async () => {
    await writeFile(join(dir, "big"), Buffer.alloc(20_000_000, 1));
    const arrives = join(dir, "arrives");
    const running = failureOf(to().upload(join(dir, "big"), join(arrives, "big")));
    for (let seen: string[] = []; seen.length === 0; await sleep(5)) seen = await readdir(arrives).catch(() => []);
    await breakConnections();
    expect((await running).kind).toBe("transient");
    expect(await readdir(arrives)).not.toContain("big");
    await to().upload(join(dir, "big"), join(arrives, "big"));
    expect((await stat(join(arrives, "big"))).size).toBe(20_000_000);
    await rm(arrives, { recursive: true });
  });
});

describe("a file whose way breaks in the middle", () => {
  const size = 24_000_000;
  const content = randomBytes(size);
  const arrives = () => join(dir, "goes-on");
  const partial = async (): Promise<number> => {
    const found = (await readdir(arrives()).catch(() => [])).find((name) => name.endsWith(".part"));
    return found === undefined ? 0 : (await stat(join(arrives(), found))).size;
  };

  it("goes on where it was when the connection breaks, and is whole", async () => {
    await writeFile(join(dir, "whole"), content);
    const place = join(arrives(), "whole");
    const running = failureOf(to().upload(join(dir, "whole"), place));
    while ((await partial()) < 1_000_000) await sleep(2);
    await breakConnections();
    expect((await running).kind).toBe("transient");
    const sent: number[] = [];
    const began = Date.now();
    await to().upload(join(dir, "whole"), place, (bytes) => sent.push(bytes));
    console.log(`resumed at ${sent[0]} of ${size}, ${Date.now() - began} ms`);
    expect(sent[0]).toBeGreaterThanOrEqual(1_000_000);
    expect(sent.at(-1)).toBe(size);
    expect((await readFile(place)).equals(content)).toBe(true);
    expect(await readdir(arrives())).toEqual(["whole"]);
  });

  it("goes on although the host still waits for the rest of the broken one", async () => {
    const place = join(arrives(), "second");
    const running = failureOf(to().upload(join(dir, "whole"), place));
    while ((await partial()) < 1_000_000) await sleep(2);
    // The worker's side gives up; the host's stands still, as it does after a cut that it cannot see.
    const frozen = await sshd.connections();
    for (const each of frozen) signalProcess(each, "SIGSTOP");
    await running;
    const sent: number[] = [];
    await to().upload(join(dir, "whole"), place, (bytes) => sent.push(bytes));
    expect(sent[0]).toBeGreaterThanOrEqual(1_000_000);
    expect((await readFile(place)).equals(content)).toBe(true);
    for (const each of frozen) signalProcess(each, "SIGKILL");
    await rm(arrives(), { recursive: true });
  });

  it("is not taken for another file of that name, nor trusted where it is wrong", async () => {
    const place = join(arrives(), "third");
    const running = failureOf(to().upload(join(dir, "whole"), place));
    while ((await partial()) < 1_000_000) await sleep(2);
    await breakConnections();
    await running;
    const other = randomBytes(2_000_000);
    await writeFile(join(dir, "other"), other);
    await to().upload(join(dir, "other"), place);
    expect((await readFile(place)).equals(other)).toBe(true);
    const [left = ""] = (await readdir(arrives())).filter((name) => name.endsWith(".part"));
    await writeFile(join(arrives(), left), Buffer.alloc(1_500_000, 7));
    const failure = await failureOf(to().upload(join(dir, "whole"), place));
    expect([failure.kind, failure.message.includes("SHA-256 is wrong")]).toEqual(["transient", true]);
    await to().upload(join(dir, "whole"), place);
    expect((await readFile(place)).equals(content)).toBe(true);
    expect(await readdir(arrives())).toEqual(["third"]);
    await rm(arrives(), { recursive: true });
  });
});

describe("a host key", () => {
  const withKnownHosts = async (name: string, text: string): Promise<Transport> => {
    const knownHosts = join(dir, name);
    await writeFile(knownHosts, text);
    return to({ knownHosts });
  };
  const hello = (box: Transport) => box.exec(["echo", "hello"], LIMIT);
  const fingerprint = async (): Promise<string> =>
    (await runCommand("ssh-keygen", ["-lf", sshd.hostKey])).split(" ")[1] ?? "none";
  const ownLine = () => knownHostsLine(sshd.hostKey, sshd.address, sshd.port);

  it("that nobody vouched for is refused with its fingerprint", async () => {
    const failure = await failureOf(hello(await withKnownHosts("known-nobody", "# nobody\n")));
    expect([failure.kind, failure.code]).toEqual(["refused", "HOST_KEY_UNKNOWN"]);
    expect(failure.message).toContain(await fingerprint());
    expect(failure.failure.next).toContain(`ssh-keyscan -p ${sshd.port} 127.0.0.1`);
  });

  it("that is another than the known one is refused with its fingerprint and the line that knows better", async () => {
    await makeKey(join(dir, "other_key"));
    const other = await knownHostsLine(join(dir, "other_key.pub"), sshd.address, sshd.port);
    const failure = await failureOf(hello(await withKnownHosts("known-other", other)));
    expect([failure.kind, failure.code]).toEqual(["refused", "HOST_KEY_CHANGED"]);
    expect(failure.message).toContain(await fingerprint());
    expect(failure.message).toContain(`${join(dir, "known-other")}:1`);
  });

  it("of a kind that the host has no more is refused as changed", async () => {
    await makeKey(join(dir, "gone_key"), "ecdsa");
    const gone = await knownHostsLine(join(dir, "gone_key.pub"), sshd.address, sshd.port);
    const failure = await failureOf(hello(await withKnownHosts("known-gone", gone)));
    expect([failure.kind, failure.code]).toEqual(["refused", "HOST_KEY_CHANGED"]);
  });

  it("that is revoked is refused though another line knows it", async () => {
    const line = await ownLine();
    const revoked = `${line}@revoked * ${line.slice(line.indexOf(" ") + 1)}`;
    expect((await failureOf(hello(await withKnownHosts("known-revoked", revoked)))).code).toBe("HOST_KEY_REVOKED");
  });

  it("is known from a file that ssh-keyscan wrote and hashed", async () => {
    const scanned = await runCommand("ssh-keyscan", ["-H", "-p", String(sshd.port), sshd.address]);
    expect(scanned).toContain("|1|");
    expect((await hello(await withKnownHosts("known-hashed", scanned))).stdout).toBe("hello\n");
  });

  it("of another kind that the host has too does not make it look changed", async () => {
    await makeKey(join(dir, "ecdsa_key"), "ecdsa");
    const two = await startSshd({
      dir: join(dir, "two"),
      address: "127.0.0.1",
      port: await findFreePort(),
      lines: [`HostKey ${join(dir, "ecdsa_key")}`],
    });
    try {
      const knownHosts = join(dir, "known-ecdsa");
      await writeFile(knownHosts, await knownHostsLine(join(dir, "ecdsa_key.pub"), two.address, two.port));
      const box = makeSshTransport(pool.to("two", { ...two.access, knownHosts }), null);
      expect((await hello(box)).stdout).toBe("hello\n");
    } finally {
      await two.stop();
    }
  });
});

describe("the way in", () => {
  it("goes through another host, and opens again when that one's connection broke", async () => {
    const inner = await startSshd({ dir: join(dir, "inner"), address: "127.0.0.1", port: await findFreePort() });
    try {
      const access = { ...inner.access, jump: { name: "box", access: sshd.access } };
      const box = makeSshTransport(pool.to("inner", access), null);
      const { stdout } = await box.exec(sh("echo $SSH_CONNECTION"), LIMIT);
      expect(stdout.trim().endsWith(` ${inner.port}`)).toBe(true);
      await breakConnections();
      await sleep(300);
      expect((await box.exec(["echo", "again"], LIMIT)).stdout).toBe("again\n");
    } finally {
      await inner.stop();
    }
  });

  it("is a key with a passphrase, and says when that is missing", async () => {
    const key = join(dir, "locked_key");
    await runCommand("ssh-keygen", ["-q", "-t", "ed25519", "-N", "of the key", "-f", key]);
    await appendFile(join(dir, "sshd", "authorized_keys"), await readFile(`${key}.pub`));
    const open = to({ key, passphrase: { from: "env", name: "PASSPHRASE" } });
    expect((await open.exec(["echo", "in"], LIMIT)).stdout).toBe("in\n");
    const failure = await failureOf(to({ key }).exec(["true"], LIMIT));
    expect([failure.kind, failure.code]).toEqual(["refused", "KEY_LOCKED"]);
  });

  it("is an agent", async () => {
    const agent = join(dir, "agent");
    const said = await runCommand("ssh-agent", ["-a", agent, "-s"]);
    try {
      await runCommand("ssh-add", ["-q", sshd.access.key ?? ""], { env: { SSH_AUTH_SOCK: agent } });
      expect((await to({ key: null, agent }).exec(["echo", "in"], LIMIT)).stdout).toBe("in\n");
    } finally {
      signalProcess(Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]), "SIGTERM");
    }
  });

  it("is shut for a key that the host does not know", async () => {
    await makeKey(join(dir, "stranger"));
    const failure = await failureOf(to({ key: join(dir, "stranger") }).exec(["true"], LIMIT));
    expect([failure.kind, failure.code]).toEqual(["refused", "LOGIN_REFUSED"]);
  });

  it("leads nowhere where no sshd is", async () => {
    const failure = await failureOf(to({ port: await findFreePort() }).exec(["true"], LIMIT));
    expect([failure.kind, failure.code]).toEqual(["transient", "UNREACHABLE"]);
  });
});

describe("a host that stands still", () => {
  inCampaign("is given up within seconds, and works again when it goes on", async () => {
    const box = to();
    await box.exec(["true"], LIMIT);
    const frozen = await sshd.connections();
    for (const each of frozen) signalProcess(each, "SIGSTOP");
    const began = Date.now();
    const failure = await failureOf(box.exec(["true"], { timeoutMs: 60_000 }));
    expect([failure.kind, failure.code]).toEqual(["unknown-outcome", "CONNECTION_LOST"]);
    expect(Date.now() - began).toBeLessThan(20_000);
    for (const each of frozen) signalProcess(each, "SIGCONT");
    expect((await box.exec(["echo", "again"], LIMIT)).stdout).toBe("again\n");
  });
});
