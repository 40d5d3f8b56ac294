// The photo on the screen: before and after, the divider, zoom, and the outlines of faces.

import { byId, make } from "./dom.js";

const CLOSEST = 8; // device pixels for a pixel of the photo
const ENLARGED = 2; // of a small photo that is to fill the stage
/** By how much a button or a key zooms. */
export const ZOOM_STEP = 1.25;
const MOVE = 60; // pixels that an arrow key moves the photo
const SLACK = 5; // pixels that a click may slip
const AROUND = 0.4; // of faces that fill the stage, on every side
const FACE_MARGIN = 0.18; // of a face's box, around its outline

/**
 * A picture of the photo, or of a part of it.
 * @typedef {{bitmap: ImageBitmap, box: number[]}} Layer box: left, top, right, bottom, in pixels of
 *   the photo
 */

/** Shows a photo and its edit; tells of `zoom` and of a `face` that was clicked. */
export class Stage extends EventTarget {
  constructor() {
    super();
    this.element = byId("stage");
    this.canvas = byId("canvas");
    this.outlines = byId("outlines");
    this.divider = byId("divider");
    this.context = this.canvas.getContext("2d", { alpha: true });
    this.photo = null;
    this.before = null;
    this.after = []; // layers
    this.drawn = null; // the photo itself, as it lies on the stage
    this.share = 0.5; // of the stage that shows the photo before, where it is divided
    this.divided = false;
    this.onlyBefore = false;
    this.view = { scale: 1, x: 0, y: 0, fits: true };
    this.afterDrawn = [];
    new ResizeObserver(() => this.#resize()).observe(this.element);
    this.#listen();
  }

  /**
   * Show another photo.
   * @param {{width: number, height: number, faces: object[]}} photo what the API says of it
   * @param {ImageBitmap} bitmap the photo itself
   */
  open(photo, bitmap) {
    this.photo = photo;
    this.before = { bitmap, box: [0, 0, photo.width, photo.height] };
    this.after = [];
    this.outlines.replaceChildren(
      ...photo.faces.map((face) =>
        make(
          "button",
          { type: "button", class: "outline", "data-face": face.number, "aria-pressed": "false", onclick: () => this.#clicked(face.number) },
          make("span", { class: "for-readers", text: "Face " }),
          make("span", { class: "number", text: String(face.number) }),
        ),
      ),
    );
    this.fit();
  }

  /** Show an edit, as layers above the photo; none is the photo itself. */
  show(layers) {
    this.after = layers;
    this.draw();
  }

  /** Show the photo itself more finely. */
  sharpen(bitmap) {
    this.before = { ...this.before, bitmap };
    this.draw();
  }

  /** Show the photo before the edit alone, or not. */
  showBefore(only) {
    this.onlyBefore = only;
    this.draw();
  }

  /** Divide the stage into before and after, or not. */
  divide(divided) {
    this.divided = divided;
    this.divider.hidden = !divided;
    this.#moveDivider(this.share);
  }

  /** Outline those faces that are chosen more strongly than the others. */
  markFaces(numbers) {
    for (const outline of this.outlines.children) {
      outline.setAttribute("aria-pressed", String(numbers.includes(Number(outline.dataset.face))));
    }
  }

  /** Device pixels for a pixel of the photo. */
  get resolution() {
    return this.view.scale * devicePixelRatio;
  }

  /**
   * What is asked of a preview: the part of the photo that changes and is in sight, as fine as the
   * screen shows it.
   * @param {number[]} changing the part that can change
   * @param {number} most pixels of its longer side
   */
  wantedPreview(changing, most) {
    const seen = this.inSight;
    const inside = [
      Math.max(changing[0], seen[0]),
      Math.max(changing[1], seen[1]),
      Math.min(changing[2], seen[2]),
      Math.min(changing[3], seen[3]),
    ];
    const crop = inside[0] < inside[2] && inside[1] < inside[3] ? inside : changing;
    const longest = Math.max(crop[2] - crop[0], crop[3] - crop[1]);
    return { crop, side: Math.max(32, Math.min(most, longest, Math.ceil(longest * this.resolution))) };
  }

  /** Let the whole photo fill the stage. */
  fit() {
    if (!this.photo) return;
    const scale = this.#fitting();
    this.view = { scale, x: 0, y: 0, fits: true };
    this.#settle();
  }

  /** Let faces fill the stage. */
  zoomTo(numbers) {
    const boxes = this.photo.faces.filter(({ number }) => numbers.includes(number)).map(({ box }) => box);
    const ends = [Math.min, Math.min, Math.max, Math.max].map((end, side) => end(...boxes.map((box) => box[side])));
    const [width, height] = this.#size();
    const [right, down] = [ends[2] - ends[0], ends[3] - ends[1]];
    const room = 1 + 2 * AROUND;
    this.fit();
    const wanted = Math.min(width / (right * room), height / (down * room));
    const [x, y] = [(ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2];
    this.view.x = width / 2 - x * this.view.scale;
    this.view.y = height / 2 - y * this.view.scale;
    this.zoomBy(Math.max(1, wanted / this.view.scale));
  }

  /** Zoom by a factor about a point of the stage, its middle if not said. */
  zoomBy(factor, point = null) {
    if (!this.photo) return;
    const [width, height] = this.#size();
    const [x, y] = point ?? [width / 2, height / 2];
    const low = this.#fitting();
    const scale = this.#exact(Math.min(Math.max(this.view.scale * factor, low), Math.max(low, CLOSEST / devicePixelRatio)));
    const ratio = scale / this.view.scale;
    this.view = { scale, x: x - (x - this.view.x) * ratio, y: y - (y - this.view.y) * ratio, fits: scale <= low * 1.001 };
    this.#settle();
  }

  /** Draw at the next frame; once for all that is asked in between. */
  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.#paint();
    });
  }

  /** Wait for what is shown now to be on the screen. */
  painted() {
    return new Promise((resolve) => {
      this.afterDrawn.push(resolve);
      this.draw();
    });
  }

  #size() {
    return [this.element.clientWidth, this.element.clientHeight];
  }

  #fitting() {
    const [width, height] = this.#size();
    const edge = width > 700 ? 24 : 0;
    const fitting = Math.min((width - 2 * edge) / this.photo.width, (height - 2 * edge) / this.photo.height);
    return Math.max(0.001, Math.min(fitting, ENLARGED));
  }

  /** A scale without the errors of rounding where a pixel of the photo is one of the screen. */
  #exact(scale) {
    return Math.abs(scale * devicePixelRatio - 1) < 1e-3 ? 1 / devicePixelRatio : scale;
  }

  /** The part of the photo that is in sight: left, top, right, bottom, in its pixels. */
  get inSight() {
    const [width, height] = this.#size();
    const { scale, x, y } = this.view;
    return [
      Math.max(0, Math.floor(-x / scale)),
      Math.max(0, Math.floor(-y / scale)),
      Math.min(this.photo.width, Math.ceil((width - x) / scale)),
      Math.min(this.photo.height, Math.ceil((height - y) / scale)),
    ];
  }

  /** Keep the photo within the stage, or in its middle where it is smaller. */
  #settle() {
    const [width, height] = this.#size();
    const { view } = this;
    const within = (at, size, room) => (size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, at)));
    const whole = (at) => Math.round(at * devicePixelRatio) / devicePixelRatio; // a pixel is on a pixel
    view.x = whole(within(view.x, this.photo.width * view.scale, width));
    view.y = whole(within(view.y, this.photo.height * view.scale, height));
    this.element.classList.toggle("zoomed", !view.fits);
    this.#placeOutlines();
    this.#moveDivider(this.share);
    this.draw();
    this.dispatchEvent(new CustomEvent("zoom", { detail: Math.round(this.resolution * 100) }));
  }

  #resize() {
    const [width, height] = this.#size();
    if (!width || !height) return;
    this.canvas.width = Math.round(width * devicePixelRatio);
    this.canvas.height = Math.round(height * devicePixelRatio);
    if (!this.photo) return;
    if (this.view.fits) this.fit();
    else this.#settle();
    this.#paint();
  }

  #paint() {
    const { context, canvas } = this;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (this.photo) {
      context.drawImage(this.#drawnBefore(), 0, 0);
      const divided = this.divided && this.after.length > 0;
      const border = divided ? Math.round(canvas.width * this.share) : 0;
      if (!this.onlyBefore) this.#paintLayers(context, this.after, border);
    }
    for (const resolve of this.afterDrawn.splice(0)) setTimeout(resolve);
  }

  /** The photo itself as it lies on the stage; drawn anew only where that has changed. */
  #drawnBefore() {
    const { canvas, view, before } = this;
    const wanted = [canvas.width, canvas.height, view.scale, view.x, view.y, devicePixelRatio].join(" ");
    if (this.drawn?.wanted !== wanted || this.drawn.before !== before) {
      const copy = this.drawn?.copy ?? new OffscreenCanvas(1, 1);
      copy.width = canvas.width; // empties it
      copy.height = canvas.height;
      this.#paintLayers(copy.getContext("2d"), [before], 0);
      this.drawn = { wanted, before, copy };
    }
    return this.drawn.copy;
  }

  /** Draw layers right of a border, in device pixels. */
  #paintLayers(context, layers, border) {
    const { canvas, view } = this;
    const ratio = devicePixelRatio;
    context.save();
    context.beginPath();
    context.rect(border, 0, canvas.width - border, canvas.height);
    context.clip();
    context.imageSmoothingEnabled = this.resolution < 3;
    context.imageSmoothingQuality = "high";
    for (const { bitmap, box } of layers) {
      const [left, top, right, bottom] = box;
      context.drawImage(
        bitmap,
        (view.x + left * view.scale) * ratio,
        (view.y + top * view.scale) * ratio,
        (right - left) * view.scale * ratio,
        (bottom - top) * view.scale * ratio,
      );
    }
    context.restore();
  }

  #placeOutlines() {
    const { scale, x, y } = this.view;
    for (const outline of this.outlines.children) {
      const face = this.photo.faces.find(({ number }) => number === Number(outline.dataset.face));
      const [left, top, right, bottom] = face.box;
      const margin = (right - left) * FACE_MARGIN;
      outline.style.left = `${x + (left - margin) * scale}px`;
      outline.style.top = `${y + (top - margin) * scale}px`;
      outline.style.width = `${(right - left + 2 * margin) * scale}px`;
      outline.style.height = `${(bottom - top + 2 * margin) * scale}px`;
    }
  }

  #moveDivider(share) {
    this.share = Math.min(1, Math.max(0, share));
    const shown = Math.round(this.share * 100);
    this.divider.style.left = `${this.share * 100}%`;
    this.divider.setAttribute("aria-valuenow", String(shown));
    this.divider.setAttribute("aria-valuetext", `${shown} % before, ${100 - shown} % after`);
    this.draw();
  }

  #clicked(face) {
    this.dispatchEvent(new CustomEvent("face", { detail: face }));
  }

  #listen() {
    this.#listenToKeys();
    this.#listenToPointers();
    this.element.addEventListener(
      "wheel",
      (event) => {
        if (!this.photo) return;
        event.preventDefault();
        this.zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), this.#pointOf(event));
      },
      { passive: false },
    );
    this.element.addEventListener("dblclick", (event) => {
      if (event.target.closest(".divider")) return;
      if (this.view.fits) this.zoomBy(1 / this.resolution, this.#pointOf(event));
      else this.fit();
    });
  }

  #listenToKeys() {
    const moves = { ArrowLeft: [MOVE, 0], ArrowRight: [-MOVE, 0], ArrowUp: [0, MOVE], ArrowDown: [0, -MOVE] };
    this.element.addEventListener("keydown", (event) => {
      if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!(event.key in moves) || this.view.fits) return;
      event.preventDefault();
      this.#moveBy(...moves[event.key]);
    });
    this.divider.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 0.1 : 0.02;
      const to = {
        ArrowLeft: this.share - step,
        ArrowDown: this.share - step,
        ArrowRight: this.share + step,
        ArrowUp: this.share + step,
        PageDown: this.share - 0.1,
        PageUp: this.share + 0.1,
        Home: 0,
        End: 1,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.#moveDivider(to);
    });
  }

  #listenToPointers() {
    const down = new Map();
    let dragged = false;
    this.divider.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      this.divider.setPointerCapture(event.pointerId);
    });
    this.divider.addEventListener("pointermove", (event) => {
      if (this.divider.hasPointerCapture(event.pointerId)) this.#moveDivider(this.#pointOf(event)[0] / this.#size()[0]);
    });
    this.element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      if (down.size === 0) dragged = false;
      down.set(event.pointerId, { from: this.#pointOf(event), at: this.#pointOf(event) });
    });
    this.element.addEventListener("pointermove", (event) => {
      const pointer = down.get(event.pointerId);
      if (!pointer) return;
      const [others, to] = [[...down.values()].filter((other) => other !== pointer), this.#pointOf(event)];
      const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);
      if (!dragged && others.length === 0 && apart(pointer.from, to) < SLACK) return;
      if (!dragged && (others.length > 0 || !this.view.fits)) this.element.setPointerCapture(event.pointerId);
      dragged = true;
      if (others.length === 1) {
        const fixed = others[0].at;
        this.zoomBy(apart(fixed, to) / Math.max(1, apart(fixed, pointer.at)), [(fixed[0] + to[0]) / 2, (fixed[1] + to[1]) / 2]);
      } else if (!this.view.fits) {
        this.#moveBy(to[0] - pointer.at[0], to[1] - pointer.at[1]);
      }
      pointer.at = to;
    });
    for (const end of ["pointerup", "pointercancel"]) {
      addEventListener(end, (event) => down.delete(event.pointerId));
    }
    // A photo that was dragged by an outline is no click on it.
    this.element.addEventListener("click", (event) => dragged && event.detail > 0 && event.stopPropagation(), { capture: true });
  }

  #moveBy(right, down) {
    this.view.x += right;
    this.view.y += down;
    this.#settle();
  }

  #pointOf(event) {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }
}
