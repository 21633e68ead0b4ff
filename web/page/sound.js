// The page's sound: an audio worklet that the program tells some numbers, twenty times a second. It begins with the first
// press or key, as browsers want it, and only where sound is wanted; it rests while the page is hidden or nothing is heard.
// Where there is no AudioWorklet, or no device, the page is silent.

const WORKLET = new URL("./sound-worklet.js", import.meta.url);
const WASM = new URL("./{{SOUND_WASM}}", import.meta.url);
const RESTS_AFTER_MS = 6000;

let context = null;
let node = null;
let failed = false;
let pressed = false;
let wanted = false;
let rest = 0;

async function open() {
  context = new AudioContext({ latencyHint: "interactive" });
  const [answer] = await Promise.all([fetch(WASM), context.audioWorklet.addModule(WORKLET)]);
  if (!answer.ok) throw new Error(`${WASM}: ${answer.status}`);
  const processorOptions = { bytes: await answer.arrayBuffer(), seed: Date.now() >>> 0 };
  const player = new AudioWorkletNode(context, "tidepool", { numberOfInputs: 0, outputChannelCount: [2], processorOptions });
  player.onprocessorerror = fail;
  player.connect(context.destination);
  node = player;
}

// Once, and never again: what fails here fails again.
function fail(error) {
  if (!failed) console.info("no sound:", error?.message ?? error);
  failed = true;
  node = null;
  context?.close().catch(() => {});
}

function follow() {
  if (failed || !pressed) return;
  const sounds = wanted && !document.hidden;
  if (!context) {
    if (sounds) open().catch(fail);
  } else if (sounds !== (context.state === "running")) {
    // A browser that wants another press first refuses; the next press asks again.
    (sounds ? context.resume() : context.suspend()).catch(() => {});
  }
}

for (const press of ["pointerdown", "pointerup", "keydown"]) {
  const hear = () => {
    pressed = true;
    follow();
  };
  addEventListener(press, hear, { capture: true, passive: true });
}
document.addEventListener("visibilitychange", follow);

// Numbers of the synthesiser, the last of which is the volume; nothing is told twice that is silent.
export function sound(levels) {
  if (failed || typeof AudioWorkletNode === "undefined") return;
  const isSilent = levels.at(-1) === 0 || levels.every((level, i) => i % 2 === 1 || i === levels.length - 1 || level === 0);
  if (isSilent) {
    // It dies away first.
    rest ||= setTimeout(() => {
      wanted = false;
      follow();
    }, RESTS_AFTER_MS);
  } else {
    clearTimeout(rest);
    rest = 0;
    wanted = true;
    follow();
  }
  node?.port.postMessage(levels);
}

// For tests: what state it is in.
export const soundState = () => (failed ? "failed" : (context?.state ?? "none"));
