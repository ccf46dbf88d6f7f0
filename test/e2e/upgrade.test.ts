// A whole upgrade as people see it: two of them at the page in a real browser, real servers behind it.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createExample, missingOn } from "../../sandbox/demo/example-data.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { type Stage, setStage } from "../../sandbox/stage.ts";
import { chromiumArguments, chromiumPath } from "../support/chromium.ts";

const pictures = process.env.PICTURES_DIR;

describe("an upgrade through the page", () => {
  let dir: string;
  let stage: Stage;
  let browser: Browser;
  let page: Page;
  const pageErrors: string[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-e2e-"));
    stage = await setStage({
      dir,
      ensemble: { name: "orders", release: "3.8.0", size: 3 },
      releases: ["3.9.6"],
      roles: ["all"],
    });
    await createExample(stage.ensemble.connectString);
    browser = await chromium.launch({ executablePath: await chromiumPath(), args: [...chromiumArguments] });
    page = await (await browser.newContext({ viewport: { width: 1440, height: 1000 } })).newPage();
    page.on("pageerror", (error) => pageErrors.push(error.message));
    await page.goto(`${stage.workspace.url}/#channel=zookeeper&user=operator`);
  });

  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const picture = async (name: string): Promise<void> => {
    if (pictures === undefined) return;
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  };
  const become = (user: string) => page.getByTestId("user-switch").selectOption({ label: user });
  const type = async (text: string): Promise<void> => {
    await page.getByTestId("composer").fill(text);
    await page.getByTestId("composer").press("Enter");
  };
  const button = (actionId: string) => page.locator(`[data-action-id="${actionId}"]`).last();

  it("shows the ensemble's status to the one who asked", async () => {
    await type("/zk status orders");
    await page.getByText("3.8.0").first().waitFor({ timeout: 20_000 });
    await picture("status");
  });

  it("shows a plan with its buttons, which the requester may not press", async () => {
    await type("/zk upgrade orders 3.9.6");
    await button("approve").waitFor({ timeout: 30_000 });
    await picture("plan");
    await button("approve").click();
    await page.getByText(/someone else must approve/i).waitFor({ timeout: 10_000 });
  });

  it("runs once another person has approved, asks before the leader, and ends on the new release", async () => {
    await become("approver");
    await button("approve").click();
    await button("stop").waitFor({ timeout: 20_000 });
    await picture("running");
    await button("continue").waitFor({ timeout: 90_000 });
    await page.getByTestId("open-thread").last().click();
    await page.getByTestId("thread-pane").waitFor();
    await picture("gate");
    await button("continue").click();
    await page
      .getByText(/orders runs 3\.9\.6/)
      .first()
      .waitFor({ timeout: 90_000 });
    await page.waitForTimeout(3_000);
    await picture("done");
    const seen = await Promise.all(stage.ensemble.servers.map((s) => observeServer(s.address, s.clientPort)));
    expect(seen.map((one) => one?.release)).toEqual(["3.9.6", "3.9.6", "3.9.6"]);
    for (const { address, clientPort } of stage.ensemble.servers) {
      expect(await missingOn(`${address}:${clientPort}`)).toEqual([]);
    }
  });

  it("threw no error in the page", () => {
    expect(pageErrors).toEqual([]);
  });
});
