// What is shown while the hand moves, and when it rests.
//
// One preview is on its way at a time; what was asked for meanwhile waits, and of that the newest
// wins. So pictures come as fast as the server makes them, whatever the number of moves. The edit at
// full size is made when the hand rests, and is given up at once when it moves again. It is the very
// file of the download.

import { pause, RETRIES } from "./api.js";

const REST_MS = 450;
const EVERY_PIXEL = 0.95; // device pixels for one of the photo
const DECODED = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/bmp"];

/** Tells of `busy` (a picture is being made), `shown` (it is on the screen) and `failure`. */
export class Live extends EventTarget {
  /**
   * @param {import("./stage.js").Stage} stage where pictures are shown
   * @param {number} side of a preview at most, in pixels
   */
  constructor(stage, side) {
    super();
    this.stage = stage;
    this.side = side;
    this.photo = null;
    this.request = null; // what is asked for now; null where no face is to be changed
    this.changing = null; // the part of the photo that it can change
    this.moved = 0; // when the hand moved last
    this.waiting = false;
    this.previewing = null; // stops the preview on its way
    this.finishing = null; // stops the edit at full size on its way
    this.full = null; // the last edit at full size, with the photo and the request it answers
    this.layers = [];
    this.finest = false; // whether the photo itself is shown as finely as it can be
    stage.addEventListener("zoom", () => this.#zoomed());
  }

  /** Begin with another photo. */
  open(photo) {
    this.#stop();
    this.photo = photo;
    this.request = null;
    this.full = null;
    this.layers = [];
    this.finest = false;
  }

  /**
   * Show an edit.
   * @param {object|null} request of the API; null for the photo itself
   * @param {number[]} faces that it changes
   */
  ask(request, faces) {
    this.request = request;
    this.changing = request && this.photo.changing(faces);
    this.moved = performance.now();
    this.#unfinish();
    if (request === null) {
      this.previewing?.abort();
      this.waiting = false;
      this.#show([], "photo");
      return;
    }
    this.waiting = true;
    this.#pump();
  }

  /** The file of the edit at full size; made now, where it is not there yet. */
  async file(more = {}) {
    const request = { ...this.request, ...more };
    if (this.#isFull(request)) return this.full;
    this.#unfinish();
    return this.#make(request);
  }

  /** Make an edit at full size, and keep it if it is still what is asked for. */
  async #make(request, signal) {
    const { photo } = this;
    const wanted = JSON.stringify(request);
    const made = { ...(await photo.edit(request, signal)), photo, wanted };
    if (photo === this.photo && wanted === JSON.stringify(this.request)) this.full = made;
    return made;
  }

  /** Whether the edit at full size is there already. */
  #isFull(request) {
    return this.full?.photo === this.photo && this.full.wanted === JSON.stringify(request);
  }

  async #pump() {
    if (this.previewing) return;
    let refused = 0; // how often in a row the server was busy
    while (this.waiting) {
      this.waiting = false;
      this.previewing = new AbortController();
      const { moved, photo } = this;
      this.#busy(true);
      try {
        const { signal } = this.previewing;
        const wanted = this.stage.wantedPreview(this.changing, this.side);
        const { blob } = await photo.preview(this.request, wanted, signal);
        const bitmap = await createImageBitmap(blob);
        if (signal.aborted) continue;
        refused = 0;
        this.#show([{ bitmap, box: wanted.crop }], "preview");
        await this.stage.painted();
        performance.measure("lgpgan.preview", { start: moved });
        this.dispatchEvent(new Event("shown"));
      } catch (error) {
        if (error.passing && refused++ < RETRIES) await this.#askAgain(error, this.previewing.signal);
        else this.#failed(error);
      } finally {
        this.previewing = null;
        this.#busy(false);
      }
    }
    if (this.request) this.rest = setTimeout(() => this.#finish(), REST_MS);
  }

  /** After a while, ask for what is wanted by then. */
  async #askAgain(failure, signal) {
    try {
      await pause(failure, signal);
      this.waiting = true;
    } catch {
      // Nothing is wanted any more.
    }
  }

  /** The hand rests: the edit at full size, and the photo as finely as it is seen. */
  async #finish() {
    const { request } = this;
    this.finishing = new AbortController();
    const { signal } = this.finishing;
    try {
      if (request && !this.#isFull(request)) await this.#make(request, signal);
      if (signal.aborted) return;
      await this.#sharpenBefore(signal);
      if (request && !signal.aborted) await this.#sharpenAfter(signal);
    } catch (error) {
      this.#failed(error);
    }
  }

  /**
   * Show the photo itself as finely as the screen can: where it shows every pixel of the photo, not
   * as a picture of the server, which has losses, but as the file.
   */
  async #sharpenBefore(signal) {
    const { stage } = this;
    if (this.finest || (this.#isFine(stage.before) && stage.resolution < EVERY_PIXEL)) return;
    const before = await this.#finestBefore();
    if (signal.aborted) return;
    stage.sharpen(before);
    this.finest = true;
  }

  /** The same for the edit. */
  async #sharpenAfter(signal) {
    const { stage, photo } = this;
    const shown = DECODED.includes(this.full.blob.type);
    const most = ({ bitmap }) => Math.max(bitmap.width, bitmap.height) >= this.side;
    const enough = (layer) =>
      layer.file ||
      (this.#isFine(layer) && stage.resolution < EVERY_PIXEL) ||
      (!shown && (this.#isFine(layer) || most(layer))); // there is nothing finer to be had
    if (this.layers.some((layer) => this.#covers(layer) && enough(layer))) return;
    if (!shown) {
      this.waiting = true;
      this.#pump();
      return;
    }
    const bitmap = await createImageBitmap(this.full.blob);
    if (signal.aborted) return;
    this.#show([{ bitmap, box: [0, 0, photo.width, photo.height], file: true }], "full");
  }

  /** Whether a picture holds all that can change and is in sight. */
  #covers({ box }) {
    const { crop } = this.stage.wantedPreview(this.changing, this.side);
    return box[0] <= crop[0] && box[1] <= crop[1] && box[2] >= crop[2] && box[3] >= crop[3];
  }

  /** Whether a picture has as many pixels as the screen, or as the photo. */
  #isFine({ bitmap, box }) {
    return bitmap.width / (box[2] - box[0]) >= 0.95 * Math.min(1, this.stage.resolution);
  }

  /** The photo itself: its file, where the browser can show that. */
  async #finestBefore() {
    const { photo } = this;
    try {
      const bitmap = await createImageBitmap(photo.file);
      if (bitmap.width === photo.width && bitmap.height === photo.height) return bitmap;
    } catch {
      // The server has to show it.
    }
    return createImageBitmap(await photo.picture(this.side));
  }

  #zoomed() {
    if (!this.photo || this.previewing) return;
    this.#unfinish();
    this.rest = setTimeout(() => this.#finish(), REST_MS);
  }

  #unfinish() {
    clearTimeout(this.rest);
    this.finishing?.abort();
    this.finishing = null;
  }

  #stop() {
    this.waiting = false;
    this.previewing?.abort();
    this.#unfinish();
  }

  /** Show layers; what they are stands at the stage. */
  #show(layers, what) {
    this.layers = layers;
    this.stage.element.dataset.shows = what;
    this.stage.show(layers);
  }

  #busy(busy) {
    this.stage.element.setAttribute("aria-busy", String(busy));
    this.dispatchEvent(new CustomEvent("busy", { detail: busy }));
  }

  #failed(error) {
    if (error.name === "AbortError" || error.kind === "superseded") return;
    this.dispatchEvent(new CustomEvent("failure", { detail: error }));
  }
}
