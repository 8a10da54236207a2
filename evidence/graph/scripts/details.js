// What stands behind an edge or a node: comparison, waterfall, the rows, and what was considered and not taken.

/* global document */

function nodeWords(data, index, id) {
  const node = index.nodes.get(id);
  const names = node.kind === "row" ? namesOf(data, index, id) : [];
  return [said(node.label), ...names.map((name) => [": ", said(name)])];
}

function comparisonTable(comparison) {
  const measured = comparison.lines.some((line) => line.m || line.u);
  const heads = ["Comparison", "Bits", ...(measured ? ["m", "u"] : []), "Found"];
  const rows = comparison.lines.map((line) => el("tr", {},
    el("th", { scope: "row" }, line.name), el("td", { class: "n" }, line.shown),
    measured ? [el("td", { class: "n" }, line.m), el("td", { class: "n" }, line.u)] : [], el("td", {}, said(line.words))));
  const total = el("tr", { class: "total" }, el("th", { scope: "row" }, "total"), el("td", { class: "n" }, comparison.total_shown),
    measured ? [el("td", {}), el("td", {})] : [], el("td", {}, `probability ${comparison.probability}`));
  return el("table", { class: "comparison" },
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col", class: /Bits|^[mu]$/.test(head) ? "n" : "" }, head)))),
    el("tbody", {}, rows, total));
}

// Each bar begins where the one before it ended; the last is the total from nought.
function waterfall(comparison) {
  const bars = [];
  let at = 0;
  for (const line of comparison.lines) {
    bars.push({ name: line.name, from: at, to: at + line.bits, shown: line.shown });
    at += line.bits;
  }
  bars.push({ name: "total", from: 0, to: comparison.total, shown: comparison.total_shown, total: true });
  const low = Math.min(0, ...bars.flatMap((bar) => [bar.from, bar.to]));
  const high = Math.max(0, ...bars.flatMap((bar) => [bar.from, bar.to]));
  const left = 132, right = 52, width = 440, row = 22;
  const scale = (width - left - right) / Math.max(high - low, 1e-9);
  const x = (bits) => left + (bits - low) * scale;
  const height = bars.length * row + 8;
  const words = bars.map((bar) => `${bar.name} ${bar.shown}`).join(", ");
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "waterfall", role: "img", "aria-label": `Waterfall in bits: ${words}` });
  bars.forEach((bar, place) => {
    const y = 4 + place * row;
    const start = Math.min(x(bar.from), x(bar.to)), size = Math.max(Math.abs(x(bar.to) - x(bar.from)), 1);
    const kind = bar.total ? "total" : bar.to >= bar.from ? "up" : "down";
    picture.append(
      svg("text", { x: left - 8, y: y + 14, class: "name" }, shortened(bar.name, 20)),
      svg("rect", { x: start, y: y + 2, width: size, height: row - 6, class: kind }),
      svg("text", { x: start + size + 4, y: y + 14 }, bar.shown));
    if (!bar.total) picture.append(svg("line", { x1: x(bar.to), x2: x(bar.to), y1: y + row - 4, y2: y + row + 2, class: "step" }));
  });
  picture.append(svg("line", { x1: x(0), x2: x(0), y1: 0, y2: height, class: "zero" }));
  return el("figure", {}, picture, el("figcaption", {}, comparison.meaning));
}

function comparisonParts(comparison) {
  const parts = [el("p", {}, said(comparison.left), " with ", said(comparison.right)), comparisonTable(comparison), waterfall(comparison)];
  if (comparison.silent.length) parts.push(el("p", { class: "note" }, `No weight either way, since one side says nothing: ${comparison.silent.join(", ")}.`));
  for (const words of comparison.against) parts.push(el("p", {}, el("strong", {}, "Against it: "), said(words)));
  return parts;
}

const UNSAID = /^(bits_|p_|type$|rows$|left_|right_|match_weight|kin_weight|mention_id|part$|judged$)/;

function factsList(facts) {
  const told = Object.entries(facts).filter(([name, value]) => !UNSAID.test(name) && value !== "");
  return told.length ? el("dl", { class: "facts" }, told.map(([name, value]) => [
    el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, said(typeof value === "number" && !Number.isInteger(value) ? chance(value) : value))])) : null;
}

function rejectedList(list, title) {
  if (!list.length) return [];
  return [el("h3", {}, title), el("ul", {}, list.map((each) => el("li", {},
    said(each.text), ` (${chance(each.p)}): `, said(each.why),
    each.comparison ? el("details", {}, el("summary", {}, "the comparison"), comparisonParts(each.comparison)) : null)))];
}

function edgeDetails(data, index, edge, choose) {
  const ends = [edge.a, edge.b].map((id) => el("button", { type: "button", class: "link", onclick: () => choose(id) }, nodeWords(data, index, id)));
  const parts = [
    el("h2", { tabindex: -1 }, TYPES[edge.type]),
    el("p", { class: "ends" }, ends[0], " and ", ends[1]),
    el("p", {}, `Probability ${chance(edge.p)}`, edge.weight_bits === null ? "." : `; weight ${bitsWords(edge.weight_bits)} bits.`),
  ];
  if (edge.facts.judged) parts.push(el("p", {}, el("strong", {}, "Judged: "), said(edge.facts.judged)));
  if (edge.why) parts.push(el("p", {}, el("strong", {}, "Not linked: "), said(edge.why)));
  if (edge.type === "names" && edge.comparison) parts.push(el("p", { class: "note" }, "The comparison that ties the row to this person most:"));
  if (edge.rows.length > 1) parts.push(el("p", { class: "note" }, "The least certain of its sightings:"));
  if (edge.comparison) parts.push(...comparisonParts(edge.comparison));
  else parts.push(el("p", { class: "note" }, edge.type === "names" ? "No other row to compare it with." : "A fact of the sources: it has no weight of its own."));
  parts.push(factsList(edge.facts));
  if (edge.rows.length) parts.push(el("h3", {}, count(edge.rows.length, "sighting")), el("ul", {}, edge.rows.map((row) => el("li", {},
    `vehicle_log row ${row}`, data.readings[row] ? el("details", {}, el("summary", {}, `probability ${data.readings[row].probability}`), comparisonParts(data.readings[row])) : ""))));
  parts.push(...commandParts(data.commands[edge.id]));
  return parts;
}

function nodeDetails(data, index, node, shown, choose) {
  const edges = index.touching.get(node.id).filter((edge) => shown.edges.has(edge.id));
  return [
    el("h2", { tabindex: -1 }, `${KINDS[node.kind]} `, said(node.label)),
    ...(node.kind === "row" ? namesOf(data, index, node.id).map((name) => el("p", {}, "names ", said(name))) : []),
    factsList(node.facts),
    el("h3", {}, count(edges.length, "edge")),
    el("ul", {}, edges.map((edge) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => choose(edge.id) },
      TYPES[edge.type], ": ", nodeWords(data, index, edge.a === node.id ? edge.b : edge.a), ` (${chance(edge.p)})`)))),
    ...rejectedList(index.about.get(node.id), "Considered and not taken"),
  ];
}

function showDetails(parts) {
  const panel = document.getElementById("details");
  panel.replaceChildren(...parts.filter((part) => part !== null && part !== undefined));
  panel.scrollTop = 0;
}
