// The controls that the program draws, once more as elements that nobody sees: for screen readers, for Tab, and for
// whatever else reads a page. The program says what they are (`game/src/access`); what is done to them it is told.

// How long the last notices stay for a reader to go back to.
const SAID_MAX = 6;

import { want } from "./typing.js";

const stage = document.getElementById("controls");
// By id: what the program said of it, and its element.
const known = new Map();
let act = () => {};
// The control that has the keys within the program.
let focus = null;

// From now on what is done is told to `to`.
export function listen(to) {
  act = to;
}

const tags = { text: "input", slider: "input", number: "input", label: "span", image: "span" };
const types = { text: "text", slider: "range", number: "number" };
const roles = {
  window: "dialog", group: "group", checkbox: "checkbox", radio: "radio", combobox: "combobox", link: "link", image: "img",
  progress: "progressbar",
};
const isButton = (kind) => ["button", "link", "checkbox", "radio", "combobox"].includes(kind);

function make({ id, kind }) {
  const element = document.createElement(isButton(kind) ? "button" : (tags[kind] ?? "div"));
  element.dataset.id = id;
  if (isButton(kind)) {
    element.type = "button";
    element.addEventListener("click", () => act(id, "click", ""));
  }
  if (types[kind]) element.type = types[kind];
  if (roles[kind]) element.setAttribute("role", roles[kind]);
  if (kind === "text") {
    const tell = (event) => event.isComposing || act(id, "text", element.value);
    element.addEventListener("input", tell);
    element.addEventListener("compositionend", tell);
  }
  if (kind === "slider" || kind === "number") {
    element.addEventListener("input", () => element.value !== "" && act(id, "value", element.value));
  }
  return element;
}

const set = (element, name, value) =>
  value === undefined || value === null ? element.removeAttribute(name) : element.setAttribute(name, String(value));

function dress(element, node) {
  const { kind, name, at } = node;
  if (kind === "label") {
    if (element.textContent !== name) element.textContent = name;
  } else {
    set(element, "aria-label", name || null);
  }
  set(element, isButton(kind) && kind !== "button" ? "aria-checked" : "aria-pressed", node.on);
  // Not `disabled`: what is off for a moment would lose the keys.
  set(element, "aria-disabled", node.off || null);
  if (types[kind]) element.readOnly = node.off;
  if (kind === "text") set(element, "placeholder", node.hint);
  if (node.range) {
    const [now, least, most, step] = node.range;
    set(element, "min", least);
    set(element, "max", most);
    set(element, "step", step || "any");
    set(element, "aria-valuetext", node.value);
    if (document.activeElement !== element || kind === "slider") element.value = now ?? "";
  } else if (kind === "text" && document.activeElement !== element) {
    // What is being typed is ahead of what the program says.
    element.value = node.value ?? "";
  }
  // A reader shows where a control is, and a finger that explores finds it there.
  const [left, top, width, height] = at;
  element.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
}

function put(node) {
  if (node.kind === "top") {
    known.set(node.id, { node, element: stage });
    return;
  }
  const old = known.get(node.id);
  const element = old?.node.kind === node.kind ? old.element : make(node);
  if (old && old.element !== element) old.element.replaceWith(element);
  known.set(node.id, { node, element });
  dress(element, node);
}

// Puts children in order, and moves none that stands right: one that is moved loses the keys.
function arrange({ id, kids }) {
  const { element } = known.get(id);
  let next = element.firstElementChild;
  for (const kid of kids.map((kid) => known.get(kid)?.element).filter(Boolean)) {
    if (kid === next) next = next.nextElementSibling;
    else element.insertBefore(kid, next);
  }
}

export function mirror(text) {
  const { changed, gone, focus: now } = JSON.parse(text);
  for (const id of gone) {
    known.get(id)?.element.remove();
    known.delete(id);
  }
  changed.forEach(put);
  changed.filter(({ kids }) => kids.length > 0).forEach(arrange);
  focus = now;
  const node = known.get(focus)?.node;
  want(node?.kind === "text", node?.at);
}

export function announce(text) {
  const log = document.getElementById("said");
  const line = document.createElement("p");
  line.textContent = text;
  log.append(line);
  while (log.childElementCount > SAID_MAX) log.firstElementChild.remove();
}

const idOf = (element) => (stage.contains(element) ? element?.dataset?.id : undefined);
let quiet = false;

stage.addEventListener("focusin", ({ target }) => !quiet && act(idOf(target) ?? "", "focus", ""));
stage.addEventListener("focusout", ({ target, relatedTarget }) => {
  if (!quiet && idOf(relatedTarget) === undefined) act(idOf(target) ?? "", "leave", "");
  // What the program made of it.
  const of = known.get(idOf(target))?.node;
  if (of) setTimeout(() => known.has(of.id) && dress(known.get(of.id).element, known.get(of.id).node), 500);
});

for (const what of ["keydown", "keyup"]) {
  stage.addEventListener(what, (event) => {
    // The program listens for keys at the document, too.
    event.stopPropagation();
    if (what === "keyup" || event.isComposing) return;
    const types = event.target instanceof HTMLInputElement && event.target.type !== "range";
    if (types && (event.key === "Enter" || event.key === "Escape")) act(idOf(event.target), "key", event.key);
    // The keys of the world work where the canvas has them.
    else if (event.key === "Escape") document.getElementById("tidepool").focus();
  });
}

// Tab goes on from the control that has the keys within the canvas, and from the last one out of the page.
export function stepFrom(element) {
  const at = known.get(focus)?.element;
  if (!at || stage.contains(element)) return;
  quiet = true;
  at.focus({ preventScroll: true });
  quiet = false;
}
