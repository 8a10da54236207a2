// The number of distinct persons at each threshold of linkage: a slider, a staircase, and who falls apart or together.

/* global document */

function staircase(ladder, bits) {
  const width = 300, height = 84, left = 24, foot = 18;
  const first = ladder.steps[0].bits, last = ladder.steps[ladder.steps.length - 1].bits + 0.5;
  const most = Math.max(...ladder.steps.map((step) => step.persons), 1);
  const x = (at) => left + ((at - first) / Math.max(last - first, 1e-9)) * (width - left - 4);
  const y = (persons) => height - foot - (persons / most) * (height - foot - 8);
  let path = "";
  ladder.steps.forEach((step, place) => {
    const next = place + 1 < ladder.steps.length ? ladder.steps[place + 1].bits : last;
    path += `${place ? "L" : "M"}${x(step.bits).toFixed(1)},${y(step.persons).toFixed(1)}L${x(next).toFixed(1)},${y(step.persons).toFixed(1)}`;
  });
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "staircase", role: "img", "aria-label": "Number of persons by threshold; the same figures stand in the table of thresholds" },
    svg("line", { x1: left, x2: width - 4, y1: y(0), y2: y(0), class: "axis" }),
    svg("line", { x1: x(ladder.run_bits), x2: x(ladder.run_bits), y1: 4, y2: y(0), class: "run" }),
    svg("line", { x1: x(bits), x2: x(bits), y1: 4, y2: y(0), class: "here" }),
    svg("path", { d: path, class: "stairs" }),
    svg("text", { x: left - 5, y: y(most) + 4, class: "end" }, most), svg("text", { x: left - 5, y: y(0) + 4, class: "end" }, "0"),
    svg("text", { x: left, y: height - 3 }, `${minus(first)} bits`), svg("text", { x: width - 4, y: height - 3, class: "end" }, `${minus(last - 0.5)} bits`));
}

// Which persons of the run the groups at this threshold cut or join.
function changes(data, step) {
  return step.groups.map((mentions) => {
    const told = mentions.map((mention) => data.mentions[mention]).filter(Boolean);
    return { persons: [...new Set(told.map(([, person]) => person))], rows: [...new Set(told.map(([row]) => row))] };
  }).filter((change) => change.rows.length);
}

function changeWords(index, change) {
  const persons = change.persons.map((id) => said(index.nodes.get(id).label));
  const rows = change.rows.map((id) => index.nodes.get(id).label).join(", ");
  const named = persons.flatMap((each, place) => (place ? [" and ", each] : [each]));
  return persons.length > 1 ? [...named, ` become one: ${rows}`] : [`a person apart, of those taken for `, ...named, `: ${rows}`];
}

function showThreshold(data, index, cy, bits) {
  const step = stepAt(data.ladder, bits);
  const words = document.getElementById("threshold-words");
  if (!step) {
    words.textContent = data.ladder.left_out ? "The case names too many rows to be clustered again here." : "Nobody is named here.";
    return;
  }
  const run = stepAt(data.ladder, data.ladder.run_bits);
  const difference = step.persons - run.persons;
  const beside = difference === 0 ? "as in the run" : `${Math.abs(difference)} ${difference > 0 ? "more" : "fewer"} than in the run`;
  const moved = changes(data, step);
  words.replaceChildren(
    el("p", {}, el("strong", { id: "headcount" }, count(step.persons, "distinct person")), ` named at the dwelling, ${beside}. Two names are one person from ${minus(bits.toFixed(1))} bits (probability ${chance(oddsToP(bits))}).`),
    staircase(data.ladder, bits),
    moved.length ? el("details", {}, el("summary", {}, count(moved.length, "group", "groups") + " other than the run's"), el("ul", {}, moved.map((change) => el("li", {}, changeWords(index, change))))) : "");
  const touched = new Set(moved.flatMap((change) => change.persons));
  cy.batch(() => {
    cy.edges(".same_person").forEach((edge) => edge.toggleClass("below", index.edges.get(edge.id()).weight_bits < bits));
    cy.nodes(".person").forEach((node) => node.toggleClass("moved", touched.has(node.id())));
  });
}
