// A photo that the server holds. Where the server has forgotten it, it is opened once more.

import * as api from "./api.js";

const EYES = [[36, 42], [42, 48]]; // of the 68 landmarks
// The aligned face, in which faces are edited: its pixels.
const FRAME = 128; // of a side
const EYE_DISTANCE = 38;
const MIDDLE = [64, 42]; // between the eyes
const MARGIN = 8; // that thumbnails show around it, on every side

/** A photo, as the API describes it, with its file and the name to show. */
export class Photo {
  constructor(described, file, name) {
    Object.assign(this, described);
    this.file = file; // null where the page was loaded anew, and only the server has it
    this.name = name;
  }

  /** Open a file. */
  static async open(file, name, signal) {
    return new Photo(await api.openPhoto(file, signal), file, name);
  }

  /** The photo that was open before the page was loaded anew; null where there was none. */
  static async reopen() {
    const [id, name] = remembered();
    return id ? new Photo(await api.reopenPhoto(id), null, name) : null;
  }

  /** Keep the photo's id for this tab, or forget it with null. */
  static remember(photo) {
    try {
      if (photo) sessionStorage.setItem("lgpgan.photo", JSON.stringify([photo.id, photo.name]));
      else sessionStorage.removeItem("lgpgan.photo");
    } catch {
      // Without storage, loading anew begins anew.
    }
  }

  /** The name without its suffix. */
  get stem() {
    return this.name.replace(/\.[^.]+$/, "") || "photo";
  }

  /** The face with the largest eyes' distance. */
  get largest() {
    return this.faces.reduce((most, face) => (face.eye_distance > most.eye_distance ? face : most));
  }

  close() {
    return api.closePhoto(this.id).catch(() => {}); // it will be forgotten by itself
  }

  picture(side) {
    return this.#held((id) => api.pictureOfPhoto(id, side));
  }

  preview(request, wanted, signal) {
    return this.#held((id) => api.preview(id, request, wanted, signal));
  }

  edit(request, signal) {
    return this.#held((id) => api.edit(id, request, signal));
  }

  thumbnails(face, side, signal) {
    return this.#held((id) => api.thumbnails(id, face, side, signal));
  }

  special(kind, request) {
    return this.#held((id) => api.special(id, kind, request));
  }

  /**
   * Where a face lies in its thumbnails.
   * @returns {{x: number, y: number, angle: number, side: number, middle: number[]}} the middle
   *   between the eyes and the thumbnail's side, in pixels of the photo; the lean of the head in
   *   radians; the middle between the eyes as shares of the thumbnail
   */
  framing(number) {
    const { x, y, angle, scale } = this.#aligned(number);
    const side = FRAME + 2 * MARGIN;
    return { x, y, angle, side: side * scale, middle: MIDDLE.map((value) => (value + MARGIN) / side) };
  }

  /**
   * The part of the photo that edits of faces can change.
   * @param {number[]} numbers of the faces
   * @returns {number[]} left, top, right, bottom, in pixels
   */
  changing(numbers) {
    const corners = numbers.flatMap((number) => {
      const { x, y, angle, scale } = this.#aligned(number);
      const ends = [-MARGIN, FRAME + MARGIN];
      return ends.flatMap((right) =>
        ends.map((down) => {
          const [across, along] = [(right - MIDDLE[0]) * scale, (down - MIDDLE[1]) * scale];
          const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
          return [x + across * cosine - along * sine, y + across * sine + along * cosine];
        }),
      );
    });
    const [columns, rows] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
    return [
      Math.max(0, Math.floor(Math.min(...columns))),
      Math.max(0, Math.floor(Math.min(...rows))),
      Math.min(this.width, Math.ceil(Math.max(...columns))),
      Math.min(this.height, Math.ceil(Math.max(...rows))),
    ];
  }

  /** Where a face lies: the middle between its eyes, its lean, and pixels for one of its frame. */
  #aligned(number) {
    const { landmarks } = this.faces.find((face) => face.number === number);
    const [one, other] = EYES.map(([from, to]) => mean(landmarks.slice(from, to)));
    const [right, down] = [other[0] - one[0], other[1] - one[1]];
    return {
      x: (one[0] + other[0]) / 2,
      y: (one[1] + other[1]) / 2,
      angle: Math.atan2(down, right),
      scale: Math.hypot(right, down) / EYE_DISTANCE,
    };
  }

  async #held(act) {
    try {
      return await act(this.id);
    } catch (error) {
      if (error.kind !== "photo_unknown") throw error;
      if (!this.file) {
        throw new Error("The server no longer holds the photo. Open it again; the settings stay.");
      }
      this.again ??= api.openPhoto(this.file).finally(() => (this.again = null));
      this.id = (await this.again).id;
      Photo.remember(this);
      return act(this.id);
    }
  }
}

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem("lgpgan.photo") ?? "[]");
  } catch {
    return [];
  }
}

function mean(points) {
  return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
}
