// Ways for a photo into the page: dropped, pasted, picked, taken with the camera, the sample.

import { byId } from "./dom.js";
import { complain } from "./notices.js";

const NO_PHOTO = "That was no photo. Use an image file, such as JPEG or PNG.";

/**
 * Listen for photos.
 * @param {(photo: Blob, name: string) => void} open called with each
 */
export function listenForPhotos(open) {
  const take = (files) => {
    const file = [...files].find(isPhoto) ?? files[0];
    if (!file) return;
    if (isPhoto(file)) open(file, file.name || "photo");
    else complain(NO_PHOTO);
  };
  const pick = () => byId("file").click();
  byId("pick").addEventListener("click", pick);
  byId("new-photo").addEventListener("click", pick);
  byId("file").addEventListener("change", (event) => {
    take(event.target.files);
    event.target.value = "";
  });
  byId("sample").addEventListener("click", () => openSample(open));
  listenForDrops(take);
  listenForPastes(take, open);
  listenForCamera(open);
}

/** Whether a file may be a photo: the server looks at what is inside. */
function isPhoto(file) {
  return file.type === "" || file.type.startsWith("image/") || file.type === "application/octet-stream";
}

async function openSample(open) {
  try {
    const answer = await fetch("page/sample.jpg");
    if (!answer.ok) throw new Error(answer.statusText);
    open(await answer.blob(), "sample.jpg");
  } catch {
    complain("The sample did not come. Is “lgpgan serve” still running?");
  }
}

function listenForDrops(take) {
  const veil = byId("drop-veil");
  let inside = 0;
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    if (!brings(event)) return;
    inside++;
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (brings(event) && --inside <= 0) veil.hidden = true;
  });
  addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    inside = 0;
    veil.hidden = true;
    take(event.dataTransfer.files);
  });
}

function listenForPastes(take, open) {
  addEventListener("paste", (event) => {
    const files = event.clipboardData?.files ?? [];
    if (files.length === 0) return;
    event.preventDefault();
    take(files);
  });
  const button = byId("paste");
  button.hidden = !navigator.clipboard?.read;
  button.addEventListener("click", async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((each) => each.startsWith("image/"));
        if (type) return open(await item.getType(type), "pasted.png");
      }
      complain("There is no picture in the clipboard. Copy one, and paste again.");
    } catch {
      complain("The browser does not let the page read the clipboard. Press Ctrl+V, or ⌘V, in place of the button.");
    }
  });
}

const CAMERA_FAILURES = {
  NotAllowedError: "The browser does not let the page use the camera. Allow it in the address bar, and try again.",
  NotFoundError: "No camera was found. Connect one, or choose a photo.",
  NotReadableError: "Another program is using the camera. Close it, and try again.",
};

function listenForCamera(open) {
  const dialog = byId("camera-dialog");
  const video = byId("video");
  byId("camera").hidden = !navigator.mediaDevices?.getUserMedia;
  byId("camera").addEventListener("click", async () => {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 }, height: { ideal: 1080 }, facingMode: "user" } });
      byId("camera-shoot").disabled = true; // until there is a picture
      dialog.showModal();
    } catch (error) {
      complain(CAMERA_FAILURES[error.name] ?? "The camera did not start. Choose a photo instead.");
    }
  });
  video.addEventListener("loadeddata", () => (byId("camera-shoot").disabled = false));
  byId("camera-cancel").addEventListener("click", () => dialog.close());
  byId("camera-shoot").addEventListener("click", async () => {
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d").drawImage(video, 0, 0);
    dialog.close();
    open(await canvas.convertToBlob({ type: "image/png" }), "camera.png");
  });
  dialog.addEventListener("close", () => {
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  });
}
