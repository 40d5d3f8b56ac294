// The page: opens photos, shows what is asked for, and lets it be taken along.

import * as api from "./api.js";
import { python, steps, terminal } from "./code.js";
import { Controls, THUMBNAIL } from "./controls.js";
import { arrowKeys, byId, keep, kept, markChosen } from "./dom.js";
import { Downloads } from "./downloads.js";
import { listenForKeys } from "./keys.js";
import { Live } from "./live.js";
import { announce, complain, forgive, note } from "./notices.js";
import { listenForPhotos } from "./opening.js";
import { Photo } from "./photo.js";
import { Presets } from "./presets.js";
import { Stage, ZOOM_STEP } from "./stage.js";
import { State } from "./state.js";
import { describe, toApi } from "./targets.js";

const PREVIEW_SIDE = 2048; // pixels at most, whatever the screen
const BUSY_MS = 150; // what takes less is not worth a sign

/** The whole page. */
class Page {
  constructor(info) {
    this.info = info;
    this.photo = null;
    this.opening = null;
    this.working = 0;
    this.rows = new Map(); // thumbnails, by face
    const controls = Object.fromEntries(info.controls.map((control) => [control.key, control]));
    this.state = new State({ classes: info.classes, controls });
    this.stage = new Stage();
    this.live = new Live(this.stage, Math.min(PREVIEW_SIDE, info.limits.preview_side));
    this.controls = new Controls(this.state, info);
    this.presets = new Presets(this.state);
    this.downloads = new Downloads(
      {
        photo: () => this.photo,
        live: this.live,
        steps: () => this.#steps().map(({ face, target }) => ({ face, target: toApi(target) })),
        chosen: () => this.state.chosen,
        busy: (busy) => this.#busy(busy),
      },
      info.animations,
    );
    this.codeKind = kept("code") === "python" ? "python" : "terminal";
    this.#listen();
    byId("version").textContent = `lgpgan ${info.version}`;
  }

  /** Open a photo. */
  async open(file, name) {
    this.opening?.abort();
    const opening = new AbortController();
    this.opening = opening;
    forgive();
    const { photo_bytes: most } = this.info.limits;
    if (file.size > most) {
      complain(`The photo has ${megabytes(file.size)} MB, and the server takes ${megabytes(most)} at most. Use a smaller one.`);
      return;
    }
    this.#busy(true);
    const started = performance.now();
    announce("The photo is being opened.");
    try {
      const photo = await Photo.open(file, name, opening.signal);
      const former = this.photo;
      if (!(await this.#show(photo, opening.signal))) {
        photo.close();
        return;
      }
      await this.stage.painted();
      performance.measure("lgpgan.open", { start: started });
      former?.close();
    } catch (error) {
      if (!opening.signal.aborted) complain(error.message);
    } finally {
      this.#busy(false);
    }
  }

  /** Show the photo that was open before the page was loaded anew, if the server still holds it. */
  async restore() {
    this.opening = new AbortController();
    const { signal } = this.opening;
    this.#busy(true);
    try {
      const photo = await Photo.reopen();
      if (photo) await this.#show(photo, signal);
    } catch {
      if (!signal.aborted) Photo.remember(null); // the page begins anew
    } finally {
      this.#busy(false);
    }
  }

  /** Show a photo, unless another one is wanted by then; whether it is shown. */
  async #show(photo, signal) {
    const screen = Math.round(Math.max(innerWidth, innerHeight) * devicePixelRatio);
    const picture = await createImageBitmap(await photo.picture(Math.min(screen, this.live.side)));
    if (signal.aborted) return false;
    this.photo = photo;
    this.picture = picture;
    this.rows.clear();
    Photo.remember(photo);
    document.body.dataset.view = "studio";
    byId("welcome").hidden = true;
    byId("studio").hidden = false;
    byId("photo-name").textContent = photo.name;
    byId("photo-size").textContent = `${photo.width} × ${photo.height}`;
    this.live.open(photo);
    this.stage.open(photo, picture);
    this.controls.open(photo.faces.map(({ number }) => number));
    this.state.begin(photo.faces.map(({ number }) => number));
    for (const text of photo.notes) note(text);
    const count = photo.faces.length;
    announce(count === 1 ? "The photo is open. It shows one face." : `The photo is open. It shows ${count} faces.`);
    byId("stage").focus({ preventScroll: true });
    return true;
  }

  #listen() {
    const { state, stage, live } = this;
    listenForPhotos((file, name) => this.open(file, name));
    state.addEventListener("change", ({ detail }) => this.#changed(detail));
    live.addEventListener("busy", ({ detail }) => this.#busy(detail));
    live.addEventListener("failure", ({ detail }) => complain(detail.message));
    live.addEventListener("shown", () => this.#tag());
    stage.addEventListener("zoom", ({ detail }) => (byId("zoom").textContent = `${detail} %`));
    stage.addEventListener("face", ({ detail }) => this.#clickedFace(detail));
    this.#listenToTools();
    this.#listenToCode();
    listenForKeys(this.#shortcuts(), () => this.photo !== null);
  }

  #listenToTools() {
    const { state, stage } = this;
    byId("undo").addEventListener("click", () => this.#undo());
    byId("redo").addEventListener("click", () => this.#redo());
    byId("reset").addEventListener("click", () => this.#reset());
    byId("zoom-in").addEventListener("click", () => stage.zoomBy(ZOOM_STEP));
    byId("zoom-out").addEventListener("click", () => stage.zoomBy(1 / ZOOM_STEP));
    byId("zoom-face").addEventListener("click", () => stage.zoomTo(state.concerned));
    byId("zoom-fit").addEventListener("click", () => stage.fit());
    byId("compare").addEventListener("click", () => this.#divide());
    byId("show-outlines").addEventListener("click", () => this.#outline());
    byId("theme").addEventListener("click", () => nextTheme());
    const before = byId("before");
    before.addEventListener("pointerdown", () => this.#before(true));
    for (const end of ["pointerup", "pointercancel", "pointerleave", "blur"]) before.addEventListener(end, () => this.#before(false));
    before.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && this.#before(true));
    before.addEventListener("keyup", () => this.#before(false));
    byId("stage").addEventListener("contextmenu", (event) => event.target.closest(".icon-button") && event.preventDefault());
    state.addEventListener("change", () => {
      byId("undo").disabled = state.past.length === 0;
      byId("redo").disabled = state.future.length === 0;
      byId("reset").disabled = !state.edits;
    });
  }

  #listenToCode() {
    const choose = (tab) => {
      this.codeKind = tab.dataset.code;
      keep("code", this.codeKind);
      this.#code();
    };
    for (const tab of byId("code-kinds").children) tab.addEventListener("click", () => choose(tab));
    arrowKeys(byId("code-kinds"), "[role=tab]", choose);
    byId("copy").addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(byId("code").textContent);
        announce("Copied.");
        byId("copy").classList.add("done");
        setTimeout(() => byId("copy").classList.remove("done"), 1500);
      } catch {
        getSelection().selectAllChildren(byId("code"));
        complain("The browser does not let the page copy. The text is selected: press Ctrl+C, or ⌘C.");
      }
    });
  }

  #shortcuts() {
    const { state, stage } = this;
    const expressions = ["", ...this.info.classes];
    const express = (at) => byId("expressions").children[at]?.click();
    return [
      { keys: ["b"], does: "Hold to see the photo before the edit", act: () => this.#before(true), end: () => this.#before(false) },
      { keys: ["d"], does: "Divide before and after", act: () => this.#divide() },
      { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: `1 – ${Math.min(9, expressions.length - 1)}`, does: "Choose an expression", act: (key) => express(Number(key)) },
      { keys: ["p"], does: "The face as on the photo", act: () => express(0) },
      { keys: ["f"], does: "The next face", act: () => this.#nextFace() },
      { keys: ["o"], does: "Outline the faces", act: () => this.#outline() },
      { keys: ["+", "="], does: "Zoom in", act: () => stage.zoomBy(ZOOM_STEP), repeats: true },
      { keys: ["-"], does: "Zoom out", act: () => stage.zoomBy(1 / ZOOM_STEP), repeats: true },
      { keys: ["0"], does: "Fit the photo", act: () => stage.fit() },
      { keys: ["c"], does: "Zoom to the face", act: () => stage.zoomTo(state.concerned) },
      { keys: ["r"], does: "Reset every face", act: () => this.#reset() },
      { keys: ["z"], control: true, shift: false, does: "Undo", act: () => this.#undo(), repeats: true },
      { keys: ["z"], control: true, shift: true, does: "Redo", act: () => this.#redo(), repeats: true },
      { keys: ["y"], control: true, act: () => this.#redo(), repeats: true },
      { keys: ["s"], control: true, does: "Download the edit", act: () => state.edits && this.downloads.edit() },
      { keys: ["?"], does: "This list", act: () => byId("help-dialog").showModal() },
    ];
  }

  #steps() {
    return steps(this.state.faces, this.state.targets);
  }

  /** The edit as a request of the API; null where no face is to be changed. */
  #request() {
    const made = this.#steps();
    if (made.length === 0) return null;
    if (made.length > 1) return { targets: Object.fromEntries(made.map(({ face, target }) => [face, toApi(target)])) };
    const [{ face, target }] = made;
    return { target: toApi(target), ...(face !== null && { face }) };
  }

  #changed({ what, moving }) {
    this.stage.element.classList.toggle("moving", moving);
    this.stage.markFaces(this.state.concerned);
    if (what === "begin" || what === "choose") this.#thumbnails();
    if (what === "targets" || what === "begin") {
      this.live.ask(this.#request(), this.#steps().flatMap(({ face }) => face ?? this.state.faces));
      this.#tag();
    }
    if (moving) return;
    this.#code();
    try {
      history.replaceState(null, "", `${location.pathname}${location.search}${this.state.address && `#${this.state.address}`}`);
    } catch {
      // Some browsers refuse this when it is done often; the next change does it.
    }
  }

  #code() {
    const write = this.codeKind === "python" ? python : terminal;
    byId("code").textContent = write(this.photo.name, this.photo.suffix, this.#steps());
    const tabs = [...byId("code-kinds").children];
    const chosen = tabs.find((tab) => tab.dataset.code === this.codeKind);
    markChosen(tabs, chosen, "aria-selected");
    byId("code-panel").setAttribute("aria-labelledby", chosen.id);
  }

  async #thumbnails() {
    const { photo, picture } = this;
    const face = this.state.chosen ?? photo.largest.number;
    this.thumbnailing?.abort();
    this.thumbnailing = new AbortController();
    const { signal } = this.thumbnailing;
    try {
      if (!this.rows.has(face)) {
        this.rows.set(face, await createImageBitmap(await photo.thumbnails(face, THUMBNAIL, signal)));
      }
      if (signal.aborted || photo !== this.photo) return;
      this.controls.showThumbnails(this.rows.get(face), picture, photo.framing(face), picture.width / photo.width);
    } catch (error) {
      if (error.name !== "AbortError") complain(error.message);
    }
  }

  /** Say what of the stage is the photo, and what is synthetic. */
  #tag() {
    const { stage, state } = this;
    const edited = state.edits;
    const divided = stage.divided && edited;
    byId("divider").hidden = !divided || stage.onlyBefore;
    byId("tag-before").hidden = !(stage.onlyBefore || divided) || !edited;
    byId("tag-after").hidden = !edited || stage.onlyBefore;
    byId("compare").disabled = !edited;
    byId("before").disabled = !edited;
    const says = this.#steps().map(({ face, target }) => (face === null ? describe(target) : `face ${face} ${describe(target)}`));
    const shown = edited && !stage.onlyBefore ? `Synthetic edit of the photo: ${says.join("; ")}` : "The photo before any edit";
    byId("canvas").setAttribute("aria-label", shown);
  }

  #before(only) {
    if (only && !this.state.edits) return;
    this.stage.showBefore(only);
    byId("before").setAttribute("aria-pressed", String(only));
    this.#tag();
  }

  #divide() {
    if (!this.state.edits) return;
    this.stage.divide(!this.stage.divided);
    byId("compare").setAttribute("aria-pressed", String(this.stage.divided));
    this.#tag();
    if (this.stage.divided) byId("divider").focus({ preventScroll: true });
  }

  #outline() {
    const shown = byId("show-outlines").getAttribute("aria-pressed") !== "true";
    byId("show-outlines").setAttribute("aria-pressed", String(shown));
    byId("outlines").hidden = !shown;
  }

  #clickedFace(face) {
    const all = this.state.faces.length > 1 && this.state.chosen === face;
    this.state.choose(all ? null : face);
    announce(all ? "Everyone is chosen." : `Face ${face} is chosen.`);
  }

  #nextFace() {
    const { faces, chosen } = this.state;
    if (faces.length < 2) return;
    const next = faces[faces.indexOf(chosen) + 1] ?? null;
    this.state.choose(next);
    announce(next === null ? "Everyone is chosen." : `Face ${next} is chosen.`);
  }

  #undo() {
    this.state.undo();
    announce(`Undone: ${describe(this.state.shown)}.`);
  }

  #redo() {
    this.state.redo();
    announce(`Redone: ${describe(this.state.shown)}.`);
  }

  #reset() {
    this.state.reset();
    announce("Every face is as on the photo.");
  }

  #busy(busy) {
    this.working += busy ? 1 : -1;
    clearTimeout(this.sign);
    if (this.working === 0) byId("progress").hidden = true;
    else this.sign = setTimeout(() => (byId("progress").hidden = false), BUSY_MS);
  }
}

const megabytes = (bytes) => Math.ceil(bytes / 1e6);

const THEMES = ["system", "light", "dark"];

function nextTheme() {
  const now = kept("theme") ?? "system";
  showTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
}

function showTheme(theme) {
  keep("theme", theme === "system" ? null : theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byId("theme-says").textContent = `Colours: ${theme === "system" ? "as the system" : theme}`;
}

function promise() {
  const own = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  byId("promise").textContent = own
    ? "The photo stays on this machine, in memory alone, and is gone when lgpgan stops."
    : `The photo goes to ${location.hostname} alone. It is kept in memory for a while, never on a disk.`;
}

async function start() {
  showTheme(kept("theme") ?? "system");
  promise();
  try {
    const page = new Page(await api.info());
    await page.restore();
    document.body.dataset.ready = "";
  } catch (error) {
    complain(error.message);
  }
}

start();
