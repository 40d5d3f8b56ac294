// What the page shows while photos and settings change, with a server that answers when it is told to.
// node live.mjs FOLDER-OF-THE-PAGE

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

globalThis.location = { hash: "", pathname: "/", search: "" };
globalThis.sessionStorage = { getItem: () => null };
globalThis.createImageBitmap = async (blob) => ({ width: 9, height: 9, of: blob.of });

const { ApiError, preview } = await import(pathToFileURL(`${process.argv[2]}/api.js`));
const { Live } = await import(pathToFileURL(`${process.argv[2]}/live.js`));

class Stage extends EventTarget {
  element = { dataset: {}, setAttribute() {} };
  before = { bitmap: { width: 9 }, box: [0, 0, 9, 9] };
  resolution = 1;
  shown = [];
  wantedPreview = () => ({ side: 9, crop: [0, 0, 9, 9] });
  show = (layers) => this.shown.push(...layers.map(({ bitmap }) => bitmap.of));
  painted = async () => {};
  sharpen() {}
}

/** A photo of a server that keeps what it is asked for, to answer it later. */
function photo(name) {
  const asked = [];
  const ask = (kind) => (request) => new Promise((answer, refuse) => asked.push({ kind, request, answer, refuse }));
  return { file: { of: name }, asked, width: 9, height: 9, changing: () => [0, 0, 9, 9], edit: ask("edit"), preview: ask("preview") };
}

const picture = (of) => ({ blob: { of, type: "image/jpeg" } });
const turns = async () => { for (let turn = 0; turn < 20; turn++) await null; };

async function until(what) {
  for (let turn = 0; !what(); turn++) {
    assert(turn < 500, "it never happened");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Regression: an edit of the former photo that came late was taken for one of the next. */
async function formerPhoto() {
  const stage = new Stage();
  const live = new Live(stage, 9);
  const [first, second] = [photo("first"), photo("second")];
  live.open(first);
  live.ask({ target: "happy" }, [1]);
  first.asked[0].answer(picture("preview of the first"));
  await until(() => first.asked.length === 2); // the hand rests
  const download = live.file();
  live.open(second);
  live.ask({ target: "happy" }, [1]);
  for (const { answer } of first.asked.slice(1)) answer(picture("edit of the first"));
  await download;
  await turns();
  second.asked[0].answer(picture("preview of the second"));
  await until(() => second.asked.length === 2);
  second.asked[1].answer(picture("edit of the second"));
  await until(() => stage.shown.length === 3);
  assert.deepEqual(stage.shown, ["preview of the first", "preview of the second", "edit of the second"]);
  assert.equal((await live.file()).blob.of, "edit of the second");
}

/** Regression: where the server was busy, an old preview was asked for again, and a newer one waited for it. */
async function busyServer() {
  let fetched = 0;
  const error = { kind: "busy", message: "try again." };
  const refusal = { ok: false, status: 429, headers: new Headers({ "Retry-After": "0.01" }), json: async () => ({ error }) };
  globalThis.fetch = async () => (fetched++, refusal);
  await assert.rejects(preview("id", {}, {}), (refused) => refused.passing);
  assert.equal(fetched, 1);
  const live = new Live(new Stage(), 9);
  const one = photo("one");
  live.open(one);
  live.ask({ target: "happy" }, [1]);
  one.asked[0].refuse(new ApiError(429, "busy", "Try again.", 0.01));
  await turns();
  live.ask({ target: "sad" }, [1]);
  await until(() => one.asked.length === 2);
  assert.deepEqual(one.asked[1].request, { target: "sad" });
  // Regression: a refusal that came just as the face was put back led to a preview of nothing.
  live.ask(null, []);
  one.asked[1].refuse(new ApiError(429, "busy", "Try again.", 0.01));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(one.asked.length, 2);
}

await formerPhoto();
await busyServer();
process.exit(0);
