// What to do about an edge: the command that explains it, and the one that judges it, to copy into a terminal. The page
// decides nothing and sends nothing.

/* global document */

// The one that binds nothing comes first: no decision is made by leaving the list as it is.
const DECISIONS = { unsure: "unsure: it cannot be told", confirm: "confirm: yes", reject: "reject: no" };
let judgedBy = "";  // whoever judges one link mostly judges the next

// One word of a POSIX shell, whatever is in it.
function quoted(word) {
  return `'${clean(word).replaceAll("'", `'"'"'`)}'`;
}

// Selected and copied in the click itself, which asks for no permission; where a browser refuses, it stays selected.
function copyFrom(code, told) {
  const range = document.createRange();
  range.selectNodeContents(code);
  const selection = document.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  told.textContent = document.execCommand("copy") ? "Copied." : "Selected: copy it with the keyboard.";
}

function commandLine(label) {
  const code = el("code", { class: "command", "aria-label": label }), told = el("span", { class: "note", role: "status" });
  const copy = el("button", { type: "button", onclick: () => copyFrom(code, told) }, "Copy");
  const show = (text, ready) => {
    code.textContent = clean(text);
    copy.disabled = !ready;
    told.textContent = "";
  };
  return { line: el("div", { class: "command-line", "aria-live": "off" }, code, el("p", {}, copy, " ", told)), show };
}

function field(words, control) {
  return el("label", {}, words, control);
}

function commandParts(commands) {
  if (!commands.length) return [];
  const explain = commandLine("Command that explains this link"), judge = commandLine("Command that judges this link");
  const which = el("select", {}, commands.map((each, place) => el("option", { value: place }, each.about)));
  const decision = el("select", { "data-judge": "decision" }, Object.entries(DECISIONS).map(([value, words]) => el("option", { value }, words)));
  const by = el("input", { type: "text", "data-judge": "by", value: judgedBy }), reason = el("input", { type: "text", "data-judge": "reason" });
  const filled = el("p", { class: "note" }, "Name and reason are kept with the decision: fill in both.");
  const unjudged = el("p", { class: "note" }, "No plate was read here, or none such is registered: there is nothing to judge.");
  const asks = el("legend", {});
  const form = el("fieldset", {}, asks, field("Decision", decision), field("Your name", by), field("Reason", reason), filled, judge.line);
  const update = () => {
    const { explain: asked, about, judge: begun, asks: question } = commands[which.value || 0];
    asks.textContent = question;
    judgedBy = by.value;
    explain.show(asked, true);
    form.hidden = begun === null;
    unjudged.hidden = begun !== null || !about;
    filled.hidden = Boolean(by.value.trim() && reason.value.trim());
    if (begun !== null) judge.show(`${begun} --decision ${decision.value} --by ${quoted(by.value)} --reason ${quoted(reason.value)}`, filled.hidden);
  };
  for (const control of [which, decision, by, reason]) control.addEventListener("input", update);
  update();
  return [
    el("h3", {}, "On the command line"),
    commands.length > 1 ? field("Which sighting", which) : null,
    el("p", {}, "To explain it:"), explain.line, unjudged, form,
  ];
}
