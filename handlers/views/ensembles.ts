// `/zk ensembles`: what the inventory names. Pure.
import type { EnsembleSpec, Inventory } from "../../src/model/inventory.ts";
import { exampleHosts, freeHosts, knownOf } from "../parse/known.ts";
import { approversOf, approversPhrase } from "./approvers.ts";
import { context, header, type Message, message, section, sections, table } from "./message.ts";
import { and, code, esc, plural, serverName } from "./words.ts";

const serversOf = (spec: EnsembleSpec, inventory: Inventory): string =>
  [...spec.servers]
    .map(([id, name]) => {
      const host = inventory.hosts.get(name);
      return `${serverName(id)} ${name}${host === undefined ? "" : ` ${host.address}:${host.ports.client}`}`;
    })
    .join(", ");

const approvalWords = ({ approvers }: EnsembleSpec): string =>
  `${approvers.quorum} of ${approversPhrase(approversOf(approvers))}${approvers.selfApproval ? ", also who asked" : ", not who asked"}`;

export const ensemblesMessage = (inventory: Inventory): Message => {
  const specs = [...inventory.ensembles.values()];
  if (specs.length === 0)
    return message("The inventory names no ensembles.", [
      section(`The inventory names no ensembles yet: add one to ${code("ensembles.yaml")}.`),
    ]);
  const first = specs[0]?.name ?? "";
  const known = knownOf(inventory);
  const free = freeHosts(known);
  const to = exampleHosts(known, first);
  return message(`${plural(specs.length, "ensemble")}: ${specs.map((spec) => spec.name).join(", ")}`, [
    header(plural(specs.length, "ensemble")),
    table(
      ["ensemble", "servers (as the inventory has them)", "channel", "gates"],
      specs.map((spec) => [{ bold: spec.name }, serversOf(spec, inventory), spec.channel, spec.gates]),
    ),
    ...sections(specs.slice(0, 30).map((spec) => `*${esc(spec.name)}* is approved by ${approvalWords(spec)}`)),
    ...(free.length === 0
      ? []
      : sections([
          `No ensemble uses ${and(free.slice(0, 20).map(esc))}${free.length > 20 ? ` and ${free.length - 20} more` : ""}.`,
        ])),
    context(
      [
        `How they are now: ${code(`/zk status ${first}`)}`,
        `upgrade one: ${code(`/zk upgrade ${first} 3.9.6`)}`,
        ...(to.length === 0 ? [] : [`move one: ${code(`/zk migrate ${first} to ${to.join(",")}`)}`]),
      ].join(" · "),
    ),
  ]);
};
