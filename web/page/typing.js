// Text from input methods, emoji pickers and dictation where there is a real keyboard: a canvas gets none of it, an input
// does. While a text field within the canvas has the keys, an input that nobody sees has the page's. Keys that are only
// keys it passes on to the canvas. (On phones egui's own input does this.)

const isPhone = /Android|Mobile|iPhone|iPad|iPod/.test(navigator.userAgent);
const canvas = document.getElementById("tidepool");
const field = document.getElementById("typing");
// A press on the canvas takes the keys back before the program says where they belong.
const AFTER_PRESS_MS = 200;

let tell = () => {};
let wanted = false;
// On a phone: whether a text field has the keys.
let types = false;

// From now on what is typed is told to `to`.
export function typeTo(to) {
  tell = to;
}

// Whether a text field has the keys within the program, where it is, and what it is called.
export function want(text, at, name) {
  if (isPhone && text !== types) callKeyboard(text, name);
  types = text;
  wanted = text && !isPhone;
  if (wanted) field.setAttribute("aria-label", name ?? "");
  if (wanted) field.removeAttribute("aria-hidden");
  else field.setAttribute("aria-hidden", "true");
  // Where the input method shows its choices.
  if (at) [field.style.left, field.style.top] = [`${at[0]}px`, `${at[1] + at[3]}px`];
  steer();
}

// egui's own input is where a phone's keyboard types. It takes and gives up the keys when a finger is lifted, by what was there
// before; a field that opens or closes by that same press it does not know of yet.
function callKeyboard(text, name) {
  const agent = document.getElementById("egui_text_agent");
  if (!agent) return;
  agent.setAttribute("aria-label", name ?? "");
  const here = document.activeElement;
  if (text && (here === canvas || here === document.body)) {
    agent.hidden = false;
    agent.focus({ preventScroll: true });
  } else if (!text && here === agent) {
    agent.blur();
    agent.hidden = true;
    canvas.focus();
  }
}

function steer() {
  if (wanted && document.activeElement === canvas) field.focus({ preventScroll: true });
  else if (!wanted && document.activeElement === field) canvas.focus();
}

canvas.addEventListener("focus", () => setTimeout(steer, AFTER_PRESS_MS));
field.addEventListener("focus", () => tell("", "hold", ""));
field.addEventListener("blur", () => tell("", "free", ""));
for (const what of ["keydown", "keyup"]) {
  field.addEventListener(what, (event) => {
    event.stopPropagation();
    if (event.isComposing || ["Process", "Dead", "Unidentified"].includes(event.key)) return;
    if (!canvas.dispatchEvent(new KeyboardEvent(what, event))) event.preventDefault();
  });
}
field.addEventListener("input", ({ isComposing }) => {
  if (isComposing) return;
  if (field.value) tell("", "type", field.value);
  field.value = "";
});
field.addEventListener("compositionupdate", ({ data }) => tell("", "compose", data ?? ""));
field.addEventListener("compositionend", ({ data }) => {
  tell("", "commit", data ?? "");
  field.value = "";
});
