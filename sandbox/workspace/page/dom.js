// A small keyed DOM diff. `h` describes elements, `patch` makes the document equal to the description by touching only
// what differs: elements with the same key (or the same place and tag) stay the same objects, so focus, selection, scroll
// position and what a person typed or opened survive every live update. Text becomes text nodes, never HTML.

/**
 * @typedef {{ tag: string, key: string | number | undefined, props: Record<string, any>, children: Child[] }} VNode
 * @typedef {VNode | string} Child
 * @typedef {VNode | string | number | null | undefined | false | readonly Content[]} Content
 * @typedef {{ child: Child, node: Node }} Placed
 */

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "rect"]);
/** Properties, not attributes: set when the description changes, otherwise the reader's own input stays. */
const PROPERTIES = new Set(["value", "checked", "selected", "indeterminate"]);

/** @type {WeakMap<Node, Placed[]>} */
const placedIn = new WeakMap();
/** @type {WeakMap<Node, Record<string, (event: any) => unknown>>} */
const handlersOf = new WeakMap();

/**
 * @param {string} tag
 * @param {Record<string, any> | null} [props] attributes; `key`; `on…` handlers; `mount(element)` runs once when it is new,
 *   `unmount(element)` when it was removed by itself (not with what holds it)
 * @param {...Content} content
 * @returns {VNode}
 */
export function h(tag, props, ...content) {
  const { key, ...rest } = props ?? {};
  return { tag, key, props: rest, children: flatten(content) };
}

/**
 * @param {readonly Content[]} content
 * @returns {Child[]}
 */
function flatten(content) {
  /** @type {Child[]} */
  const children = [];
  for (const item of content) {
    if (item === null || item === undefined || item === false || item === "") continue;
    if (Array.isArray(item)) children.push(...flatten(item));
    else children.push(typeof item === "number" ? String(item) : /** @type {Child} */ (item));
  }
  return children;
}

/**
 * Makes the children of `parent` what `content` describes.
 * @param {Element} parent
 * @param {...Content} content
 */
export function patch(parent, ...content) {
  /** @type {(() => void)[]} */
  const mounts = [];
  patchChildren(parent, flatten(content), mounts);
  // After everything is in place, so that a mount may focus or measure.
  for (const mount of mounts) mount();
}

/**
 * @param {Element} parent
 * @param {Child[]} children
 * @param {(() => void)[]} mounts
 */
function patchChildren(parent, children, mounts) {
  const before = placedIn.get(parent) ?? [];
  const unused = new Set(before);
  const after = children.map((child) => {
    const match = findMatch(child, unused);
    if (match !== undefined) {
      unused.delete(match);
      update(match, child, mounts);
      return { child, node: match.node };
    }
    return { child, node: create(child, mounts) };
  });
  // Removing first leaves the survivors in order, so none of them has to be moved (moving would lose focus and scroll).
  for (const { child, node } of unused) {
    parent.removeChild(node);
    if (typeof child !== "string") child.props.unmount?.(node);
  }
  let cursor = parent.firstChild;
  for (const { node } of after) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
  placedIn.set(parent, after);
}

/**
 * @param {Child} child
 * @param {Set<Placed>} candidates in document order
 * @returns {Placed | undefined}
 */
function findMatch(child, candidates) {
  for (const placed of candidates) {
    const other = placed.child;
    if (typeof child === "string" || typeof other === "string") {
      if (typeof child === typeof other) return placed;
    } else if (child.key !== undefined || other.key !== undefined) {
      if (child.key === other.key && child.tag === other.tag) return placed;
    } else if (child.tag === other.tag) {
      return placed;
    }
  }
  return undefined;
}

/**
 * @param {Child} child
 * @param {(() => void)[]} mounts
 * @returns {Node}
 */
function create(child, mounts) {
  if (typeof child === "string") return document.createTextNode(child);
  const element = SVG_TAGS.has(child.tag)
    ? document.createElementNS(SVG, child.tag)
    : document.createElement(child.tag);
  // Children first: a select can take its value only when its options are there.
  patchChildren(element, child.children, mounts);
  setProps(element, {}, child.props);
  const mount = child.props.mount;
  if (mount !== undefined) mounts.push(() => mount(element));
  return element;
}

/**
 * @param {Placed} placed
 * @param {Child} child
 * @param {(() => void)[]} mounts
 */
function update(placed, child, mounts) {
  const { child: before, node } = placed;
  if (before === child) return;
  if (typeof child === "string" || typeof before === "string") {
    node.textContent = String(child);
    return;
  }
  patchChildren(/** @type {Element} */ (node), child.children, mounts);
  setProps(/** @type {Element} */ (node), before.props, child.props);
}

/**
 * @param {Element} element
 * @param {Record<string, any>} before
 * @param {Record<string, any>} after
 */
function setProps(element, before, after) {
  for (const name of Object.keys(before)) {
    if (!(name in after)) setProp(element, name, undefined);
  }
  for (const [name, value] of Object.entries(after)) {
    if (before[name] !== value) setProp(element, name, value);
  }
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {any} value
 */
function setProp(element, name, value) {
  if (name === "mount" || name === "unmount") return;
  if (name.startsWith("on")) setHandler(element, name.slice(2), value);
  else if (PROPERTIES.has(name)) Object.assign(element, { [name]: value ?? "" });
  else if (value === undefined || value === null || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * One listener an event type for the element's whole life; which function it calls may change with each description.
 * @param {Element} element
 * @param {string} type
 * @param {((event: any) => unknown) | undefined} handler
 */
function setHandler(element, type, handler) {
  let handlers = handlersOf.get(element);
  if (handlers === undefined) {
    handlers = {};
    handlersOf.set(element, handlers);
  }
  if (!(type in handlers)) {
    element.addEventListener(type, (event) => handlersOf.get(element)?.[type]?.(event));
  }
  handlers[type] = handler ?? (() => undefined);
}
