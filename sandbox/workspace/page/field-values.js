// Reads what a person filled into a dialog: { [blockId]: { [actionId]: value } }, a string for one value, a list for
// several, null for nothing chosen. And says which required fields are still empty, as Slack's own client does.

/**
 * @param {HTMLElement} form
 * @returns {Record<string, Record<string, unknown>>}
 */
export function readValues(form) {
  /** @type {Record<string, Record<string, unknown>>} */
  const values = {};
  for (const field of fieldsIn(form)) {
    const { blockId = "", actionId = "" } = field.dataset;
    values[blockId] = { ...values[blockId], [actionId]: readValue(field) };
  }
  return values;
}

/**
 * @param {HTMLElement} form
 * @param {import("./api.js").Block[]} blocks
 * @returns {Record<string, string>} blockId → what is wrong; empty when the dialog may be sent
 */
export function findMissing(form, blocks) {
  /** @type {Record<string, string>} */
  const errors = {};
  for (const field of fieldsIn(form)) {
    const { blockId = "" } = field.dataset;
    const block = blocks.find((candidate) => candidate.type === "input" && candidate.block_id === blockId);
    if (block === undefined) continue;
    const value = readValue(field);
    const isEmpty = value === null || (Array.isArray(value) ? value.length === 0 : String(value).trim() === "");
    if (isEmpty && block.optional !== true) errors[blockId] = "Please complete this required field.";
    const shortest = Number(block.element?.min_length ?? 0);
    if (!isEmpty && String(value).length < shortest) errors[blockId] = `At least ${shortest} characters, please.`;
  }
  return errors;
}

/** @param {HTMLElement} form @returns {HTMLElement[]} */
function fieldsIn(form) {
  return [...form.querySelectorAll("[data-action-id]")]
    .filter((element) => element instanceof HTMLElement)
    .filter(({ dataset }) => dataset.kind !== "button" && dataset.kind !== "overflow");
}

/** @param {HTMLElement} field @returns {unknown} */
function readValue(field) {
  if (field instanceof HTMLSelectElement) {
    const chosen = [...field.selectedOptions].map((option) => option.value);
    return field.multiple ? chosen : chosen[0] || null;
  }
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) {
    return field.value === "" ? null : field.value;
  }
  const ticked = [...field.querySelectorAll("input:checked")].map(
    (input) => /** @type {HTMLInputElement} */ (input).value,
  );
  return field.dataset.kind === "checkboxes" ? ticked : (ticked[0] ?? null);
}
