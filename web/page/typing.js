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

// From now on what is typed is told to `to`.
export function typeTo(to) {
  tell = to;
}

// Whether a text field has the keys within the program, and where it is.
export function want(text, at) {
  wanted = text && !isPhone;
  // Where the input method shows its choices.
  if (at) [field.style.left, field.style.top] = [`${at[0]}px`, `${at[1] + at[3]}px`];
  steer();
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
