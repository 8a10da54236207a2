// The picture: cytoscape with the places that were computed before, so that it looks the same wherever it is opened.

/* global cytoscape, document */

const SOURCE_WORDS = {
  lease_disclosures: "lease", dmv_registrations: "registration", utility_billing: "utility", assessor: "assessor",
  university_addresses: "university", cases: "case", vehicle_log: "log",
};
const INK = "#1d2330", SOFT = "#4c5566", DEED = "#1f4b7a", LIMIT = "#8a3200", CAR = "#22615a", KIN = "#6b3a78";

function labelOf(data, index, node) {
  if (node.kind === "row") {
    const names = namesOf(data, index, node.id).map((name) => shortened(name, 24));
    const source = SOURCE_WORDS[node.facts.source] || node.facts.source;
    return [`${source} ${node.facts.row}`, ...names.slice(0, 2)].join("\n");
  }
  return shortened(node.kind === "dwelling" ? node.label.split(",")[0] : node.label, 30); // the town stands above
}

function lineWidth(edge) {
  const bits = edge.weight_bits === null ? 6 * edge.p : Math.max(edge.weight_bits, 0);
  return 1 + Math.min(bits, 20) / 5;
}

function elements(data, index) {
  const nodes = data.nodes.map((node) => ({
    group: "nodes", data: { id: node.id, label: labelOf(data, index, node) }, classes: node.kind,
    position: { x: node.x, y: node.y },
  }));
  const edges = data.edges.map((edge) => ({
    group: "edges", classes: `${edge.family} ${edge.type} ${edge.facts.judged ? "judged" : ""}`,
    data: { id: edge.id, source: edge.a, target: edge.b, width: lineWidth(edge), fade: 0.3 + 0.7 * edge.p, cost: edge.cost },
  }));
  return [...nodes, ...edges];
}

const LOOK = [
  { selector: "node", style: {
    label: "data(label)", "font-size": 14, "min-zoomed-font-size": 8, "text-wrap": "wrap", "text-max-width": 190, color: INK, "text-valign": "bottom",
    "text-margin-y": 2, "text-background-color": "#fff", "text-background-opacity": 0.85, "text-background-padding": 1,
    "background-color": "#fff", "border-width": 1.5, "border-color": SOFT, width: 13, height: 13, shape: "rectangle",
    "font-family": "Segoe UI, Noto Sans, Liberation Sans, Arial, sans-serif" } },
  { selector: "node.person", style: {
    shape: "ellipse", width: 30, height: 30, "background-color": DEED, "border-color": DEED, "font-size": 18,
    "font-weight": 700 } },
  { selector: "node.dwelling", style: {
    shape: "pentagon", width: 40, height: 40, "text-valign": "top", "background-color": INK, "border-color": INK, "font-size": 18,
    "font-weight": 700 } },
  { selector: "node.vehicle", style: {
    shape: "round-rectangle", width: 42, height: 22, "background-color": CAR, "border-color": CAR, "font-size": 16,
    "font-weight": 700 } },
  { selector: "node.reading", style: { shape: "round-tag", width: 18, height: 13, "border-color": CAR } },
  { selector: "node.person, node.vehicle, node.dwelling", style: { "z-index": 10 } },
  { selector: "node.dwelling", style: { "z-index": 11, "text-background-opacity": 1 } },
  { selector: "edge", style: {
    width: "data(width)", opacity: "data(fade)", "line-color": SOFT, "curve-style": "bezier", "overlay-padding": 5 } },
  { selector: "edge.identity", style: { "line-color": DEED } },
  { selector: "edge.same_person", style: { "line-color": "#7fa3c7" } },
  { selector: "edge.rejected", style: { "line-color": LIMIT, "line-style": "dashed", opacity: 0.9, width: 1.5 } },
  { selector: "edge.address", style: { "line-style": "dotted", width: 1.5 } },
  { selector: "edge.vehicle", style: { "line-color": CAR } },
  { selector: "edge.seen_with", style: { "line-style": "dashed", width: 1.5 } },
  { selector: "edge.kin", style: { "line-color": KIN, "line-style": "dotted", width: 2.5 } },
  { selector: "edge.judged", style: { "line-color": KIN, width: 4, opacity: 1, "line-style": "solid" } },
  { selector: ".below", style: { "line-style": "dotted", opacity: 0.35 } },
  { selector: ".moved", style: { "border-color": LIMIT, "border-width": 5 } },
  { selector: ".faded", style: { opacity: 0.12 } },
  { selector: "edge.onpath", style: { "line-color": "#d08700", width: 6, opacity: 1, "line-style": "solid" } },
  { selector: "node.onpath", style: { "border-color": "#d08700", "border-width": 5 } },
  { selector: ".chosen", style: { "line-color": "#d08700", "border-color": "#d08700", "border-width": 5, opacity: 1 } },
  { selector: "edge.chosen", style: { width: 6 } },
  { selector: ".hidden", style: { display: "none" } },
];

function makePicture(data, index, choose) {
  const cy = cytoscape({
    container: document.getElementById("picture"), elements: elements(data, index), style: LOOK,
    layout: { name: "preset", fit: true, padding: 30 }, minZoom: 0.1, maxZoom: 4, boxSelectionEnabled: false,
  });
  // Whom and what it is about stays readable when the whole is seen; rows and readings get their words on coming nearer.
  const readable = Math.min(Math.max(12 / cy.zoom(), 17), 36);
  cy.nodes(".person, .vehicle, .dwelling").style({ "font-size": readable, "text-max-width": readable * 7 });
  const homes = cy.nodes(".dwelling").map((each) => each.position("y"));
  cy.nodes(".person").filter((each) => each.position("y") < Math.min(...homes)).style("text-valign", "top");
  cy.on("tap", "node, edge", (event) => choose(event.target.id()));
  return cy;
}

function showInPicture(cy, shown) {
  cy.batch(() => cy.elements().forEach((each) => {
    each.toggleClass("hidden", !(shown.nodes.has(each.id()) || shown.edges.has(each.id())));
  }));
}

function markChosen(cy, id) {
  cy.elements(".chosen").removeClass("chosen");
  cy.getElementById(id).addClass("chosen");
}
