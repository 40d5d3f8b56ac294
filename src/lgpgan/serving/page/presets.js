// Settings of a face that are kept in this browser, and as files.

import { byId, icon, keep, kept, make, saveFile } from "./dom.js";
import { announce, complain, note } from "./notices.js";
import { describe, fromApi, toApi } from "./targets.js";

const LARGEST = 1_000_000; // bytes of a file

/** Keeps presets, and gives them to the chosen faces. */
export class Presets {
  /** @param {import("./state.js").State} state what they are given to and taken from */
  constructor(state) {
    this.state = state;
    this.all = this.#kept();
    byId("preset-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#keepPresent();
    });
    byId("preset-export").addEventListener("click", () => this.#saveFile());
    byId("preset-import").addEventListener("click", () => byId("preset-file").click());
    byId("preset-file").addEventListener("change", (event) => {
      const [file] = event.target.files;
      if (file) this.#load(file);
      event.target.value = "";
    });
    state.addEventListener("change", () => this.#offer());
    this.#show();
  }

  #kept() {
    try {
      return this.#read(JSON.parse(kept("presets") ?? "[]"));
    } catch {
      return []; // of other weights, or of another version
    }
  }

  /** Presets of a file's content: one, or a list of them. */
  #read(content) {
    const list = Array.isArray(content) ? content : [content];
    return list.map((preset) => {
      const { name, ...asked } = preset ?? {};
      if (typeof name !== "string" || !name.trim()) throw new Error("A preset has no name; add one to the file.");
      return { name: name.trim().slice(0, 60), target: fromApi(asked, this.state.known) };
    });
  }

  #add(presets) {
    const names = new Set(presets.map(({ name }) => name));
    this.all = [...this.all.filter(({ name }) => !names.has(name)), ...presets];
    this.#write();
  }

  #write() {
    keep("presets", JSON.stringify(this.#content(this.all)));
    this.#show();
  }

  #content(presets) {
    return presets.map(({ name, target }) => ({ name, ...toApi(target) }));
  }

  #keepPresent() {
    const target = this.state.shown;
    if (!target) {
      complain("There is nothing to keep yet. Choose an expression first.");
      return;
    }
    const name = byId("preset-name").value.trim() || describe(target).slice(0, 60);
    this.#add([{ name, target: structuredClone(target) }]);
    byId("preset-name").value = "";
    announce(`Preset ${name} kept.`);
  }

  #saveFile() {
    const target = this.state.shown;
    const presets = this.all.length > 0 ? this.all : target ? [{ name: describe(target), target }] : [];
    if (presets.length === 0) {
      complain("There is nothing to save yet. Choose an expression, or keep a preset.");
      return;
    }
    const text = `${JSON.stringify(this.#content(presets), null, 2)}\n`;
    saveFile(new Blob([text], { type: "application/json" }), "lgpgan-presets.json");
  }

  async #load(file) {
    try {
      if (file.size > LARGEST) throw new Error("The file is too large for presets; choose a JSON file of this page.");
      const presets = this.#read(parsed(await file.text()));
      this.#add(presets);
      if (presets.length === 1 && this.state.faces.length > 0) this.state.setTarget(presets[0].target);
      note(presets.length === 1 ? `The preset “${presets[0].name}” was loaded.` : `${presets.length} presets were loaded.`);
    } catch (error) {
      complain(error.message);
    }
  }

  #offer() {
    const nothing = this.state.shown === null;
    byId("preset-save").disabled = nothing;
    byId("preset-name").disabled = nothing;
  }

  #show() {
    byId("no-presets").hidden = this.all.length > 0;
    byId("presets").replaceChildren(
      ...this.all.map((preset) => {
        const apply = make("button", { type: "button", class: "chip", dir: "auto", text: preset.name, title: describe(preset.target), onclick: () => this.state.setTarget(preset.target) });
        const forget = make("button", { type: "button", class: "chip-end", "aria-label": `Delete the preset ${preset.name}`, onclick: () => this.#forget(preset) }, icon("close"));
        return make("li", {}, apply, forget);
      }),
    );
  }

  #forget(preset) {
    this.all = this.all.filter((other) => other !== preset);
    this.#write();
    byId("preset-name").focus();
    announce(`Preset ${preset.name} deleted.`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("The file holds no JSON; choose one that this page saved.");
  }
}
