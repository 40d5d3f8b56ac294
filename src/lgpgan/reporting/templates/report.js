"use strict";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const pictures = read("page-pictures");
const plots = read("page-plots");

// Pictures: each is in the page once.
for (const image of document.querySelectorAll("img[data-picture]")) {
  image.src = pictures[image.dataset.picture];
}

// A face, enlarged, with its eyes and mouth.
const enlarged = document.getElementById("enlarged");
for (const face of document.querySelectorAll(".face")) {
  face.addEventListener("click", () => {
    enlarged.querySelector("p").textContent = face.dataset.caption;
    enlarged.style.setProperty("--mouth-top", face.style.getPropertyValue("--mouth-top"));
    for (const image of enlarged.querySelectorAll("img")) {
      image.src = face.querySelector("img").src;
      image.alt = face.dataset.caption;
    }
    enlarged.showModal();
  });
}
enlarged.addEventListener("click", (event) => {
  if (event.target === enlarged) enlarged.close();
});

// Plots, in the page's colours.
const scheme = matchMedia("(prefers-color-scheme: dark)");

function coloured(value, ink, quiet) {
  if (value === "@ink") return ink;
  if (value === "@quiet") return quiet;
  if (Array.isArray(value)) return value.map((part) => coloured(part, ink, quiet));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, coloured(part, ink, quiet)])
  );
}

function draw(place, plot) {
  const style = getComputedStyle(document.documentElement);
  const [ink, soft, quiet, faint, panel] = ["--ink", "--soft", "--quiet", "--faint", "--panel"].map(
    (name) => style.getPropertyValue(name).trim()
  );
  const { data, layout } = coloured(plot, ink, soft);
  const font = { family: "system-ui, sans-serif", size: 12, color: ink };
  const complete = {
    ...layout,
    font,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    modebar: { bgcolor: "rgba(0,0,0,0)", color: quiet, activecolor: soft },
    hoverlabel: { bgcolor: panel, bordercolor: quiet, font },
    margin: { l: 60, r: 20, t: 30, b: 50, ...layout.margin },
  };
  for (const name of Object.keys(complete)) {
    if (!/^[xy]axis/.test(name)) continue;
    complete[name] = {
      gridcolor: faint,
      linecolor: quiet,
      zeroline: false,
      automargin: true,
      ...complete[name],
    };
  }
  Plotly.react(place, data, complete, {
    responsive: true,
    displaylogo: false,
    // Named one by one: plotly has others, one of which sends the plot away.
    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
  });
}

function drawShown() {
  for (const place of document.querySelectorAll("[data-plot]")) {
    if (place.offsetParent !== null) draw(place, plots[place.dataset.plot]);
  }
  drawBreakdown();
}

// One of several panels, chosen from a list.
for (const select of document.querySelectorAll("select[data-chooses]")) {
  select.addEventListener("change", () => {
    for (const panel of document.querySelectorAll("[data-chosen-by]")) {
      if (panel.dataset.chosenBy === select.dataset.chooses) {
        panel.hidden = panel.dataset.option !== select.value;
      }
    }
    drawShown();
  });
}

// Any measure by any grouping.
const measure = document.getElementById("breakdown-measure");
const grouping = document.getElementById("breakdown-grouping");

function offerGroupings() {
  const before = grouping.value;
  const names = Object.keys(plots.breakdown[measure.value]);
  const titles = { target: "expression asked for", source: "expression of the input" };
  grouping.replaceChildren(...names.map((name) => new Option(titles[name] ?? name, name)));
  if (names.includes(before)) grouping.value = before;
}

function drawBreakdown() {
  if (measure === null) return;
  draw(document.getElementById("breakdown"), plots.breakdown[measure.value][grouping.value]);
}

if (measure !== null) {
  offerGroupings();
  measure.addEventListener("change", () => {
    offerGroupings();
    drawBreakdown();
  });
  grouping.addEventListener("change", drawBreakdown);
}

scheme.addEventListener("change", drawShown);
drawShown();
