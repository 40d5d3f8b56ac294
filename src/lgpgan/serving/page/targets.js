// What a face is asked for: the page's form of it, the API's, and the one in the address.
//
// A target is {eyes, mouth, units}; null leaves a face as it is on the photo. A half of a face is
// {first, second, share, strength}: two expressions (the second may be null), the share of the
// second from 0 to 1, and a strength from 0 to 1.3. Units are {key: value}, with the keys and ranges
// of the API's controls, as AU12; 0 is nothing of it and is left out.
//
// What the weights can be asked for is {classes: string[], controls: {key: {minimum, maximum}}}.

export const NEUTRAL = "neutral";

const round = (value) => Math.round(value * 1000) / 1000;

/** A half that shows one expression. */
export function halfOf(first, strength = 1) {
  return { first, second: null, share: 0.5, strength };
}

/** A target of one expression for the whole face. */
export function targetOf(expression) {
  return { eyes: halfOf(expression), mouth: halfOf(expression), units: {} };
}

/** Whether two values of JSON are the same. */
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Shares of the expressions that a half shows, at a strength; neutral is what they leave to 1. */
export function sharesOf(half, strength = half.strength) {
  const mixed = half.second && half.second !== half.first;
  const parts = mixed
    ? [[half.first, 1 - half.share], [half.second, half.share]]
    : [[half.first, 1]];
  const shares = {};
  for (const [name, share] of parts) {
    const value = round(share * strength);
    if (name !== NEUTRAL && value > 0) shares[name] = value;
  }
  return shares;
}

/** Shares as the API and Python take them: a name where that is all. */
function wanted(shares) {
  const entries = Object.entries(shares);
  if (entries.length === 0) return NEUTRAL;
  if (entries.length === 1 && entries[0][1] === 1) return entries[0][0];
  return shares;
}

/**
 * A target as the API takes it.
 *
 * The strength is that of the expressions alone; units have their own. So it is the API's
 * `intensity`, which counts for units, too, only where there are none; otherwise shares hold it.
 * @returns {{to?: object|string, eyes?: object|string, mouth?: object|string, units?: object,
 *   intensity?: number}}
 */
export function toApi(target) {
  const { eyes, mouth, units } = target;
  const moved = Object.keys(units).length > 0;
  const apart = moved || eyes.strength !== mouth.strength;
  const above = wanted(sharesOf(eyes, apart ? eyes.strength : 1));
  const below = wanted(sharesOf(mouth, apart ? mouth.strength : 1));
  const asked = same(above, below) ? { to: above } : { eyes: above, mouth: below };
  if (moved) asked.units = { ...units };
  const neutral = above === NEUTRAL && below === NEUTRAL;
  if (!apart && eyes.strength !== 1 && !neutral) asked.intensity = round(eyes.strength);
  return asked;
}

/**
 * A target of what the API takes.
 * @param {object} asked as `toApi` makes it; unknown fields are an error
 * @param {{classes: string[], controls: object}} known what the weights can be asked for
 * @throws {Error} a sentence for the person who wrote it
 */
export function fromApi(asked, known) {
  if (typeof asked !== "object" || asked === null || Array.isArray(asked)) {
    throw new Error("A preset needs an expression or action units.");
  }
  const fields = ["to", "eyes", "mouth", "units", "intensity"];
  for (const field of Object.keys(asked)) {
    if (!fields.includes(field)) throw new Error(`“${field}” means nothing in a preset; leave it out.`);
  }
  const intensity = asked.intensity ?? 1;
  if (!(typeof intensity === "number" && intensity >= 0 && intensity <= 1.3)) {
    throw new Error("The intensity is out of range; choose one from 0 to 1.3.");
  }
  const units = {};
  for (const [name, value] of entriesOf(asked.units ?? {})) {
    const key = /^\d+$/.test(name) ? `AU${name}` : name;
    const range = known.controls[key];
    if (!range) throw new Error(`These weights do not know the action unit ${name}.`);
    if (!(typeof value === "number" && value >= range.minimum && value <= range.maximum)) {
      throw new Error(`${key} is out of range; choose a number from ${range.minimum} to ${range.maximum}.`);
    }
    const scaled = round(Math.max(range.minimum, Math.min(range.maximum, value * intensity)));
    if (scaled !== 0) units[key] = scaled;
  }
  const rest = asked.to ?? NEUTRAL;
  return {
    eyes: halfFrom(asked.eyes ?? rest, intensity, known),
    mouth: halfFrom(asked.mouth ?? rest, intensity, known),
    units,
  };
}

/** Names with numbers, of a mapping or of a text such as `happy=0.6,surprised=0.4`. */
function entriesOf(asked) {
  if (typeof asked !== "string") return Object.entries(asked ?? {});
  return asked.split(",").map((part) => {
    const [name, value = "1"] = part.split("=");
    return [name.trim(), Number(value)];
  });
}

function halfFrom(asked, intensity, known) {
  const shares = entriesOf(asked);
  for (const [name, share] of shares) {
    if (!known.classes.includes(name)) {
      throw new Error(`These weights do not know “${name}”; choose one of ${known.classes.join(", ")}.`);
    }
    if (!(typeof share === "number" && share > 0)) {
      throw new Error(`The share of “${name}” is out of range; choose one above 0.`);
    }
  }
  const shown = shares.filter(([name]) => name !== NEUTRAL);
  if (shown.length === 0) return halfOf(NEUTRAL);
  if (shown.length > 2) throw new Error("The page mixes two expressions; this preset has more.");
  const total = shown.reduce((sum, [, share]) => sum + share, 0) * intensity;
  if (total > 1.3 + 1e-6) throw new Error("The shares come to more than 1.3 in all; lower them.");
  if (shown.length === 1) return halfOf(shown[0][0], round(total));
  const [[first, one], [second, other]] = shown;
  return { first, second, share: round(other / (one + other)), strength: round(total) };
}

/** A target in a few words, for people to read. */
export function describe(target) {
  if (target === null) return "as on the photo";
  const half = (one) => {
    const shares = Object.entries(sharesOf(one));
    if (shares.length === 0) return NEUTRAL;
    return shares.map(([name, share]) => (share === 1 ? name : `${name} ${Math.round(share * 100)} %`)).join(" + ");
  };
  const [eyes, mouth] = [half(target.eyes), half(target.mouth)];
  const face = eyes === mouth ? mouth : `eyes ${eyes}, mouth ${mouth}`;
  return [face, ...Object.keys(target.units)].join(", ");
}

/** A target as a part of an address: `happy+sad:0.4:0.8/neutral;AU12:0.5`. */
export function toText(target) {
  const half = ({ first, second, share, strength }) => {
    const names = [first, ...(second ? [second] : [])].map(encodeURIComponent).join("+");
    if (second) return `${names}:${share}:${strength}`;
    return strength === 1 ? names : `${names}:${strength}`;
  };
  const [eyes, mouth] = [half(target.eyes), half(target.mouth)];
  const units = Object.entries(target.units).map(([key, value]) => `${encodeURIComponent(key)}:${value}`);
  return [eyes === mouth ? eyes : `${eyes}/${mouth}`, ...units].join(";");
}

/** The target that a part of an address says; null where it makes no sense to these weights. */
export function fromText(text, known) {
  const between = (value, low, high) => Number.isFinite(value) && value >= low && value <= high;
  const half = (part) => {
    const [names, ...numbers] = part.split(":");
    const [first, second = null, ...more] = names.split("+").map(decodeURIComponent);
    const [share, strength] = second ? numbers.map(Number) : [0.5, Number(numbers[0] ?? 1)];
    const named = [first, ...(second ? [second] : [])].every((name) => known.classes.includes(name));
    if (!named || more.length || !between(share, 0, 1) || !between(strength, 0, 1.3)) throw new RangeError(part);
    return { first, second, share, strength };
  };
  try {
    const [face, ...unitParts] = text.split(";");
    const [eyes, mouth = eyes] = face.split("/");
    const units = {};
    for (const part of unitParts) {
      const [key, value] = part.split(":");
      const range = known.controls[decodeURIComponent(key)];
      if (!range || !between(Number(value), range.minimum, range.maximum)) throw new RangeError(part);
      units[decodeURIComponent(key)] = Number(value);
    }
    return { eyes: half(eyes), mouth: half(mouth), units };
  } catch {
    return null;
  }
}
