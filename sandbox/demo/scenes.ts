// What the demo can show: what people ask for, and which servers there must be at the end. Pure.
import type { SandboxServer } from "../ensemble/server.ts";
import type { SandboxEnsemble } from "../ensemble.ts";

export const sceneNames = ["upgrade", "migrate", "migrate+upgrade"] as const;
export type SceneName = (typeof sceneNames)[number];

export const isSceneName = (text: string): text is SceneName => sceneNames.some((name) => name === text);

export type Scene = {
  /** What the operator types. */
  readonly command: string;
  /** What every server must run at the end. */
  readonly release: string;
  readonly servers: readonly SandboxServer[];
  /** Servers that must be stopped, and members no more. */
  readonly gone: readonly SandboxServer[];
  /** Where the next gates are, for a person who presses the buttons. */
  readonly gates: string;
};

/** Hosts beside those of the servers. */
export const sparesOf = (name: SceneName): number => (name === "upgrade" ? 0 : 3);

export const sceneOf = (
  name: SceneName,
  ensemble: Pick<SandboxEnsemble, "name" | "servers" | "spares">,
  releases: { readonly from: string; readonly to: string },
): Scene => {
  const { servers, spares } = ensemble;
  if (name === "upgrade") {
    const command = `/zk upgrade ${ensemble.name} ${releases.to}`;
    return { command, release: releases.to, servers, gone: [], gates: "at the gate before the leader" };
  }
  const release = name === "migrate" ? releases.from : releases.to;
  return {
    command: [
      `/zk migrate ${ensemble.name} to ${spares.map(({ host }) => host).join(",")}`,
      ...(name === "migrate" ? [] : [`release ${release}`]),
    ].join(" "),
    release,
    servers: spares,
    gone: servers,
    gates: "at the gate before the old servers are stopped, and while clients are connected to them",
  };
};
