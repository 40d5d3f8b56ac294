// What can be downloaded: the edit, a sheet, a strip, animations.

import { byId, make, saveFile } from "./dom.js";
import { announce, complain, note } from "./notices.js";

/** The menu of files. */
export class Downloads {
  /**
   * @param {object} page what it asks of the page:
   *   `photo()`, `live`, `steps()`: the edit's targets, `chosen()`: the face whose picture a sheet
   *   shows or null, and `busy(boolean)`
   * @param {string[]} animations suffixes that the server can write
   */
  constructor(page, animations) {
    this.page = page;
    this.animations = animations;
    this.menu = byId("downloads");
    this.menu.addEventListener("beforetoggle", (event) => event.newState === "open" && this.#offer());
    this.menu.addEventListener("toggle", (event) => event.newState === "open" && this.#first()?.focus());
    this.menu.addEventListener("keydown", (event) => this.#moved(event));
  }

  /** Download the edit in the photo's format. */
  edit(more = {}) {
    const hidden = byId("private").checked ? { private: true } : {};
    return this.#fetch(() => this.page.live.file({ ...more, ...hidden }));
  }

  #offer() {
    const { suffix } = this.page.photo();
    const edited = this.page.steps().length > 0;
    const files = [
      ["Edited photo", suffix.slice(1).toUpperCase(), edited, () => this.edit()],
      ...(suffix === ".png" ? [] : [["Edited photo, lossless", "PNG", edited, () => this.edit({ format: "png" })]]),
      ...this.animations.map((kind) => [kind === "mp4" ? "Video" : "Animation", kind.toUpperCase(), edited, () => this.#animation(kind)]),
      ["Sheet of all expressions", "PNG", true, () => this.#special("sheet", this.#face())],
      ["Strip of strengths", "PNG", true, () => this.#special("strip", { ...this.#face(), ...this.#rows() })],
    ];
    byId("download-list").replaceChildren(
      ...files.map(([name, kind, possible, act]) =>
        make(
          "li",
          {},
          make("button", { type: "button", class: "menu-item", disabled: !possible, onclick: act }, make("span", { text: name }), make("span", { class: "kind", text: kind })),
        ),
      ),
    );
  }

  #first() {
    return this.menu.querySelector("button:not(:disabled)");
  }

  #moved(event) {
    const items = [...this.menu.querySelectorAll("button:not(:disabled), input")];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items.at(to % items.length).focus();
  }

  #face() {
    const face = this.page.chosen();
    return face === null ? {} : { face };
  }

  /** The rows of a strip: what is asked for, or every expression. */
  #rows() {
    const asked = this.page.steps().map(({ target }) => ({ ...target, intensity: 1 }));
    return asked.length > 0 ? { targets: asked } : {};
  }

  #animation(format) {
    const steps = this.page.steps();
    const { face, target } = steps.find((step) => step.face === this.page.chosen()) ?? steps[0];
    return this.#special("animation", { target, format, ...(face !== null && { face }) });
  }

  #special(kind, request) {
    return this.#fetch(() => this.page.photo().special(kind, request));
  }

  async #fetch(produce) {
    this.menu.hidePopover();
    this.page.busy(true);
    try {
      const { blob, notes, name } = await produce();
      const shown = `${this.page.photo().stem}_${name.replace(/^edited_/, "")}`;
      saveFile(blob, shown);
      for (const text of notes) note(text);
      announce(`${shown} is ready.`);
    } catch (error) {
      complain(error.message);
    } finally {
      this.page.busy(false);
    }
  }
}
