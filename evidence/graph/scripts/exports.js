// The graph to files: the very graph of graph.json, whatever is filtered, and the picture as it is shown.

/* global document, Blob, URL */

function escaped(text) {
  const marks = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;" };
  return String(text).replace(/[&<>"\t\n\r]/g, (mark) => marks[mark]);
}

function kindOf(values) {
  if (values.every((value) => typeof value === "boolean")) return "boolean";
  if (values.every((value) => typeof value === "number")) return values.every(Number.isInteger) ? "long" : "double";
  return "string";
}

function graphml(graph) {
  const tables = {
    graph: [graph.graph], node: graph.nodes.map(({ id, ...facts }) => facts),
    edge: graph.edges.map(({ source, target, key, ...facts }) => facts),
  };
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'];
  for (const [domain, rows] of Object.entries(tables)) {
    const names = [...new Set(rows.flatMap((facts) => Object.keys(facts)))].sort();
    for (const name of names) {
      const kind = kindOf(rows.map((facts) => facts[name]).filter((value) => value !== undefined));
      lines.push(`<key id="${domain}_${escaped(name)}" for="${domain}" attr.name="${escaped(name)}" attr.type="${kind}"/>`);
    }
  }
  const told = (domain, facts) => Object.entries(facts).map(([name, value]) => `<data key="${domain}_${escaped(name)}">${escaped(value)}</data>`).join("");
  lines.push('<graph edgedefault="undirected">', told("graph", graph.graph));
  graph.nodes.forEach((node, place) => lines.push(`<node id="${escaped(node.id)}">${told("node", tables.node[place])}</node>`));
  graph.edges.forEach((edge, place) => lines.push(
    `<edge source="${escaped(edge.source)}" target="${escaped(edge.target)}" id="${escaped(edge.key)}">${told("edge", tables.edge[place])}</edge>`));
  lines.push("</graph>", "</graphml>", "");
  return lines.join("\n");
}

function save(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function exporters(data, cy) {
  const name = clean(data.case_id).replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80) || "case";
  return {
    "save-json": () => save(`${name}-graph.json`, new Blob([JSON.stringify(data.graph, null, 1) + "\n"], { type: "application/json" })),
    "save-graphml": () => save(`${name}-graph.graphml`, new Blob([graphml(data.graph)], { type: "application/graphml+xml" })),
    "save-png": () => save(`${name}-graph.png`, cy.png({ output: "blob", full: true, scale: 2, maxWidth: 6000, maxHeight: 6000, bg: "#ffffff" })),
  };
}
