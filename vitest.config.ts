import { defineConfig } from "vitest/config";

// One project a kind of test, so that each can be run alone: `npx vitest run --project unit`.
// Suites with real servers mostly wait for them, so two files at a time suit two cores; more would disturb each other.
const slow = {
  maxWorkers: 2,
  maxConcurrency: 3,
  sequence: { groupOrder: 1 },
  testTimeout: 120_000,
  hookTimeout: 180_000,
} as const;

const alone = ["test/integration/foreign-ensembles.test.ts"];

const campaign = [
  "test/campaign/**/*.test.ts",
  "test/integration/ansible-ssh.test.ts",
  "test/integration/configure-hook.test.ts",
  "test/integration/configure-run.test.ts",
  "test/integration/foreign-ensembles.test.ts",
  "test/integration/docker-driver.test.ts",
  "test/integration/docker-upgrade.test.ts",
  "test/integration/hosts-ansible.test.ts",
  "test/integration/hosts-contract.test.ts",
  "test/integration/hosts-new-folders.test.ts",
  "test/integration/hosts-new-server.test.ts",
  "test/integration/logback.test.ts",
  "test/integration/migrate-faults.test.ts",
  "test/integration/migrate-run.test.ts",
  "test/integration/sandbox-ensemble.test.ts",
  "test/integration/hosts-restore.test.ts",
  "test/integration/pause-ports.test.ts",
  "test/integration/revived.test.ts",
  "test/integration/ssh-debian.test.ts",
  "test/integration/ssh-driver.test.ts",
  "test/integration/ssh-ensemble.test.ts",
  "test/integration/ssh-host-faults.test.ts",
  "test/integration/ssh-migrate.test.ts",
  "test/integration/ssh-new-host-faults.test.ts",
  "test/integration/ssh-restore.test.ts",
  "test/integration/store/redis-modes.test.ts",
  "test/integration/zookeeper-contract.test.ts",
  "test/chaos/*.test.ts",
];

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], exclude: ["test/unit/layers.test.ts"] } },
      { test: { name: "layers", include: ["test/unit/layers.test.ts"] } },
      { test: { name: "property", include: ["test/property/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "golden", include: ["test/golden/**/*.test.ts"] } },
      { test: { name: "integration", include: ["test/integration/**/*.test.ts"], exclude: alone, ...slow } },
      // Servers as Apache ships them take port 8080 on every address, so nothing else may start servers meanwhile.
      { test: { name: "alone", include: alone, ...slow, maxWorkers: 1, sequence: { groupOrder: 2 } } },
      { test: { name: "e2e", include: ["test/e2e/**/*.test.ts"], ...slow } },
      // Takes as long as it is told to: only by `npm run campaign`.
      ...(process.env.CAMPAIGN === undefined
        ? []
        : [{ test: { name: "campaign", include: campaign, ...slow, maxWorkers: 1, sequence: { groupOrder: 3 } } }]),
      { test: { name: "chaos", include: ["test/chaos/**/*.test.ts"], ...slow } },
    ],
  },
});
