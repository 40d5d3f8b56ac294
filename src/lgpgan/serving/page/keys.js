// Shortcuts of the keyboard, and the list of them.

import { byId, keep, kept, make } from "./dom.js";

/**
 * A shortcut.
 * @typedef {{keys: string[], does: string, act: () => void, end?: () => void, control?: boolean,
 *   shift?: boolean}} Shortcut end: called when the key is let go
 */

const SHOWN = { " ": "Space", "+": "+", "-": "−" };

/**
 * Listen for shortcuts.
 * @param {Shortcut[]} shortcuts those there are
 * @param {() => boolean} active whether there is a photo to use them on
 */
export function listenForKeys(shortcuts, active) {
  const single = byId("single-keys");
  single.checked = kept("single-keys") !== "off";
  single.addEventListener("change", () => keep("single-keys", single.checked ? null : "off"));
  let held = null;
  const release = () => {
    held?.end();
    held = null;
  };
  addEventListener("keydown", (event) => {
    if (!active() || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const control = event.ctrlKey || event.metaKey;
    if (!control && (!single.checked || writes(event.target))) return;
    const found = shortcuts.find((shortcut) => fits(shortcut, event, control));
    if (!found) return;
    event.preventDefault();
    if (event.repeat && (found.end || !found.repeats)) return;
    if (found.end) held = found;
    found.act(event.key);
  });
  addEventListener("keyup", (event) => held?.keys.includes(event.key.toLowerCase()) && release());
  addEventListener("blur", release);
  list(shortcuts);
}

function fits({ keys, control: wanted = false, shift }, event, control) {
  if (wanted !== control || (shift !== undefined && shift !== event.shiftKey)) return false;
  return keys.includes(event.key.toLowerCase());
}

/** Whether keys are letters where one is. */
function writes(element) {
  return element.closest("input:not([type=range], [type=checkbox]), textarea, select") !== null;
}

function list(shortcuts) {
  byId("keys").replaceChildren(
    ...shortcuts
      .filter(({ does }) => does)
      .map(({ keys, shown, does, control, shift }) => {
        const parts = [...(control ? ["Ctrl"] : []), ...(shift ? ["Shift"] : []), shown ?? SHOWN[keys[0]] ?? keys[0].toUpperCase()];
        return make("div", {}, make("dt", {}, ...parts.map((text) => make("kbd", { text }))), make("dd", { text: does }));
      }),
  );
  byId("help").addEventListener("click", () => byId("help-dialog").showModal());
  byId("help-close").addEventListener("click", () => byId("help-dialog").close());
}
