// Describes a sandbox ensemble as a team would in `ensembles.yaml`.
import { stringify } from "yaml";
import type { Ports } from "./config-text.ts";

/** What a team decides about an ensemble; the defaults suit the local workspace and its user called `approver`. */
export type InventoryPolicy = {
  readonly channel?: string;
  readonly approvers?: Readonly<Record<string, unknown>>;
  readonly gates?: "once" | "leader" | "each";
  /** Further fields of the ensemble, such as `soak` or `hooks`. */
  readonly extra?: Readonly<Record<string, unknown>>;
};

export type InventoryHost = {
  readonly name: string;
  readonly address: string;
  readonly root: string;
  readonly data: string;
  /** Only those that are not where zkshift itself would put them. */
  readonly otherPaths: Readonly<Record<string, string>>;
};

/** The text of an `ensembles.yaml` with these hosts and this one ensemble; `ports` null means ZooKeeper's usual ones. */
export const inventoryText = (
  name: string,
  servers: ReadonlyMap<number, string>,
  hosts: readonly InventoryHost[],
  ports: Ports | null,
  superVariable: string | null,
  policy: InventoryPolicy,
): string =>
  stringify(
    {
      hosts: Object.fromEntries(
        hosts.map((host) => [
          host.name,
          {
            driver: "local",
            address: host.address,
            root: host.root,
            data: host.data,
            ...host.otherPaths,
            service: "zkServer",
            ...(ports === null ? {} : { ports }),
          },
        ]),
      ),
      ensembles: {
        [name]: {
          servers,
          channel: policy.channel ?? "#zookeeper",
          approvers: policy.approvers ?? { users: ["approver"], quorum: 1, selfApproval: false, expires: "4h" },
          gates: policy.gates ?? "leader",
          ...(superVariable === null ? {} : { super: `env:${superVariable}` }),
          ...policy.extra,
        },
      },
    },
    // Anchors and aliases would be right, and puzzling to read.
    { aliasDuplicateObjects: false },
  );
