// The same edit in the terminal and in Python, to copy.

import { same, toApi } from "./targets.js";

/** A word as shells take it. */
function quoted(text) {
  const safe = text.startsWith("-") ? `./${text}` : text;
  return /^[\w@%+=:,./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`;
}

/** A value as Python writes it. */
function literal(value) {
  if (typeof value === "object") {
    return `{${Object.entries(value).map(([name, share]) => `${literal(name)}: ${literal(share)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

const shares = (wanted) =>
  typeof wanted === "string" ? wanted : Object.entries(wanted).map(([name, share]) => `${name}=${share}`).join(",");

function options(target) {
  const { to, eyes, mouth, units = {}, intensity } = toApi(target);
  const given = [];
  if (to) given.push("--to", quoted(shares(to)));
  if (eyes) given.push("--eyes", quoted(shares(eyes)), "--mouth", quoted(shares(mouth)));
  for (const [key, value] of Object.entries(units)) given.push("--au", `${key}=${value}`);
  if (intensity !== undefined) given.push("--intensity", String(intensity));
  return given;
}

function keywords(target) {
  const { to, units, ...rest } = toApi(target);
  const given = to ? [literal(to)] : [];
  for (const [name, value] of Object.entries({ ...rest, ...(units && { units }) })) given.push(`${name}=${literal(value)}`);
  return given;
}

/**
 * Targets as steps, each of which edits a face or, with null, all of them.
 * @returns {{face: number|null, target: object}[]}
 */
export function steps(faces, targets) {
  const edited = faces.filter((face) => targets[face]);
  const alike = edited.every((face) => same(targets[face], targets[edited[0]]));
  if (edited.length === faces.length && alike) return [{ face: null, target: targets[edited[0]] }];
  return edited.map((face) => ({ face, target: targets[face] }));
}

/** The commands that make an edit. */
export function terminal(name, suffix, made) {
  if (made.length === 0) return `lgpgan edit ${quoted(name)}`;
  return made
    .map(({ face, target }, at) => {
      const from = at === 0 ? quoted(name) : `step${at}.png`;
      const to = at === made.length - 1 ? `edited${suffix}` : `step${at + 1}.png`;
      const chosen = face === null ? [] : ["--face", String(face)];
      return ["lgpgan edit", from, ...options(target), ...chosen, "-o", to].join(" ");
    })
    .join(" &&\n");
}

/** The lines of Python that make an edit. */
export function python(name, suffix, made) {
  const lines = ["from lgpgan import Editor", "", "editor = Editor.from_pretrained()"];
  if (made.length === 0) {
    lines.push(`edits = editor.edit_all(${literal(name)})`);
  } else {
    made.forEach(({ face, target }, at) => {
      const from = at === 0 ? literal(name) : "edit.image";
      const chosen = face === null ? [] : [`face=${face}`];
      lines.push(`edit = editor.edit(${[from, ...keywords(target), ...chosen].join(", ")})`);
    });
    lines.push(`edit.save("edited${suffix}")`);
  }
  return lines.join("\n");
}
