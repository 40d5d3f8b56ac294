// What is shown while the hand moves, and when it rests.
//
// One preview is on its way at a time; what was asked for meanwhile waits, and of that the newest
// wins. So pictures come as fast as the server makes them, whatever the number of moves. The edit at
// full size is made when the hand rests, and is given up at once when it moves again. It is the very
// file of the download.

const REST_MS = 450;
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
    this.moved = 0; // when the hand moved last
    this.waiting = false;
    this.previewing = null; // stops the preview on its way
    this.finishing = null; // stops the edit at full size on its way
    this.full = null; // the last edit at full size, with the request it answers
    this.layers = [];
    stage.addEventListener("zoom", () => this.#zoomed());
  }

  /** Begin with another photo. */
  open(photo) {
    this.#stop();
    this.photo = photo;
    this.request = null;
    this.full = null;
    this.layers = [];
  }

  /** Show an edit: a request of the API, or null for the photo itself. */
  ask(request) {
    this.request = request;
    this.moved = performance.now();
    this.#unfinish();
    if (request === null) {
      this.previewing?.abort();
      this.waiting = false;
      this.layers = [];
      this.stage.show([]);
      return;
    }
    this.waiting = true;
    this.#pump();
  }

  /** The file of the edit at full size; made now, where it is not there yet. */
  async file(more = {}) {
    const request = { ...this.request, ...more };
    const wanted = JSON.stringify(request);
    if (this.full?.wanted === wanted) return this.full;
    this.#unfinish();
    const made = { ...(await this.photo.edit(request)), wanted };
    if (Object.keys(more).length === 0) this.full = made;
    return made;
  }

  async #pump() {
    if (this.previewing) return;
    while (this.waiting) {
      this.waiting = false;
      this.previewing = new AbortController();
      const { moved, photo } = this;
      this.#busy(true);
      try {
        const { signal } = this.previewing;
        const wanted = this.stage.wantedPreview(this.side);
        const { blob } = await photo.preview(this.request, wanted, signal);
        const bitmap = await createImageBitmap(blob);
        if (signal.aborted) continue;
        this.layers = [{ bitmap, box: wanted.crop ?? [0, 0, photo.width, photo.height] }];
        this.stage.show(this.layers);
        await this.stage.painted();
        performance.measure("lgpgan.preview", { start: moved });
        this.dispatchEvent(new Event("shown"));
      } catch (error) {
        this.#failed(error);
      } finally {
        this.previewing = null;
        this.#busy(false);
      }
    }
    if (this.request) this.rest = setTimeout(() => this.#finish(), REST_MS);
  }

  /** The hand rests: the edit at full size. */
  async #finish() {
    const { photo } = this;
    const wanted = JSON.stringify(this.request);
    this.finishing = new AbortController();
    const { signal } = this.finishing;
    try {
      if (this.full?.wanted !== wanted) {
        this.full = { ...(await photo.edit(this.request, signal)), wanted };
        this.dispatchEvent(new Event("finished"));
      }
      if (this.#sharpEnough()) return;
      if (!DECODED.includes(this.full.blob.type)) {
        this.waiting = true;
        this.#pump();
        return;
      }
      const [bitmap, before] = await Promise.all([createImageBitmap(this.full.blob), this.#wholeBefore()]);
      if (signal.aborted) return;
      if (before) this.stage.sharpen(before);
      this.layers = [{ bitmap, box: [0, 0, photo.width, photo.height] }];
      this.stage.show(this.layers);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The photo itself at full size, where the browser can show its file. */
  async #wholeBefore() {
    const { photo } = this;
    try {
      const bitmap = await createImageBitmap(photo.file);
      return bitmap.width === photo.width && bitmap.height === photo.height ? bitmap : null;
    } catch {
      return null;
    }
  }

  /** Whether what is shown of the photo in sight has as many pixels as the screen. */
  #sharpEnough() {
    const layer = this.layers.at(-1);
    if (!layer) return false;
    const { bitmap, box } = layer;
    const seen = this.stage.inSight;
    const covers = box[0] <= seen[0] && box[1] <= seen[1] && box[2] >= seen[2] && box[3] >= seen[3];
    const resolution = bitmap.width / (box[2] - box[0]);
    const finest = Math.max(bitmap.width, bitmap.height) >= this.side;
    return covers && (finest || resolution >= 0.95 * Math.min(1, this.stage.resolution));
  }

  #zoomed() {
    if (!this.request || this.previewing || !this.layers.length || this.#sharpEnough()) return;
    clearTimeout(this.rest);
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

  #busy(busy) {
    this.dispatchEvent(new CustomEvent("busy", { detail: busy }));
  }

  #failed(error) {
    if (error.name === "AbortError" || error.kind === "superseded") return;
    this.waiting = false;
    this.dispatchEvent(new CustomEvent("failure", { detail: error }));
  }
}
