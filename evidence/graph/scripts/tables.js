// The same without a picture: every node and edge that is shown, what was not taken, the thresholds.

/* global document */

const NUMBERS = /^(Probability|Weight|Persons|Edges)/;

function table(caption, heads, rows) {
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    el("table", {}, el("caption", {}, caption),
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col", class: NUMBERS.test(head) ? "n" : "" }, head)))), el("tbody", {}, rows)));
}

function open(words, id, choose) {
  return el("button", { type: "button", class: "link", "data-id": id, onclick: () => choose(id, true) }, words);
}

function showTables(data, index, shown, choose) {
  const edges = data.edges.filter((edge) => shown.edges.has(edge.id));
  const nodes = data.nodes.filter((node) => shown.nodes.has(node.id));
  const edgeRows = edges.map((edge) => el("tr", {},
    el("th", { scope: "row" }, open(TYPES[edge.type], edge.id, choose)), el("td", {}, nodeWords(data, index, edge.a)),
    el("td", {}, nodeWords(data, index, edge.b)), el("td", { class: "n" }, chance(edge.p)),
    el("td", { class: "n" }, edge.weight_bits === null ? "" : bitsWords(edge.weight_bits)),
    el("td", {}, edge.facts.judged ? said(`judged: ${edge.facts.judged}`) : edge.why ? said(edge.why) : edge.comparison ? summed(edge.comparison) : "")));
  const nodeRows = nodes.map((node) => el("tr", {},
    el("th", { scope: "row" }, open(nodeWords(data, index, node.id), node.id, choose)), el("td", {}, KINDS[node.kind]),
    el("td", { class: "n" }, index.touching.get(node.id).filter((edge) => shown.edges.has(edge.id)).length),
    el("td", {}, node.sources.join(", "))));
  document.getElementById("tables-shown").replaceChildren(
    table(`Edges: ${edges.length} of ${data.edges.length} with the filters as they are set`,
      ["Edge", "From", "To", "Probability", "Weight (bits)", "Figures"], edgeRows),
    table(`Nodes: ${nodes.length} of ${data.nodes.length} with the filters as they are set`, ["Node", "Kind", "Edges", "Source"], nodeRows));
}

function summed(comparison) {
  return said(comparison.lines.map((line) => `${line.name} ${line.shown}`).join("; "));
}

function showFixedTables(data, index) {
  const rejected = data.rejected.map((each) => el("tr", {},
    el("th", { scope: "row" }, each.kind), el("td", {}, said(each.text)), el("td", { class: "n" }, chance(each.p)),
    el("td", {}, said(each.why)), el("td", {}, each.comparison ? summed(each.comparison) : "")));
  const told = (step) => JSON.stringify([step.persons, step.groups]);
  const turns = data.ladder.steps.filter((step, place, all) => !place || told(step) !== told(all[place - 1]));
  const steps = turns.map((step) => el("tr", {},
    el("th", { scope: "row" }, minus(step.bits.toFixed(1))), el("td", { class: "n" }, chance(oddsToP(step.bits))),
    el("td", { class: "n" }, step.persons),
    el("td", {}, changes(data, step).map((change) => el("p", {}, changeWords(index, change))))));
  const caption = `Considered and not taken: ${data.rejected.length}. Of pairs of names the ${data.most_rejected} likeliest are listed.`;
  document.getElementById("tables-fixed").replaceChildren(
    table(caption, ["Kind", "Alternative", "Probability", "Why it was not taken", "Figures"], rejected),
    table("Distinct persons named at the dwelling, by threshold", ["From a threshold (bits) of", "Probability", "Persons", "Other than in the run"], steps));
}
