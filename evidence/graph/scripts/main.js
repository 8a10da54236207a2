// The page's own state, and what each control does with it.

/* global document */

const data = JSON.parse(document.getElementById("data").textContent);
const index = indexed(data);
const state = atFirst(data);
let shown = visible(data, index, state);

const cy = makePicture(data, index, choose);

function choose(id, jump) {
  markChosen(cy, id);
  const edge = index.edges.get(id);
  showDetails(edge ? edgeDetails(data, index, edge, choose) : nodeDetails(data, index, index.nodes.get(id), shown, choose));
  if (jump) document.querySelector("#details h2").focus();
}

function refresh() {
  shown = visible(data, index, state);
  showInPicture(cy, shown);
  showTables(data, index, shown, choose);
  document.getElementById("shown").textContent =
    `${shown.nodes.size} of ${data.nodes.length} nodes and ${shown.edges.size} of ${data.edges.length} edges are shown.`;
}

function checkbox(chosen, value, words) {
  const box = el("input", { type: "checkbox", "data-value": value, onchange: () => {
    if (box.checked) chosen().add(value); else chosen().delete(value);
    clearPath(cy);
    refresh();
  } });
  box.checked = chosen().has(value);
  return el("label", {}, box, words);
}

function setUp() {
  document.getElementById("sources").append(...allSources(data).map((source) => {
    const rows = data.nodes.filter((node) => node.sources.includes(source)).length;
    return checkbox(() => state.sources, source, ` ${source} (${rows})`);
  }));
  document.getElementById("families").append(...Object.entries(FAMILIES).map(([family, words]) => {
    const edges = data.edges.filter((edge) => edge.family === family).length;
    return checkbox(() => state.families, family, ` ${words} (${edges})`);
  }));
  const least = document.getElementById("least");
  least.max = LEAST.length - 1;
  least.addEventListener("input", () => {
    state.least = LEAST[least.value];
    document.getElementById("least-words").textContent = state.least ? `at least ${chance(state.least)}` : "all";
    least.setAttribute("aria-valuetext", document.getElementById("least-words").textContent);
    clearPath(cy);
    refresh();
  });
  const steps = data.ladder.steps, slider = document.getElementById("threshold");
  slider.max = Math.max(steps.length - 1, 0);
  slider.disabled = steps.length < 2;
  const move = (place) => {
    state.bits = steps.length ? steps[place].bits : data.ladder.run_bits;
    slider.setAttribute("aria-valuetext", steps.length ? `${state.bits} bits: ${count(steps[place].persons, "person")}` : "");
    showThreshold(data, index, cy, state.bits);
  };
  const runPlace = Math.max(steps.findIndex((step) => Math.abs(step.bits - data.ladder.run_bits) < 1e-9), 0);
  slider.value = runPlace;
  slider.addEventListener("input", () => move(Number(slider.value)));
  move(runPlace);
  fillEnds(data, index);
  document.getElementById("find-path").addEventListener("click", () => showPath(
    data, index, cy, document.getElementById("path-from").value, document.getElementById("path-to").value, choose));
  document.getElementById("clear-path").addEventListener("click", () => clearPath(cy));
  document.getElementById("fit").addEventListener("click", () => cy.fit(cy.elements().not(".hidden"), 30));
  document.getElementById("larger").addEventListener("click", () => cy.zoom({ level: cy.zoom() * 1.3, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }));
  document.getElementById("smaller").addEventListener("click", () => cy.zoom({ level: cy.zoom() / 1.3, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }));
  for (const [name, act] of Object.entries(exporters(data, cy))) document.getElementById(name).addEventListener("click", act);
  showFixedTables(data, index);
  refresh();
}

setUp();
document.documentElement.dataset.ready = "yes";
