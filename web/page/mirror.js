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
// What was pressed last, and windows and menus that opened then, by id: there the keys return to.
let pressed = null;
const openers = new Map();
// A window that opened while the canvas had the keys: Tab leads into it.
let fresh = null;
// What a field held when it got the keys: Escape puts it back.
let held = null;
// A window that a press opens is there within this time.
const OPENS_MS = 4_000;

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
    element.addEventListener("click", () => {
      pressed = { id, at: performance.now() };
      act(id, "click", "");
    });
  }
  if (types[kind]) element.type = types[kind];
  if (roles[kind]) element.setAttribute("role", roles[kind]);
  // The keys may be led there, and Tab goes on from there.
  if (kind === "window") element.tabIndex = -1;
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
  set(element, "aria-expanded", node.open);
  set(element, "aria-haspopup", node.open === undefined ? null : "dialog");
  set(element, isButton(kind) && kind !== "button" ? "aria-checked" : "aria-pressed", node.on);
  // Not `disabled`: what is off for a moment would lose the keys.
  set(element, "aria-disabled", node.off || null);
  if (types[kind]) element.readOnly = node.off;
  if (kind === "text") set(element, "placeholder", node.hint);
  if (node.range) {
    const [now, least, most, step] = node.range;
    set(element, "min", least);
    set(element, "max", most);
    // What egui calls a number's step is how far it is dragged: a reader would find most numbers wrong by it.
    set(element, "step", kind === "slider" && step ? step : "any");
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
  const { changed, gone, focus: now, led } = JSON.parse(text);
  const here = document.activeElement;
  const had = here !== stage && stage.contains(here);
  // What a window that is gone was opened by.
  const closed = gone.find((id) => had && openers.has(id) && known.get(id)?.element.contains(here));
  const opener = openers.get(closed);
  for (const id of gone) {
    openers.delete(id);
    if (fresh === id) fresh = null;
    known.get(id)?.element.remove();
    known.delete(id);
  }
  const opened = changed.filter(({ id, kind }) => kind === "window" && !known.has(id)).map(({ id }) => id);
  changed.forEach(put);
  changed.filter(({ kids }) => kids.length > 0).forEach(arrange);
  focus = now;
  opened.forEach(welcome);
  if (led && (had || document.activeElement === document.body)) known.get(led)?.element.focus({ preventScroll: true });
  // What had the keys is gone: they go back to what opened it, or else to the world.
  if (had && document.activeElement === document.body) {
    (known.get(opener)?.element ?? document.getElementById("tidepool")).focus({ preventScroll: true });
  }
  const node = known.get(focus)?.node;
  want(node?.kind === "text", node?.at, node?.name);
}

// A window or a menu is there: who opened it by a key or with a reader goes in.
function welcome(id) {
  const by = pressed && performance.now() - pressed.at < OPENS_MS ? pressed.id : null;
  const button = known.get(by)?.element;
  pressed = null;
  if (document.activeElement?.id === "tidepool") fresh = id;
  if (!button || document.activeElement !== button) return;
  openers.set(id, by);
  known.get(id).element.focus({ preventScroll: true });
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

stage.addEventListener("focusin", ({ target }) => {
  held = target instanceof HTMLInputElement ? target.value : null;
  fresh = null;
  if (!quiet) act(idOf(target) ?? "", "focus", "");
});
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
    if (types && event.key === "Enter") act(idOf(event.target), "key", event.key);
    if (event.key === "Escape") leave(event.target, types);
  });
}

// Escape: a field is left as it was; then what it lies in is closed, and from what lies in nothing the keys of the world work
// again, which the canvas has.
function leave(element, types) {
  const around = element.closest("[role=dialog]");
  if (types) {
    if (held !== null && element.value !== held) {
      element.value = held;
      element.dispatchEvent(new Event("input"));
    }
    act(idOf(element), "key", "Escape");
    (around ?? document.getElementById("tidepool")).focus({ preventScroll: true });
  } else if (around) {
    act(idOf(around), "close", "");
  } else {
    document.getElementById("tidepool").focus();
  }
}

// Tab goes on from the control that has the keys within the canvas, and from the last one out of the page.
export function stepFrom(element) {
  const at = (known.get(focus) ?? known.get(fresh))?.element;
  fresh = null;
  if (!at || stage.contains(element)) return;
  quiet = true;
  at.focus({ preventScroll: true });
  quiet = false;
}
