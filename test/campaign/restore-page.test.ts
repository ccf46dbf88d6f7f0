// A restore as people do it at the page, in a real browser with real servers: chosen in the form, its name typed twice by another.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createExample, missingOn } from "../../sandbox/demo/example-data.ts";
import { type Stage, setStage } from "../../sandbox/stage.ts";
import { chromiumArguments, chromiumPath } from "../support/chromium.ts";
import { withSession } from "../support/restore-site.ts";

const pictures = process.env.PICTURES_DIR;

let dir: string;
let stage: Stage;
let browser: Browser;
let page: Page;
const pageErrors: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "zkshift-restore-page-"));
  stage = await setStage({
    dir,
    ensemble: { name: "orders", release: "3.9.6", size: 3 },
    releases: [],
    roles: ["all"],
  });
  await createExample(stage.ensemble.connectString);
  browser = await chromium.launch({ executablePath: await chromiumPath(), args: [...chromiumArguments] });
  page = await (await browser.newContext({ viewport: { width: 1440, height: 1000 } })).newPage();
  page.setDefaultTimeout(30_000);
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
const type = async (text: string): Promise<void> => {
  await page.getByTestId("composer").fill(text);
  await page.getByTestId("composer").press("Enter");
};
const modal = () => page.getByTestId("modal");
const submit = () => page.getByTestId("modal-submit").click();
const press = (actionId: string) => page.locator(`[data-action-id="${actionId}"]`).last().click();

/** The form of `/zk`, up to the choice of a backup. */
const openChoice = async (): Promise<void> => {
  await type("/zk");
  await modal().getByLabel("What").selectOption({ label: "Restore: choose a backup (a plan first, then approval)" });
  await submit();
  await modal().getByLabel("Backup, newest first").waitFor();
};
const typeName = async (action: string): Promise<void> => {
  await press(action);
  await modal()
    .getByLabel(/Type the ensemble's name, orders/)
    .fill("orders");
  await picture(`type-name-${action}`);
  await submit();
  await modal().waitFor({ state: "detached" });
};

it("says in the form that there is nothing to restore from yet", async () => {
  await type("/zk");
  await modal().getByLabel("What").selectOption({ label: "Restore: choose a backup (a plan first, then approval)" });
  await submit();
  await modal().getByText("There is no backup of").waitFor();
  await picture("no-backup");
  await page.getByTestId("modal-close").click();
});

it("shows the plan alone unless asked for more", async () => {
  await type("/zk backup orders");
  await page.getByText("is backed up").waitFor();
  await withSession(stage.ensemble, (session) => session.create("/later", Buffer.from("")));
  await openChoice();
  await picture("choose-backup");
  await submit();
  await page.getByText("Dry run").first().waitFor();
  expect(await page.locator('[data-action-id="approve"]').count()).toBe(0);
});

it("restores once another person has typed the ensemble's name twice", async () => {
  await openChoice();
  await modal().getByLabel("What").selectOption({ label: "Restore: post the plan for approval" });
  await submit();
  await page.locator('[data-action-id="approve"]').waitFor();
  await page.getByTestId("user-switch").selectOption({ label: "approver" });
  await typeName("approve");
  await page.locator('[data-action-id="continue"]').last().waitFor();
  await typeName("continue");
  await page
    .getByText(/orders holds the data of/)
    .first()
    .waitFor({ timeout: 90_000 });
  await picture("restored");
  expect(await withSession(stage.ensemble, (session) => session.exists("/later"))).toBeNull();
  for (const { address, clientPort } of stage.ensemble.servers) {
    expect(await missingOn(`${address}:${clientPort}`)).toEqual([]);
  }
  expect(pageErrors).toEqual([]);
});
