// Files shared in a message: pictures inline, texts as a preview that opens, anything else as a link.

import { fetchFileText, fileUrl } from "./api.js";
import { h } from "./dom.js";
import { drawText } from "./formatted.js";
import { icon } from "./icons.js";
import { parseMarkdown } from "./markdown.js";
import { change, state } from "./store.js";

/** @typedef {import("./api.js").SharedFile} SharedFile */

/** Longer files are cut in the preview: a browser should not have to lay out a whole log. */
const PREVIEW_CHARACTERS = 60_000;

/** @param {SharedFile} file */
export function drawFile(file) {
  const name = file.name ?? file.title ?? file.id;
  if (isImage(file, name)) {
    return h(
      "figure",
      { class: "picture", key: file.id },
      h("figcaption", null, name),
      h(
        "a",
        { href: fileUrl(file.id), target: "_blank", rel: "noopener", "aria-label": `Open ${name}` },
        h("img", { src: fileUrl(file.id), alt: file.title ?? name }),
      ),
    );
  }
  const about = [
    icon("file"),
    h("span", { class: "file-name" }, name),
    file.size === undefined ? null : h("span", { class: "file-size" }, readableSize(file.size)),
  ];
  if (!isText(file, name)) {
    return h("a", { class: "file", key: file.id, href: fileUrl(file.id), target: "_blank", rel: "noopener" }, about);
  }
  const ontoggle = (/** @type {any} */ event) => {
    if (event.target.open) loadPreview(file.id);
  };
  return h(
    "details",
    { class: "file-preview", key: file.id, "data-file-id": file.id, ontoggle },
    h("summary", { class: "file" }, about),
    h(
      "div",
      { class: "file-content" },
      drawPreview(file.id, name),
      h("a", { class: "file-open", href: fileUrl(file.id), target: "_blank", rel: "noopener" }, "Open in a new tab"),
    ),
  );
}

/** A file's content never changes, so it is fetched once. @param {string} id */
async function loadPreview(id) {
  if (state.previews[id]?.text !== undefined) return;
  /** @type {{ text?: string, error?: string }} */
  let preview;
  try {
    preview = { text: await fetchFileText(id) };
  } catch (error) {
    preview = { error: error instanceof Error ? error.message : String(error) };
  }
  change((current) => {
    current.previews = { ...current.previews, [id]: preview };
  });
}

/**
 * @param {string} id
 * @param {string} name
 */
function drawPreview(id, name) {
  const preview = state.previews[id];
  if (preview === undefined) return h("p", { class: "quiet" }, "Loading…");
  if (preview.text === undefined) return h("p", { class: "input-error" }, `Cannot show it: ${preview.error}`);
  const text = preview.text.slice(0, PREVIEW_CHARACTERS);
  if (/\.(md|markdown)$/i.test(name)) return h("div", { class: "markdown" }, drawText(parseMarkdown(text)));
  return h("pre", { tabindex: 0 }, /\.json$/i.test(name) ? indented(text) : text);
}

/** @param {string} text */
function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** @param {SharedFile} file @param {string} name */
function isImage(file, name) {
  return /^image\//.test(file.mimetype ?? "") || /\.(png|jpe?g|gif|svg|webp)$/i.test(name);
}

/** @param {SharedFile} file @param {string} name */
function isText(file, name) {
  return (
    /^text\/|json|yaml/.test(file.mimetype ?? "") ||
    /\.(md|markdown|txt|log|jsonl?|ya?ml|cfg|conf|csv|sha512)$/i.test(name)
  );
}

/** @param {number} bytes */
function readableSize(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
