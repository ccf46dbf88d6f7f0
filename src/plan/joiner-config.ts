// zoo.cfg of a new server: its template's text, but for what says who and where it is. Pure: text in, text out.
import type { Member } from "../model/ensemble.ts";
import type { ConfigChange, Place } from "../model/plan.ts";
import { applyChanges, entriesOf, parseZooCfg } from "../model/zoo-cfg.ts";
import { ADMIN_PORT } from "./config-changes.ts";
import { withMembers, withoutMembers } from "./member-lines.ts";

export type JoinerConfig = {
  /** zoo.cfg of the template as it stands. */
  readonly text: string;
  /** The new server, in the role it will have. */
  readonly member: Member;
  readonly place: Place;
  readonly changes: readonly ConfigChange[];
  /** Path of its dynamic file; or, where the membership is static, the members it starts with. */
  readonly members: { readonly dynamicFile: string } | { readonly list: readonly Member[] };
  /** False on releases that have no AdminServer (before 3.5). */
  readonly hasAdminServer: boolean;
};

/** Every address, or the machine's own: true on any host. Another one can only be the template's, for nobody binds a foreign one. */
const isTrueAnywhere = (address: string): boolean =>
  ["0.0.0.0", "::", "0:0:0:0:0:0:0:0", "localhost", "127.0.0.1", "::1"].includes(address);

/** The text for the new host. Comments and unknown lines of the template stay. */
export const joinerConfig = (given: JoinerConfig): string => {
  const { text, member, place, changes, members, hasAdminServer } = given;
  const had = entriesOf(parseZooCfg(text));
  const moved = (key: string): readonly { key: string; to: string | null }[] => {
    const address = had.get(key);
    return address === undefined || isTrueAnywhere(address) ? [] : [{ key, to: member.address }];
  };
  const isDynamic = "dynamicFile" in members;
  const clientPort = isDynamic
    ? // It stands in the member's line.
      [
        { key: "clientPort", to: null },
        { key: "clientPortAddress", to: null },
      ]
    : [{ key: "clientPort", to: portOf(place.client) }, ...moved("clientPortAddress")];
  const adminPort =
    hasAdminServer && (had.has(ADMIN_PORT) || place.adminPort !== 8080) && had.get("admin.enableServer") !== "false"
      ? [{ key: ADMIN_PORT, to: String(place.adminPort) }]
      : [];
  const own = applyChanges(withoutMembers(text), [
    { key: "dataDir", to: place.dataDir },
    { key: "dataLogDir", to: place.dataLogDir },
    ...clientPort,
    ...moved("secureClientPortAddress"),
    ...moved("admin.serverAddress"),
    ...adminPort,
    ...changes,
    ...(isDynamic ? [{ key: "dynamicConfigFile", to: members.dynamicFile }] : []),
  ]);
  return isDynamic ? own : withMembers(own, members.list, member.id);
};

const portOf = (client: string): string => client.slice(client.lastIndexOf(":") + 1);
