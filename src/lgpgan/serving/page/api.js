// The requests of the page. Addresses are relative to the page's, so that it works behind a proxy.

/** An answer of the server that is no success, with its sentence. */
export class ApiError extends Error {
  constructor(status, kind, message, retryAfter) {
    super(message);
    this.status = status;
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  /** Whether trying again makes sense. */
  get passing() {
    return this.status === 429 || (this.status === 503 && this.retryAfter > 0);
  }
}

export const RETRIES = 4;
const UNREACHABLE = "The server does not answer. Is “lgpgan serve” still running? Start it again, and go on here.";

/** The token that the address brought once; it is kept for this tab alone. */
function readToken() {
  const parts = location.hash.slice(1).split("&");
  const brought = parts.find((part) => part.startsWith("token="))?.slice("token=".length);
  try {
    if (brought) {
      sessionStorage.setItem("lgpgan.token", brought);
      const rest = parts.filter((part) => !part.startsWith("token=")).join("&");
      history.replaceState(null, "", `${location.pathname}${location.search}${rest && `#${rest}`}`);
    }
    return sessionStorage.getItem("lgpgan.token") ?? "";
  } catch {
    return brought ?? "";
  }
}

const token = readToken();
/** Names the previews of this tab: of those that wait, the newest wins. */
const stream = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");

async function send(path, { method = "GET", body, type, signal, retries = RETRIES } = {}) {
  const headers = {};
  if (type) headers["Content-Type"] = type;
  if (token) headers.Authorization = `Bearer ${token}`;
  for (let attempt = 0; ; attempt++) {
    let answer;
    try {
      answer = await fetch(path, { method, body, headers, signal, cache: "no-store" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "unreachable", UNREACHABLE);
    }
    if (answer.ok) return answer;
    const failure = await failureOf(answer);
    if (!failure.passing || attempt === retries) throw failure;
    await pause(failure, signal);
  }
}

async function failureOf(answer) {
  const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
  try {
    const { error } = await answer.json();
    return new ApiError(answer.status, error.kind, sentence(error.message), retryAfter);
  } catch {
    return new ApiError(answer.status, "unknown", `The server answered with the status ${answer.status}. Try again.`, retryAfter);
  }
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Wait as long as a failure that passes asks for. */
export async function pause(failure, signal) {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, (failure.retryAfter || 1) * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("stopped", "AbortError"));
    });
  });
}

const post = (path, request, signal, retries) =>
  send(path, { method: "POST", body: JSON.stringify(request), type: "application/json", signal, retries });

const address = (id) => `api/photos/${encodeURIComponent(id)}`;

/** A file of an answer, with the name that the server gives it and what is worth saying about it. */
async function fileOf(answer) {
  const notes = JSON.parse(answer.headers.get("Lgpgan-Notes") ?? "[]");
  const said = answer.headers.get("Content-Disposition") ?? "";
  const [, coded = "edited"] = /filename\*=UTF-8''([^;]+)/.exec(said) ?? [];
  return { blob: await answer.blob(), notes, name: decodeURIComponent(coded) };
}

/** What the weights can be asked for, and what the server takes. */
export async function info() {
  return (await send("api/info")).json();
}

/** Open a photo; only its bytes are sent, never its name. */
export async function openPhoto(blob, signal) {
  const answer = await send("api/photos", {
    method: "POST",
    body: blob.slice(0, blob.size, "application/octet-stream"),
    type: "application/octet-stream",
    signal,
  });
  return answer.json();
}

/** A photo that was opened before, if the server still holds it. */
export async function reopenPhoto(id) {
  return (await send(address(id))).json();
}

/** Let the server forget a photo. */
export async function closePhoto(id) {
  await send(address(id), { method: "DELETE" });
}

/** The photo itself, as browsers show it. */
export async function pictureOfPhoto(id, side) {
  return (await send(`${address(id)}/picture?side=${side}`)).blob();
}

/** A preview of an edit; a newer one takes the place of an older one that waits. It is asked for once: meanwhile another may be wanted. */
export async function preview(id, request, { side, crop }, signal) {
  const answer = await post(`${address(id)}/edits`, { ...request, stream, preview: { side, crop } }, signal, 0);
  return fileOf(answer);
}

/** An edit at full size. */
export async function edit(id, request, signal) {
  return fileOf(await post(`${address(id)}/edits`, request, signal));
}

/** One face with every expression, in a row. */
export async function thumbnails(id, face, side, signal) {
  return (await post(`${address(id)}/thumbnails`, { face, side }, signal)).blob();
}

/** A sheet, or an animation. */
export async function special(id, kind, request) {
  return fileOf(await post(`${address(id)}/${kind}`, request));
}
