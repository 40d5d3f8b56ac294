// Small helpers for elements, keys and storage.

/** The element with an id; the page has every one that is asked for. */
export const byId = (id) => document.getElementById(id);

/**
 * Make an element.
 * @param {string} tag its name
 * @param {object} attributes attributes; `text` is its text, `on…` a listener
 * @param {...(Node|string)} children what is inside it
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** An icon of the page's sprite. */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(namespace, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const BACKWARDS = ["ArrowLeft", "ArrowUp"];
const FORWARDS = ["ArrowRight", "ArrowDown"];

/**
 * Let the arrow keys go through the items of a group, of which one is in the tab order.
 * @param {HTMLElement} group the group
 * @param {string} items selector of its items
 * @param {(item: HTMLElement) => void} choose called with the item that the keys reach
 */
export function arrowKeys(group, items, choose) {
  group.addEventListener("keydown", (event) => {
    const all = [...group.querySelectorAll(items)];
    const at = all.indexOf(event.target.closest(items));
    let to = -1;
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    if (BACKWARDS.includes(event.key)) to = (at + all.length - 1) % all.length;
    else if (FORWARDS.includes(event.key)) to = (at + 1) % all.length;
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = all.length - 1;
    if (to < 0) return;
    event.preventDefault();
    all[to].focus();
    choose(all[to]);
  });
}

/** Mark the chosen item of a group for readers, and put it alone into the tab order. */
export function markChosen(items, chosen, attribute = "aria-checked") {
  const reachable = items.includes(chosen) ? chosen : items[0];
  for (const item of items) {
    const says = String(item === chosen);
    if (item.getAttribute(attribute) !== says) item.setAttribute(attribute, says);
    const place = item === reachable ? 0 : -1;
    if (item.tabIndex !== place) item.tabIndex = place;
  }
}

/** Put a range to a value: where its knob is, how far it is filled, and what readers say. */
export function setRange(range, value) {
  const [low, high] = [Number(range.min), Number(range.max)];
  const filled = `${((value - low) / (high - low || 1)) * 100}%`;
  if (Number(range.value) !== value) range.value = value;
  if (range.style.getPropertyValue("--filled") === filled) return;
  range.style.setProperty("--filled", filled);
  range.setAttribute("aria-valuetext", percent(value / 100));
}

/** Write a text, unless it stands there already. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A value that was kept in the browser; null where there is none, or no storage. */
export function kept(name) {
  try {
    return localStorage.getItem(`lgpgan.${name}`);
  } catch {
    return null;
  }
}

/** Keep a value in the browser; null forgets it. Without storage nothing is kept. */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(`lgpgan.${name}`);
    else localStorage.setItem(`lgpgan.${name}`, value);
  } catch {
    // Nothing depends on it.
  }
}

/** Hand a file to the person. */
export function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A share as people read it: `60 %`. */
export const percent = (share) => `${Math.round(share * 100)} %`;
