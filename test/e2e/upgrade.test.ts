// A whole upgrade as people see it: two of them at the page in a real browser, real servers behind it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingOn } from "../../sandbox/demo/example-data.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { type PersonAtPage, sitDownAtPage } from "../support/person-at-page.ts";

describe("an upgrade through the page", () => {
  let at: PersonAtPage;
  beforeAll(async () => {
    at = await sitDownAtPage("3.8.0", ["3.9.6"]);
  });
  afterAll(() => at?.close());

  it("shows the ensemble's status to the one who asked", async () => {
    await at.type("/zk status orders");
    await at.page.getByText("3.8.0").first().waitFor({ timeout: 20_000 });
    await at.picture("status");
  });

  it("shows a plan with its buttons, which the requester may not press", async () => {
    await at.type("/zk upgrade orders 3.9.6");
    await at.button("approve").waitFor({ timeout: 30_000 });
    await at.picture("plan");
    await at.button("approve").click();
    await at.page.getByText(/someone else must approve/i).waitFor({ timeout: 10_000 });
  });

  it("runs once another person has approved, asks before the leader, and ends on the new release", async () => {
    await at.become("approver");
    await at.button("approve").click();
    await at.button("stop").waitFor({ timeout: 20_000 });
    await at.picture("running");
    await at.button("continue").waitFor({ timeout: 90_000 });
    await at.page.getByTestId("open-thread").last().click();
    await at.page.getByTestId("thread-pane").waitFor();
    await at.picture("gate");
    await at.button("continue").click();
    await at.page
      .getByText(/orders runs 3\.9\.6/)
      .first()
      .waitFor({ timeout: 90_000 });
    await at.page.waitForTimeout(3_000);
    await at.picture("done");
    const seen = await Promise.all(at.stage.ensemble.servers.map((s) => observeServer(s.address, s.clientPort)));
    expect(seen.map((one) => one?.release)).toEqual(["3.9.6", "3.9.6", "3.9.6"]);
    for (const { address, clientPort } of at.stage.ensemble.servers) {
      expect(await missingOn(`${address}:${clientPort}`)).toEqual([]);
    }
  });

  it("threw no error in the page", () => {
    expect(at.pageErrors).toEqual([]);
  });
});
