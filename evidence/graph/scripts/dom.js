// Elements and words. Text from the sources only ever becomes textContent: no markup is made of it.

/* global document */

// Marks that reverse or hide what follows (Unicode TR 36, 2.1.4) and control characters, made visible.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function clean(text) {
  return String(text).replace(HIDDEN, "\ufffd");
}

function shortened(text, most) {
  const characters = Array.from(clean(text));
  return characters.length <= most ? characters.join("") : characters.slice(0, most - 1).join("") + "…";
}

function fill(element, facts, children) {
  for (const [name, value] of Object.entries(facts || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, clean(value));
  }
  for (const child of children.flat(2)) {
    if (child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : clean(child));
  }
  return element;
}

function el(tag, facts, ...children) {
  return fill(document.createElement(tag), facts, children);
}

function svg(tag, facts, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), facts, children);
}

// What a source says, apart from the words around it: it may run right to left.
function said(text) {
  return el("bdi", {}, text);
}

function count(number, one, several) {
  return `${number} ${number === 1 ? one : several || one + "s"}`;
}

// As `evidence explain` prints it: near the ends with the digits that matter.
function chance(p) {
  if (p === 0) return "0%";
  if (p >= 1 - 1e-12) return "100%";
  if (p >= 0.01 && p <= 0.99) return `${Math.floor(p * 100 + 0.5)}%`;
  return p < 0.5 ? precise(p) : `1 − ${precise(1 - p)}`;
}

function precise(p) {
  return p < 1e-4 ? p.toExponential(1).replace(/e-(\d)$/, "e-0$1") : String(Number(p.toPrecision(2)));
}

function bitsWords(bits) {
  const sign = bits > 0 ? "+" : bits < 0 ? "−" : "";
  return `${sign}${Math.abs(bits).toFixed(2)}`;
}

function minus(number) {
  return String(number).replace("-", "−");
}
