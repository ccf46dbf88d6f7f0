// A restore as people do it at the page, in a real browser with real servers: chosen in the form, its name typed twice by another.
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingOn } from "../../sandbox/demo/example-data.ts";
import { type PersonAtPage, sitDownAtPage } from "../support/person-at-page.ts";
import { withSession } from "../support/restore-site.ts";

let at: PersonAtPage;
beforeAll(async () => {
  at = await sitDownAtPage("3.9.6", []);
  at.page.setDefaultTimeout(30_000);
});
afterAll(() => at?.close());

const modal = () => at.page.getByTestId("modal");
const submit = () => at.page.getByTestId("modal-submit").click();

/** The form of `/zk`, up to the choice of a backup. */
const openChoice = async (): Promise<void> => {
  await at.type("/zk");
  await modal().getByLabel("What").selectOption({ label: "Restore: choose a backup (a plan first, then approval)" });
  await submit();
  await modal().getByLabel("Backup, newest first").waitFor();
};
const typeName = async (action: string): Promise<void> => {
  await at.button(action).click();
  await modal()
    .getByLabel(/Type the ensemble's name, orders/)
    .fill("orders");
  await at.picture(`type-name-${action}`);
  await submit();
  await modal().waitFor({ state: "detached" });
};

it("says in the form that there is nothing to restore from yet", async () => {
  await at.type("/zk");
  await modal().getByLabel("What").selectOption({ label: "Restore: choose a backup (a plan first, then approval)" });
  await submit();
  await modal().getByText("There is no backup of").waitFor();
  await at.picture("no-backup");
  await at.page.getByTestId("modal-close").click();
});

it("shows the plan alone unless asked for more", async () => {
  await at.type("/zk backup orders");
  await at.page.getByText("is backed up").waitFor();
  await withSession(at.stage.ensemble, (session) => session.create("/later", Buffer.from("")));
  await openChoice();
  await at.picture("choose-backup");
  await submit();
  await at.page.getByText("Dry run").first().waitFor();
  expect(await at.page.locator('[data-action-id="approve"]').count()).toBe(0);
});

it("restores once another person has typed the ensemble's name twice", async () => {
  await openChoice();
  await modal().getByLabel("What").selectOption({ label: "Restore: post the plan for approval" });
  await submit();
  await at.button("approve").waitFor();
  await at.become("approver");
  await typeName("approve");
  await at.button("continue").waitFor();
  await typeName("continue");
  await at.page
    .getByText(/orders holds the data of/)
    .first()
    .waitFor({ timeout: 90_000 });
  await at.picture("restored");
  expect(await withSession(at.stage.ensemble, (session) => session.exists("/later"))).toBeNull();
  for (const { address, clientPort } of at.stage.ensemble.servers) {
    expect(await missingOn(`${address}:${clientPort}`)).toEqual([]);
  }
  expect(at.pageErrors).toEqual([]);
});
