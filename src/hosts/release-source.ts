// Reads files and the list of folders of a release repository, over https, http or from a folder. It judges no content.
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OpsError } from "../errors.ts";

export type ReleaseSource = {
  /** Names of the folders at the top. Throws `transient`, `input`. */
  list(): Promise<readonly string[]>;
  /** The pieces of a file; null when there is none of that name. Throws `transient`, also while it is read. */
  read(path: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** The address of a path, as a person may see it. */
  describe(path: string): string;
};

const unreachable = (address: string, why: string, cause?: unknown): OpsError =>
  new OpsError(
    "transient",
    {
      what: `${address} cannot be read: ${why}.`,
      next: "Check RELEASES_URL and the worker's way to it, then try again.",
    },
    { cause, code: "REPOSITORY_UNREACHABLE" },
  );

const isMissing = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

const folderSource = (folder: string): ReleaseSource => ({
  async list() {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      return entries.filter((entry) => !entry.isFile()).map((entry) => entry.name);
    } catch (cause) {
      if (!isMissing(cause)) throw unreachable(folder, (cause as Error).message, cause);
      throw new OpsError(
        "input",
        {
          what: `There is no release repository at ${folder}.`,
          next: "Set RELEASES_URL on the worker to a folder in the layout of Apache's archive.",
        },
        { cause, code: "NO_REPOSITORY" },
      );
    }
  },
  async read(path) {
    try {
      const file = await open(join(folder, path));
      return file.createReadStream();
    } catch (cause) {
      if (isMissing(cause)) return null;
      throw unreachable(join(folder, path), (cause as Error).message, cause);
    }
  },
  describe: (path) => (path === "" ? folder : join(folder, path)),
});

/** Why a request failed, in the words of the lowest layer: fetch itself only says "fetch failed". */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : String(cause);
};

/** Names of a directory index (Apache httpd, nginx, python -m http.server …): its links that go one level down. */
export const parseIndex = (html: string): readonly string[] =>
  [...html.matchAll(/<a\b[^>]*\bhref\s*=\s*["']?([^"'\s>]+)/gi)]
    .map((found) => /^(?:\.\/|.*\/(?=[^/]+\/?$))?([^/?#]+)\/?$/.exec(found[1] ?? "")?.[1] ?? "")
    .filter((name) => name !== "" && name !== ".." && name !== ".");

const httpSource = (base: URL, silenceMs: number): ReleaseSource => {
  const { username, password } = base;
  const plain = new URL(base);
  plain.username = "";
  plain.password = "";
  if (!plain.pathname.endsWith("/")) plain.pathname += "/";
  const headers: Record<string, string> =
    username === ""
      ? {}
      : {
          authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`,
        };
  const describe = (path: string): string => new URL(path, plain).href;

  const get = async (path: string): Promise<AsyncIterable<Uint8Array> | null> => {
    const address = describe(path);
    const giveUp = new AbortController();
    const silence = () => giveUp.abort(new Error(`no answer for ${Math.round(silenceMs / 1000)} s`));
    let timer = setTimeout(silence, silenceMs);
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(silence, silenceMs);
    };
    let answer: Response;
    try {
      answer = await fetch(address, { headers, signal: giveUp.signal });
    } catch (cause) {
      clearTimeout(timer);
      throw unreachable(address, reasonOf(cause), cause);
    }
    const { body } = answer;
    if (answer.status !== 200 || body === null) {
      clearTimeout(timer);
      await body?.cancel().catch(() => undefined);
      if (answer.status === 404 || answer.status === 410) return null;
      throw unreachable(address, `it answers ${answer.status} ${answer.statusText}`.trimEnd());
    }
    const expected = answer.headers.has("content-encoding") ? null : answer.headers.get("content-length");
    return (async function* () {
      let size = 0;
      try {
        for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
          heard();
          size += piece.length;
          yield piece;
        }
      } catch (cause) {
        throw unreachable(address, reasonOf(giveUp.signal.aborted ? giveUp.signal.reason : cause), cause);
      } finally {
        clearTimeout(timer);
      }
      if (expected !== null && Number(expected) !== size) {
        throw unreachable(address, `it ended after ${size} of ${expected} bytes`);
      }
    })();
  };

  return {
    async list() {
      const content = await get("");
      if (content === null) {
        throw new OpsError(
          "input",
          {
            what: `There is no release repository at ${describe("")}.`,
            next: "Set RELEASES_URL on the worker to a repository in the layout of Apache's archive.",
          },
          { code: "NO_REPOSITORY" },
        );
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of content) pieces.push(piece);
      return parseIndex(Buffer.concat(pieces).toString("utf8"));
    },
    read: get,
    describe,
  };
};

/** The source behind an address. Throws `input` for an address of any other kind. */
export const makeReleaseSource = (address: string, silenceMs: number): ReleaseSource => {
  if (URL.canParse(address)) {
    const url = new URL(address);
    if (url.protocol === "file:") return folderSource(fileURLToPath(url));
    if (url.protocol === "https:" || url.protocol === "http:") return httpSource(url, silenceMs);
  }
  throw new OpsError(
    "input",
    {
      what: "RELEASES_URL is neither an https:, http: nor file: address.",
      next: "For a folder of the worker write file:///path/to/releases.",
    },
    { code: "BAD_REPOSITORY_URL" },
  );
};
