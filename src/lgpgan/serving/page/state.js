// What every face of a photo is asked for; what of it is being changed; undo, redo; the address.

import { fromText, halfOf, NEUTRAL, same, targetOf, toText } from "./targets.js";

const STEPS = 200;

/** Tells its listeners of every change, with whether the hand is still moving. */
export class State extends EventTarget {
  /** @param {{classes: string[], controls: object}} known what the weights can be asked for */
  constructor(known) {
    super();
    this.known = known;
    this.faces = [];
    this.targets = {};
    this.chosen = null; // the number of a face; null for all of them
    this.part = "whole";
    this.past = [];
    this.future = [];
  }

  /** Begin with a photo's faces, and with what the address says of them. */
  begin(numbers) {
    this.faces = numbers;
    this.past = [];
    this.future = [];
    this.chosen = numbers.length === 1 ? numbers[0] : null;
    this.part = "whole";
    this.targets = this.#fromAddress();
    this.#tell("begin");
  }

  /** Numbers of the faces that a change concerns. */
  get concerned() {
    return this.chosen === null ? this.faces : [this.chosen];
  }

  /** The target that the controls show; null where a face is as on the photo. */
  get shown() {
    return this.targets[this.concerned[0]] ?? null;
  }

  /** The half that the controls show; null where a face is as on the photo. */
  get half() {
    return this.shown && this.shown[this.part === "eyes" ? "eyes" : "mouth"];
  }

  /** Whether the concerned faces differ in what they are asked for. */
  get differ() {
    return this.concerned.some((face) => !same(this.targets[face] ?? null, this.shown));
  }

  /** Whether any face is to be changed. */
  get edits() {
    return this.faces.some((face) => this.targets[face]);
  }

  /** Choose a face, or all with null. */
  choose(face) {
    this.chosen = face;
    this.#tell("choose");
  }

  /** Choose what of a face the expression is for: `whole`, `eyes` or `mouth`. */
  choosePart(part) {
    this.part = part;
    this.#tell("part");
  }

  /** Give the chosen part of the concerned faces an expression. */
  setExpression(name) {
    this.#change((target) => {
      const before = target ?? targetOf(this.#unmoved());
      const next = { ...before, units: { ...before.units } };
      for (const side of this.#sides()) {
        const strength = before[side].strength || 1;
        next[side] = { ...halfOf(name), strength };
      }
      return next;
    });
  }

  /** Leave the concerned faces as they are on the photo. */
  leave() {
    this.#change(() => null);
  }

  /**
   * Change a value of the chosen part: `strength`, `share` or `second`.
   * @param {boolean} moving whether the hand is still on it: such a change is no step to undo
   */
  setHalf(name, value, moving = false) {
    this.#change((target) => {
      const next = structuredClone(target ?? targetOf(this.#unmoved()));
      for (const side of this.#sides()) next[side][name] = value;
      return next;
    }, moving);
  }

  /** Set an action unit, 0 for none of it; see {@link setHalf} for `moving`. */
  setUnit(key, value, moving = false) {
    this.#change((target) => {
      const next = structuredClone(target ?? targetOf(this.#unmoved()));
      if (value !== 0) next.units[key] = value;
      else delete next.units[key];
      return next;
    }, moving);
  }

  /** Set all action units to nothing. */
  clearUnits() {
    this.#change((target) => target && { ...target, units: {} });
  }

  /** Give the concerned faces a whole target. */
  setTarget(target) {
    this.#change(() => structuredClone(target));
  }

  /** Leave every face as it is on the photo. */
  reset() {
    this.#step(() => (this.targets = {}));
  }

  undo() {
    this.#travel(this.past, this.future);
  }

  redo() {
    this.#travel(this.future, this.past);
  }

  /** The settings as a part of an address, without its `#`; empty where nothing is asked for. */
  get address() {
    const [first] = this.faces;
    if (this.edits && this.faces.every((face) => same(this.targets[face], this.targets[first]))) {
      return `all=${toText(this.targets[first])}`;
    }
    return this.faces
      .filter((face) => this.targets[face])
      .map((face) => `${face}=${toText(this.targets[face])}`)
      .join("&");
  }

  #fromAddress() {
    const targets = {};
    for (const part of location.hash.slice(1).split("&")) {
      const [face, text] = part.split("=");
      const target = text ? fromText(text, this.known) : null;
      const meant = this.faces.filter((number) => face === "all" || Number(face) === number);
      if (target) for (const number of meant) targets[number] = target;
    }
    return targets;
  }

  /** What a face shows where nothing was asked for yet and a control is moved. */
  #unmoved() {
    return this.known.classes.includes(NEUTRAL) ? NEUTRAL : this.known.classes[0];
  }

  #sides() {
    return this.part === "whole" ? ["eyes", "mouth"] : [this.part];
  }

  #change(change, moving = false) {
    this.#step(() => {
      const targets = { ...this.targets };
      for (const face of this.concerned) targets[face] = change(targets[face] ?? null);
      this.targets = targets;
    }, moving);
  }

  #step(act, moving = false) {
    this.resting ??= this.targets;
    act();
    if (!moving) {
      if (!same(this.#asked(this.resting), this.#asked(this.targets))) {
        this.past = [...this.past.slice(-STEPS), this.resting];
        this.future = [];
      }
      this.resting = null;
    }
    this.#tell("targets", moving);
  }

  #asked(targets) {
    return this.faces.map((face) => targets[face] ?? null);
  }

  #travel(from, to) {
    if (from.length === 0) return;
    to.push(this.targets);
    this.targets = from.pop();
    this.resting = null;
    this.#tell("targets");
  }

  #tell(what, moving = false) {
    this.dispatchEvent(new CustomEvent("change", { detail: { what, moving } }));
  }
}
