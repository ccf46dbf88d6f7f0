// Made-up evidence for every kind of step, for scripts of runs.
import type { Evidence, StepEvidence } from "../../src/model/evidence.ts";
import { assertNever } from "../../src/model/ids.ts";
import type { Plan, Step } from "../../src/model/plan.ts";

/** Members after a change of one, as the steps up to it make them. */
const membersAfter = (plan: Plan, until: Step): readonly number[] => {
  const members = new Set<number>(plan.basis.servers.map(({ id }) => id));
  for (const step of plan.steps) {
    if (step.kind === "add-member") members.add(step.member.id);
    if (step.kind === "remove-member") members.delete(step.member.id);
    if (step === until) break;
  }
  return [...members].sort((a, b) => a - b);
};

/** Members when all is done. */
const membersAtEnd = (plan: Plan): readonly number[] => {
  const retired = plan.steps.flatMap((step) => (step.kind === "retire-server" ? [Number(step.server)] : []));
  const fresh = plan.steps.flatMap((step) => (step.kind === "prepare-server" ? [Number(step.server)] : []));
  const now = plan.basis.servers.map(({ id }) => Number(id));
  return [...now, ...fresh].filter((id) => !retired.includes(id)).sort((a, b) => a - b);
};

const hostOf = (plan: Plan, id: number): string =>
  plan.basis.servers.find((one) => one.id === id)?.host ??
  plan.steps.flatMap((step) => (step.kind === "prepare-server" && step.server === id ? [step.host] : []))[0] ??
  `zk${id}`;

const stepEvidence = (step: Step, plan: Plan): StepEvidence => {
  switch (step.kind) {
    case "preflight":
      return { kind: "preflight", serving: plan.basis.servers.length, rulesChecked: 31, leader: 3 };
    case "back-up":
      return {
        kind: "back-up",
        server: step.server,
        snapshot: "0x1000004af",
        bytes: 48_213,
        sha256: "91be".repeat(16),
        file: `/state/backups/server.${step.server}.tar.gz`,
        znodes: 201,
      };
    case "install-release":
      return {
        kind: "install-release",
        release: step.release,
        hosts: step.servers.map((id) => ({ host: hostOf(plan, id), how: "installed" })),
        sha512: "5512".repeat(32),
      };
    case "ask-approval":
      return { kind: "ask-approval" };
    case "stop-server":
      return { kind: "stop-server", server: step.server, signal: "TERM" };
    case "hand-over-leadership":
      return {
        kind: "hand-over-leadership",
        server: step.server,
        how: step.method,
        newLeader: plan.goal.kind === "upgrade" ? 2 : (membersAtEnd(plan)[1] ?? null),
      };
    case "write-config":
      return {
        kind: "write-config",
        server: step.server,
        release: step.release,
        ...(step.from === step.release ? { stays: true as const } : {}),
        diff: ["+4lw.commands.whitelist=srvr,mntr", "-admin.serverPort=8080"],
      };
    case "run-hook":
      return { kind: "run-hook", server: step.server, code: 0, output: "ok", diff: ["+ maxCnxns=500"] };
    case "start-server":
      return { kind: "start-server", server: step.server, release: step.release, pid: 4300 + step.server };
    case "wait-until-synced":
      return {
        kind: "wait-until-synced",
        server: step.server,
        mode: "follower",
        release: step.release,
        zxid: "0x1000004d2",
        syncedMs: 1900,
        proof: "leader counts 2 synced followers",
      };
    case "reconfigure":
      return { kind: "reconfigure", server: step.member.id, role: step.member.role, configVersion: "200000004" };
    case "prepare-server":
      return {
        kind: "prepare-server",
        server: step.server,
        host: step.host,
        release: step.release,
        diff: [`+dataDir=${step.place.dataDir}`],
        setAside: step.setAside ? `${step.place.dataDir}.retired-1` : null,
      };
    case "wait-until-joined":
      return {
        kind: "wait-until-joined",
        server: step.server,
        mode: "observer",
        release: step.release,
        zxid: "0x1000004d2",
        syncedMs: 1400,
        digest: { value: "1655629737480", zxid: "0x1000004d2" },
      };
    case "add-member":
    case "remove-member":
      return {
        kind: step.kind,
        server: step.member.id,
        role: step.member.role,
        configVersion: "100000007",
        members: membersAfter(plan, step),
        writeMs: 4,
      };
    case "restart-with-members":
      return {
        kind: "restart-with-members",
        members: step.members.map(({ id }) => id),
        servers: step.servers.map((server, i) => ({
          server,
          syncedMs: 1500,
          led: step.servers.length > 1 && i === step.servers.length - 1,
        })),
      };
    case "wait-for-clients":
      return {
        kind: "wait-for-clients",
        servers: step.servers.map((server) => ({ server, host: hostOf(plan, server), connections: [], count: 0 })),
        left: 0,
        connectString: step.connectString,
      };
    case "retire-server":
      return {
        kind: "retire-server",
        server: step.server,
        host: step.host,
        pid: 4000 + step.server,
        data: "/var/lib/zookeeper",
      };
    case "pause-writes":
      return {
        kind: "pause-writes",
        method: step.method,
        znodes: 201,
        persistent: 200,
        refusedBy: plan.basis.servers.map(({ id }) => id),
        zxid: "0x1000004b0",
        ...(step.method === "ports"
          ? { fenced: 0, saved: null, through: ["10.0.0.100"], ownMachine: [] }
          : { fenced: 201, saved: "/state/backups/acls-before-pause.jsonl" }),
      };
    case "keep-paused":
      return { kind: "keep-paused", ms: step.ms, ended: "time" };
    case "resume-writes":
      return {
        kind: "resume-writes",
        method: step.method,
        restored: step.method === "ports" ? plan.basis.servers.length : 201,
        pausedMs: 14_000,
        proof: { znodes: 201, written: 0, deleted: 0, opened: 0, paths: [] },
      };
    case "stage-backup":
      return {
        kind: "stage-backup",
        backup: step.backup,
        read: { release: step.release, tookMs: 2_100 },
        holds: { zxid: "0x1000004af", znodes: 201, digest: "d19e".repeat(16) },
        hosts: step.servers.map((id) => hostOf(plan, id)),
        files: 3,
        bytes: 48_213,
        sha256: "f11e".repeat(16),
      };
    case "restore-data":
      return {
        kind: "restore-data",
        backup: step.backup,
        downMs: 6_200,
        epoch: "0x9",
        servers: step.members.map(({ id }, i) => ({ id, mode: i === 2 ? "leader" : "follower" })),
        kept: step.members.map(({ id }) => ({
          server: id,
          host: hostOf(plan, id),
          folders: ["/var/lib/zookeeper/version-2.before.orders-7k2mx"],
        })),
        membershipSet: false,
      };
    case "verify-restore":
      return {
        kind: "verify-restore",
        backup: step.backup,
        method: "exact",
        digest: "d19e".repeat(16),
        znodes: 201,
        zxid: "0x900000012",
        servers: step.members.map(({ id }, i) => ({
          id,
          mode: i === 2 ? "leader" : "follower",
          writeMs: 4,
          same: 201,
          since: 0,
        })),
      };
    case "soak":
      return { kind: "soak", server: step.server, ms: step.ms };
    case "verify-ensemble": {
      const ids = plan.goal.kind === "upgrade" ? [1, 2, 3] : membersAtEnd(plan);
      return {
        kind: "verify-ensemble",
        release: step.release,
        method: "digest",
        digest: "1655629737480",
        zxid: "0x200000300",
        znodes: 201,
        servers: ids.map((id, i) => ({ id, mode: i === 1 ? "leader" : "follower", writeMs: 4 })),
      };
    }
    default:
      return assertNever(step);
  }
};

export const sampleEvidence = (step: Step, plan: Plan, at: number): Evidence => ({
  step: stepEvidence(step, plan),
  tookMs: 1200,
  canary: { writes: 120, failed: 0, longestPauseMs: 20, sessionsLost: 0, startedAt: at, slots: [4, 5] },
});
