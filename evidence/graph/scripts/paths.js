// The cheapest chain between two nodes over what is shown, by the lengths of `evidence explain`.

/* global document */

function findPath(cy, from, to) {
  const usable = cy.elements().not(".hidden").not(".compared");
  const found = usable.aStar({ root: cy.getElementById(from), goal: cy.getElementById(to), weight: (edge) => edge.data("cost") });
  return found.found ? found.path : null;
}

function showPath(data, index, cy, from, to, choose) {
  cy.elements().removeClass("onpath faded");
  const words = document.getElementById("path-words");
  if (from === to) return void words.replaceChildren(el("p", {}, "Both are one and the same."));
  const path = findPath(cy, from, to);
  if (!path) return void words.replaceChildren(el("p", {}, "Nothing that is shown ties the two."));
  cy.elements().not(path).addClass("faded");
  path.addClass("onpath");
  const edges = path.edges().map((each) => index.edges.get(each.id()));
  const persons = path.nodes(".person").length;
  const identity = persons === 1 && edges.every((edge) => edge.family === "identity");
  const steps = edges.map((edge) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => choose(edge.id) },
    nodeWords(data, index, edge.a), ` — ${TYPES[edge.type]} — `, nodeWords(data, index, edge.b), ` (${chance(edge.p)})`)));
  words.replaceChildren(el("ol", {}, steps), el("p", { class: "note" }, identity ? "Every step names one and the same person." : "A chain is not identity: only ‘names’ says who somebody is."));
}

function clearPath(cy) {
  cy.elements().removeClass("onpath faded");
  document.getElementById("path-words").replaceChildren();
}

function fillEnds(data, index) {
  for (const name of ["path-from", "path-to"]) {
    const select = document.getElementById(name);
    for (const kind of ["person", "vehicle", "dwelling", "reading", "row"]) {
      const nodes = data.nodes.filter((node) => node.kind === kind);
      if (!nodes.length) continue;
      select.append(el("optgroup", { label: KINDS[kind] }, nodes.map((node) => {
        const names = kind === "row" ? namesOf(data, index, node.id) : [];
        const option = el("option", {}, shortened([node.label, ...names].join(": "), 60));
        option.value = node.id;
        return option;
      })));
    }
  }
}
