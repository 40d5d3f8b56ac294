// The controls of a face: who, which expression, how strong, mixed with what, action units.

import { arrowKeys, byId, make, markChosen, percent, setRange, write } from "./dom.js";
import { describe, NEUTRAL } from "./targets.js";

/** Pixels of a thumbnail's side. */
export const THUMBNAIL = 160;
const GROUPS = { brow: "Brows", eye: "Eyes", nose: "Nose", mouth: "Mouth", gaze: "Gaze" };

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Shows a state, and changes it. */
export class Controls {
  /**
   * @param {import("./state.js").State} state what is shown and changed
   * @param {object} info what the API says of the weights
   */
  constructor(state, info) {
    this.state = state;
    this.info = info;
    this.sliders = new Map();
    this.#makeParts();
    this.#makeExpressions();
    this.#makeHalf();
    this.#makeUnits();
    state.addEventListener("change", () => this.show());
  }

  /** Offer the faces of another photo. */
  open(faces) {
    byId("who").hidden = faces.length < 2;
    const chip = (face, text) =>
      make("button", { type: "button", role: "radio", class: "chip", "data-face": face ?? "", onclick: () => this.state.choose(face), text });
    byId("face-chips").replaceChildren(chip(null, "Everyone"), ...faces.map((face) => chip(face, `Face ${face}`)));
    for (const canvas of byId("expressions").querySelectorAll("canvas")) {
      canvas.getContext("2d").clearRect(0, 0, THUMBNAIL, THUMBNAIL);
      canvas.classList.add("empty");
    }
  }

  /**
   * Draw the thumbnails of a face.
   * @param {ImageBitmap} row one square for each class
   * @param {ImageBitmap} picture the photo itself
   * @param {object} framing where the face lies, see {@link Photo.framing}
   * @param {number} scale of that picture: its pixels for one of the photo
   */
  showThumbnails(row, picture, { x, y, angle, side, middle }, scale) {
    const [photo, ...others] = byId("expressions").querySelectorAll("canvas");
    const cleared = (canvas) => {
      const context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.clearRect(0, 0, THUMBNAIL, THUMBNAIL);
      canvas.classList.remove("empty");
      return context;
    };
    const context = cleared(photo);
    const enlarged = THUMBNAIL / side / scale;
    context.save();
    context.translate(middle[0] * THUMBNAIL, middle[1] * THUMBNAIL);
    context.rotate(-angle);
    context.scale(enlarged, enlarged);
    context.drawImage(picture, -x * scale, -y * scale);
    context.restore();
    others.forEach((canvas, at) => {
      cleared(canvas).drawImage(row, at * row.height, 0, row.height, row.height, 0, 0, THUMBNAIL, THUMBNAIL);
    });
  }

  /** Show the state. */
  show() {
    const { state } = this;
    const half = state.half;
    const chips = [...byId("face-chips").children];
    markChosen(chips, chips.find((chip) => chip.dataset.face === String(state.chosen ?? "")));
    for (const chip of chips) chip.classList.toggle("edited", Boolean(state.targets[chip.dataset.face]));
    const parts = [...byId("parts").children];
    markChosen(parts, parts.find((part) => part.dataset.part === state.part));
    const cells = [...byId("expressions").children];
    const chosen = cells.find((cell) => cell.dataset.expression === (half ? half.first : ""));
    markChosen(cells, chosen);
    for (const cell of cells) cell.classList.toggle("second", Boolean(half?.second) && cell.dataset.expression === half.second);
    write(byId("target-says"), state.differ ? "the faces differ" : describe(state.shown));
    this.#showHalf(half);
    this.#showUnits(state.shown?.units ?? {});
  }

  #showHalf(half) {
    const flat = !half || (half.first === NEUTRAL && !half.second);
    const strength = byId("strength");
    strength.disabled = flat;
    setRange(strength, half ? Math.round(half.strength * 100) : 100);
    write(byId("strength-says"), flat ? "" : percent(half.strength));
    byId("mix").disabled = !half;
    byId("mix").value = half?.second ?? "";
    for (const option of byId("mix").options) option.hidden = option.value !== "" && option.value === half?.first;
    byId("share-control").hidden = !half?.second;
    if (half?.second) {
      setRange(byId("share"), Math.round(half.share * 100));
      write(byId("share-label"), `${capital(half.first)} to ${half.second}`);
      write(byId("share-says"), `${Math.round((1 - half.share) * 100)} : ${Math.round(half.share * 100)}`);
    }
  }

  #showUnits(units) {
    for (const [key, { slider, output, row }] of this.sliders) {
      const value = units[key] ?? 0;
      setRange(slider, Math.round(value * 100));
      write(output, value === 0 ? "" : percent(value));
      row.classList.toggle("used", value !== 0);
    }
    for (const group of byId("unit-groups").children) {
      const used = group.querySelectorAll(".used").length;
      write(group.querySelector(".count"), used > 0 ? String(used) : "");
    }
    byId("units-clear").hidden = Object.keys(units).length === 0;
  }

  #makeParts() {
    const choose = (part) => this.state.choosePart(part.dataset.part);
    for (const part of byId("parts").children) part.addEventListener("click", () => choose(part));
    arrowKeys(byId("parts"), "[role=radio]", choose);
    arrowKeys(byId("face-chips"), "[role=radio]", (chip) => chip.click());
  }

  #makeExpressions() {
    const cell = (expression, text) => {
      const canvas = make("canvas", { width: THUMBNAIL, height: THUMBNAIL, class: "empty", "aria-hidden": "true" });
      const name = make("span", { class: "name", text, dir: "auto" });
      return make("button", { type: "button", role: "radio", class: "expression", "data-expression": expression, onclick: () => this.#express(expression) }, canvas, name);
    };
    byId("expressions").replaceChildren(cell("", "Photo"), ...this.info.classes.map((name) => cell(name, capital(name))));
    arrowKeys(byId("expressions"), "[role=radio]", (chosen) => chosen.click());
  }

  #express(expression) {
    if (expression) this.state.setExpression(expression);
    else this.state.leave();
  }

  #makeHalf() {
    const { state } = this;
    const follow = (id, change) => {
      byId(id).addEventListener("input", (event) => change(Number(event.target.value) / 100, true));
      byId(id).addEventListener("change", (event) => change(Number(event.target.value) / 100, false));
    };
    if (!this.info.classes.includes(NEUTRAL)) byId("strength").min = "5";
    byId("strength").max = String(Math.round(this.info.intensity.maximum * 100));
    follow("strength", (value, moving) => state.setHalf("strength", value, moving));
    follow("share", (value, moving) => state.setHalf("share", value, moving));
    const nothing = make("option", { value: "", text: "Nothing" });
    byId("mix").replaceChildren(nothing, ...this.info.classes.filter((name) => name !== NEUTRAL).map((name) => make("option", { value: name, text: capital(name) })));
    byId("mix").addEventListener("change", (event) => state.setHalf("second", event.target.value || null));
  }

  #makeUnits() {
    const groups = new Map();
    for (const control of this.info.controls) {
      if (!groups.has(control.group)) groups.set(control.group, []);
      groups.get(control.group).push(control);
    }
    const made = [...groups].map(([group, controls], at) =>
      make(
        "details",
        { class: "group", name: "unit-group", open: at === 0 },
        make("summary", {}, make("span", { text: GROUPS[group] ?? capital(group) }), make("span", { class: "count" })),
        ...controls.map((control) => this.#makeUnit(control)),
      ),
    );
    byId("unit-groups").replaceChildren(...made);
    byId("units-clear").addEventListener("click", () => this.state.clearUnits());
  }

  #makeUnit({ key, label, minimum, maximum, step }) {
    const slider = make("input", { type: "range", id: `unit-${key}`, min: minimum * 100, max: maximum * 100, step: Math.round(step * 100) || 1, value: 0 });
    const output = make("output", { for: slider.id });
    const name = make("label", { for: slider.id }, capital(label), make("abbr", { class: "unit", text: key }));
    const row = make("div", { class: "control" }, name, output, slider);
    const change = (moving) => this.state.setUnit(key, Number(slider.value) / 100, moving);
    slider.addEventListener("input", () => change(true));
    slider.addEventListener("change", () => change(false));
    this.sliders.set(key, { slider, output, row });
    return row;
  }
}
