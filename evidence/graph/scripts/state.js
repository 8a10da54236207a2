// What is shown: one object of choices, and which nodes and edges they leave. Nothing here touches the page.

const KINDS = {
  row: "source row", person: "person", vehicle: "vehicle", reading: "plate reading", dwelling: "dwelling",
};
const FAMILIES = {
  identity: "one person: rows and whom they name", rejected: "compared and not linked", place: "at the dwelling",
  address: "a row's address is read as the dwelling", vehicle: "plates, vehicles, drivers", kin: "kin",
};
const AT_FIRST = ["identity", "rejected", "place", "vehicle", "kin"];  // an address is told by the listing already
const TYPES = {
  names: "the row names this person", same_person: "two rows taken for one person",
  compared: "compared, not taken for one person", address: "the address is read as this dwelling",
  lives_at: "listed there, which is no proof of residence", named_at: "a body named there",
  registered_to: "registered to", reading_of: "the plate is read as this vehicle",
  seen_at: "seen at the dwelling", seen_with: "one hypothesis of who drives it, not identity", kin_of: "possibly kin",
};
const LEAST = [0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

function indexed(data) {
  const nodes = new Map(data.nodes.map((node) => [node.id, node]));
  const edges = new Map(data.edges.map((edge) => [edge.id, edge]));
  const touching = new Map(data.nodes.map((node) => [node.id, []]));
  for (const edge of data.edges) {
    touching.get(edge.a).push(edge);
    touching.get(edge.b).push(edge);
  }
  const about = new Map(data.nodes.map((node) => [node.id, []]));
  for (const each of data.rejected) for (const id of each.about) if (about.has(id)) about.get(id).push(each);
  return { nodes, edges, touching, about };
}

function namesOf(data, index, id) {
  const namings = index.touching.get(id).filter((edge) => edge.type === "names" && edge.a === id);
  return [...new Set(namings.map((edge) => edge.facts.raw_name))];
}

function allSources(data) {
  return [...new Set(data.nodes.flatMap((node) => node.sources))].sort();
}

function atFirst(data) {
  return {
    sources: new Set(allSources(data)), families: new Set(AT_FIRST), least: 0, bits: data.ladder.run_bits,
  };
}

// Visible ids. An edge needs one of the sources it rests on for a listing, all of them otherwise; a person, vehicle or
// dwelling stays as long as some edge of it does.
function visible(data, index, state) {
  const shownRow = (node) => node.sources.every((source) => state.sources.has(source));
  const edges = data.edges.filter((edge) => {
    const ends = [index.nodes.get(edge.a), index.nodes.get(edge.b)];
    const listed = edge.type === "lives_at" || edge.type === "named_at";
    const enough = listed ? edge.sources.some((s) => state.sources.has(s)) : edge.sources.every((s) => state.sources.has(s));
    return state.families.has(edge.family) && edge.p >= state.least && enough && ends.every(shownRow);
  });
  const held = new Set(edges.flatMap((edge) => [edge.a, edge.b]));
  const nodes = data.nodes.filter((node) => node.kind === "dwelling" || held.has(node.id));
  return { nodes: new Set(nodes.map((node) => node.id)), edges: new Set(edges.map((edge) => edge.id)) };
}

function stepAt(ladder, bits) {
  return ladder.steps.find((step) => Math.abs(step.bits - bits) < 1e-9) || null;
}

function oddsToP(bits) {
  return 1 / (1 + 2 ** -bits);
}
