// A stage with the whole app and a person at its page in a real browser. PICTURES_DIR: where pictures of the page are kept.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Locator, type Page } from "playwright-core";
import { createExample } from "../../sandbox/demo/example-data.ts";
import { type Stage, setStage } from "../../sandbox/stage.ts";
import { chromiumArguments, chromiumPath } from "./chromium.ts";

export type PersonAtPage = {
  readonly stage: Stage;
  readonly page: Page;
  /** Errors that the page's own scripts threw. */
  readonly pageErrors: readonly string[];
  /** Goes on as another person; at first it is the operator. */
  become(user: string): Promise<unknown>;
  type(text: string): Promise<void>;
  /** The newest of the buttons with that action. */
  button(actionId: string): Locator;
  picture(name: string): Promise<void>;
  close(): Promise<void>;
};

/** Three servers of `release` with the example's data; `releases`: what the repository offers beside it. */
export const sitDownAtPage = async (release: string, releases: readonly string[]): Promise<PersonAtPage> => {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  };
  try {
    const dir = await mkdtemp(join(tmpdir(), "zkshift-page-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    const stage = await setStage({ dir, ensemble: { name: "orders", release, size: 3 }, releases, roles: ["all"] });
    closers.push(() => stage.close());
    await createExample(stage.ensemble.connectString);
    const browser = await chromium.launch({ executablePath: await chromiumPath(), args: [...chromiumArguments] });
    closers.push(() => browser.close());
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 1000 } })).newPage();
    const pageErrors: string[] = [];
    page.on("pageerror", (error) => pageErrors.push(error.message));
    await page.goto(`${stage.workspace.url}/#channel=zookeeper&user=operator`);
    return {
      stage,
      page,
      pageErrors,
      become: (user) => page.getByTestId("user-switch").selectOption({ label: user }),
      type: async (text) => {
        await page.getByTestId("composer").fill(text);
        await page.getByTestId("composer").press("Enter");
      },
      button: (actionId) => page.locator(`[data-action-id="${actionId}"]`).last(),
      picture: async (name) => {
        const pictures = process.env.PICTURES_DIR;
        if (pictures === undefined) return;
        await mkdir(pictures, { recursive: true });
        await page.screenshot({ path: join(pictures, `${name}.png`) });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
