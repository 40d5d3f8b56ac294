// What the page says: errors, notes, and words for screen readers alone.

import { byId, icon, make } from "./dom.js";

const SHOWN_MS = 7000;

/** Say something to screen readers alone. */
export function announce(text) {
  const place = byId("announcements");
  place.textContent = "";
  requestAnimationFrame(() => (place.textContent = text));
}

/** Show a note for a while. */
export function note(text) {
  const shown = notice(byId("toasts"), text);
  setTimeout(() => shown.remove(), SHOWN_MS);
}

/** Show an error until it is closed or the next photo is opened. */
export function complain(text) {
  const errors = byId("errors");
  for (const other of [...errors.children]) if (other.dataset.text === text) other.remove();
  notice(errors, text);
}

/** Take the errors away. */
export function forgive() {
  byId("errors").replaceChildren();
}

function notice(place, text) {
  const close = make("button", { type: "button", class: "icon-button small", "aria-label": "Close" }, icon("close"));
  const shown = make("div", { class: "toast", "data-text": text }, make("p", { text, dir: "auto" }), close);
  close.addEventListener("click", () => shown.remove());
  place.append(shown);
  return shown;
}
