// Checks what the browser offers, loads the program with a bar, and starts it. What the program needs of the page is
// here: the CPU worker, the heartbeat that keeps a hidden tab computing, the goodbye. `mirror.js` has what a screen reader
// reads, `typing.js` what an input method types, `shelf.js` where worlds are kept, `lost.js` what is done when nothing can be drawn any more.

import { justReloaded, lost, takeUp } from "./lost.js";
import { announce, listen, mirror, stepFrom } from "./mirror.js";
import { shelf } from "./shelf.js";
import { sound, soundState } from "./sound.js";
import { typeTo } from "./typing.js";

const APP_JS = "./{{APP_JS}}";
const APP_WASM = "./{{APP_WASM}}";
const APP_WASM_BYTES = Number("{{APP_WASM_BYTES}}");
const HEARTBEAT_MS = 4;
// How often the program is asked whether its first frame is there.
const LOOK_MS = 50;
// How long a browser may take to find one anew.
const ADAPTER_MS = 5_000;
// How long a page that is left holds on, for its goodbye.
const GOODBYE_MS = 80;

// What the cover says, each sentence in every language; the program has its own in game/words/text.
const TEXTS = {
  title: { en: "Water that a room of people computes together.", de: "Wasser, das ein Raum voller Leute gemeinsam berechnet." },
  loading: { en: "loading …", de: "lädt …" },
  starting: { en: "starting …", de: "startet …" },
  insecure: { en: "This page needs a secure address.", de: "Diese Seite braucht eine sichere Adresse." },
  asking: { en: "Asking the server for it …", de: "Der Server wird danach gefragt …" },
  instead: { en: "Open this address instead:", de: "Öffne stattdessen diese Adresse:" },
  byHttps: { en: "Open this page by its https address.", de: "Öffne diese Seite über ihre https-Adresse." },
  notSaid: { en: "The server did not say which one it is", de: "Der Server hat sie nicht genannt" },
  unreachable: { en: "The server could not be reached, or the connection broke", de: "Der Server war nicht zu erreichen, oder die Verbindung brach ab" },
  missing: { en: "The server lacks a part; it may have been updated", de: "Dem Server fehlt ein Teil; vielleicht wurde er erneuert" },
  noWebgpu: { en: "This browser cannot draw with WebGPU.", de: "Dieser Browser kann nicht mit WebGPU zeichnen." },
  otherBrowser: {
    en: "Try a current Chrome or Edge, Safari 26, or Firefox on a computer with a graphics driver. Drawing without WebGPU comes later.",
    de: "Nimm ein aktuelles Chrome oder Edge, Safari 26 oder Firefox auf einem Rechner mit Grafiktreiber. Zeichnen ohne WebGPU kommt später.",
  },
  noAdapter: {
    en: "This browser knows WebGPU but found no graphics processor for it.",
    de: "Dieser Browser kennt WebGPU, hat aber keinen Grafikprozessor dafür gefunden.",
  },
  acceleration: {
    en: "Check that hardware acceleration is switched on in the browser's settings.",
    de: "Prüfe in den Einstellungen des Browsers, ob die Hardwarebeschleunigung eingeschaltet ist.",
  },
  notStarted: { en: "Tidepool could not start.", de: "Tidepool konnte nicht starten." },
  again: { en: "Try again", de: "Noch einmal" },
  gpuLost: {
    en: "The browser has lost the graphics processor. Your room goes on; loading the page anew brings you back.",
    de: "Der Browser hat den Grafikprozessor verloren. Dein Raum läuft weiter; neu geladen bringt dich die Seite zurück.",
  },
  stopped: {
    en: "Tidepool has stopped because of an error of its own. Loading the page anew brings you back to your room.",
    de: "Tidepool wurde durch einen eigenen Fehler angehalten. Neu geladen bringt dich die Seite in deinen Raum zurück.",
  },
  reload: { en: "Reload", de: "Neu laden" },
  canvas: { en: "The water", de: "Das Wasser" },
  how: {
    en: "Arrow keys move a pointer over the world, with Shift faster. Enter uses the tool in hand there, held with arrows along a stroke. Escape leaves the pointer. Tab leads to tools and materials, H to help.",
    de: "Die Pfeiltasten bewegen einen Zeiger über die Welt, mit Umschalt schneller. Enter benutzt dort das Werkzeug, mit Pfeilen gehalten einen Strich lang. Escape verlässt den Zeiger. Tab führt zu Werkzeugen und Stoffen, H zur Hilfe.",
  },
};

// The language as the program finds it: chosen there, or the first of the browser's that there is, or English.
function language() {
  let chosen = null;
  try {
    chosen = JSON.parse(localStorage.getItem("tidepool.settings"))?.language;
  } catch {
    // Nothing is kept, or nothing may be read.
  }
  const wanted = [chosen, ...navigator.languages].filter(Boolean).map((tag) => String(tag).toLowerCase().split("-")[0]);
  return wanted.find((tag) => Object.hasOwn(TEXTS.title, tag)) ?? "en";
}

const LANGUAGE = language();
const text = (id) => TEXTS[id][LANGUAGE];
const part = (id) => document.getElementById(id);

function say(words, detail = "") {
  part("words").textContent = words;
  part("detail").textContent = detail;
}

// Anything that stops the program ends here, in words.
function stop(words, detail) {
  part("bar").hidden = true;
  part("cover").classList.remove("gone");
  say(words, detail);
}

function offerReload(reload) {
  const button = part("reload").querySelector("button");
  button.textContent = text("reload");
  button.onclick = reload;
  part("reload").hidden = false;
  button.focus();
}

function offer(address, words) {
  const anchor = part("link").querySelector("a");
  anchor.href = address;
  anchor.textContent = words;
  part("link").hidden = false;
}

// Over plain http from elsewhere a browser offers no WebGPU: the way in is the https address.
async function offerSecureLink() {
  stop(text("insecure"), text("asking"));
  const asked = new URLSearchParams(location.search);
  const room = asked.get("room");
  const query = room ? `?room=${encodeURIComponent(room)}` : "";
  try {
    const invite = await (await fetch(`./invite.json${query}`)).json();
    const link = new URL(sameHost(invite));
    // What else was asked for: scene, name, and whatever comes to be.
    asked.forEach((value, key) => link.searchParams.set(key, value));
    link.hash = location.hash;
    offer(link.href, link.href);
    stop(text("instead"), invite.warning ?? "");
  } catch (error) {
    stop(text("byHttps"), `${text("notSaid")} (${error}).`);
  }
}

// Of the server's addresses the one by whose host this page was reached, if it is among them.
function sameHost(invite) {
  const all = [invite.link, ...(invite.others ?? [])];
  return all.find((link) => new URL(link).hostname === location.hostname) ?? invite.link;
}

async function download() {
  const answer = await fetch(APP_WASM).catch((error) => {
    throw new Error(`${text("unreachable")} (${error.message}).`);
  });
  if (!answer.ok) throw new Error(`${text("missing")} (${APP_WASM}: ${answer.status}).`);
  part("bar").hidden = false;
  let received = 0;
  const counted = new TransformStream({
    transform(chunk, out) {
      received += chunk.byteLength;
      const percent = Math.min(100, Math.round((100 * received) / APP_WASM_BYTES));
      part("bar").firstElementChild.style.width = `${percent}%`;
      part("bar").setAttribute("aria-valuenow", String(percent));
      part("detail").textContent = percent < 100 ? `${percent} %` : text("starting");
      out.enqueue(chunk);
    },
  });
  // Compiled while it comes in.
  return new Response(answer.body.pipeThrough(counted), { headers: { "content-type": "application/wasm" } });
}

async function hasAdapter() {
  // A browser that has just lost its graphics process takes a moment for the next.
  for (const limit = Date.now() + (justReloaded() ? ADAPTER_MS : 0); ; await pause(LOOK_MS * 4)) {
    const adapter = await navigator.gpu.requestAdapter().catch(() => null);
    if (adapter || Date.now() >= limit) return Boolean(adapter);
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// The program calls this when its kernels are to run on the CPU: they must not hold up the page.
globalThis.tidepoolWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

let stopped = false;
// And this when something is to be heard.
globalThis.tidepoolSound = sound;

function keepBeating(app) {
  const heart = new Worker(new URL("./heartbeat.js", import.meta.url));
  heart.onmessage = () => stopped || app.driverTick();
  heart.postMessage(HEARTBEAT_MS);
}

async function main() {
  document.documentElement.lang = LANGUAGE;
  part("tidepool").setAttribute("aria-label", text("canvas"));
  part("how").textContent = text("how");
  say(text("title"));
  if (!globalThis.isSecureContext) return offerSecureLink();
  if (!navigator.gpu) {
    return stop(text("noWebgpu"), text("otherBrowser"));
  }
  if (!(await hasAdapter())) {
    stop(text("noAdapter"), text("acceleration"));
    return offer(location.href, text("again"));
  }
  say(text("title"), text("loading"));
  const app = await import(APP_JS);
  // A page that may be shown again keeps a world of its own, which nobody waits for.
  const leaves = ({ persisted }) => !persisted || globalThis.tidepool_status().room;
  addEventListener("pagehide", (event) => leaves(event) && app.driverClose());
  // The goodbye goes through threads of the browser's, and a page that is gone at once takes it along. By now the program
  // has said it, for it does so between these two.
  addEventListener("pagehide", (event) => {
    for (const until = performance.now() + GOODBYE_MS; leaves(event) && performance.now() < until; );
  });
  // It may be closed without another word, and a tab that is closed has no time.
  document.addEventListener("visibilitychange", () => document.hidden && app.tidepoolHidden());
  addEventListener("pageshow", ({ persisted }) => persisted && app.tidepoolReturn());
  globalThis.tidepool_watch = (...cells) => app.tidepoolWatch(...cells);
  globalThis.tidepool_sound = soundState;
  let runs = false;
  globalThis.tidepool_status = () => JSON.parse((runs && app.tidepoolStatus()) || "{}");
  globalThis.tidepoolMirror = mirror;
  globalThis.tidepoolShelf = shelf(app);
  globalThis.tidepoolSay = announce;
  listen(app.tidepoolAct);
  typeTo(app.tidepoolAct);
  globalThis.tidepoolLost = (what, why) => {
    if (stopped) return;
    console.error(`lost: ${what}: ${why}`);
    // A program that broke off must not be called again.
    stopped = what === "program";
    part("link").hidden = true;
    const words = text(what === "gpu" ? "gpuLost" : "stopped");
    lost({ say: (words) => stop(words, ""), words, button: offerReload, app: stopped ? null : app });
  };
  await takeUp();
  try {
    await app.default({ module_or_path: download() });
  } catch (error) {
    // winit leaves its start function by throwing; that is no failure.
    if (!String(error).includes("Using exceptions for control flow")) throw error;
  }
  runs = true;
  keepBeating(app);
  // The cover stays until what is under it has been drawn.
  while (!app.tidepoolShown()) await pause(LOOK_MS);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  if (!part("reload").hidden) return;
  part("cover").classList.add("gone");
  part("tidepool").focus();
}

// The program takes keys, wheel and touch for itself. These keys stay the browser's: reload, zoom, tabs, developer tools, Tab, by
// which one leaves the canvas, and where one types the clipboard, whose events the program hears.
function isBrowsers({ key, target, ctrlKey, metaKey, altKey }) {
  // What is only held is no key of anybody's, and the program must know of it.
  if (["Control", "Meta", "Shift", "Alt", "AltGraph"].includes(key)) return false;
  if (key === "Tab" || /^F([24-9]|1[0-2])$/.test(key)) return true;
  // On Windows AltGr, by which many keyboards print brackets, is told as Ctrl and Alt.
  const held = (ctrlKey && !altKey) || metaKey;
  const taken = target === part("tidepool") ? /^[acksvyz]$/i : /^[aksyz]$/i;
  return (held && !taken.test(key)) || (altKey && /^Arrow(Left|Right)$/.test(key));
}
for (const what of ["keydown", "keyup"]) {
  addEventListener(what, (event) => {
    if (!isBrowsers(event)) return;
    if (event.key === "Tab" && what === "keydown") stepFrom(event.target);
    event.stopImmediatePropagation();
  }, { capture: true });
}
// Over the world it zooms the world.
part("stage").addEventListener("wheel", (event) => event.ctrlKey && event.preventDefault(), { passive: false });
addEventListener("contextmenu", (event) => event.preventDefault());
main().catch((error) => {
  stop(text("notStarted"), error?.message ?? String(error));
  offer(location.href, text("again"));
});
