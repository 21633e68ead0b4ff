// Checks what the browser offers, loads the program with a bar, and starts it. All that the program needs of
// the page is here: the CPU worker, the heartbeat that keeps a hidden tab computing, the goodbye.

const APP_JS = "./{{APP_JS}}";
const APP_WASM = "./{{APP_WASM}}";
const APP_WASM_BYTES = Number("{{APP_WASM_BYTES}}");
const HEARTBEAT_MS = 4;

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
  canvas: { en: "The water", de: "Das Wasser" },
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

function offer(address, words) {
  const anchor = part("link").querySelector("a");
  anchor.href = address;
  anchor.textContent = words;
  part("link").hidden = false;
}

// Over plain http from elsewhere a browser offers no WebGPU: the way in is the https address.
async function offerSecureLink() {
  stop(text("insecure"), text("asking"));
  const room = new URLSearchParams(location.search).get("room");
  const query = room ? `?room=${encodeURIComponent(room)}` : "";
  try {
    const invite = await (await fetch(`./invite.json${query}`)).json();
    const link = sameHost(invite);
    offer(link, link);
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

// The program calls this when its kernels are to run on the CPU: they must not hold up the page.
globalThis.tidepoolWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

function keepBeating(app) {
  const heart = new Worker(new URL("./heartbeat.js", import.meta.url));
  heart.onmessage = () => app.driverTick();
  heart.postMessage(HEARTBEAT_MS);
}

async function main() {
  document.documentElement.lang = LANGUAGE;
  part("tidepool").setAttribute("aria-label", text("canvas"));
  say(text("title"));
  if (!globalThis.isSecureContext) return offerSecureLink();
  if (!navigator.gpu) {
    return stop(text("noWebgpu"), text("otherBrowser"));
  }
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  if (!adapter) {
    return stop(text("noAdapter"), text("acceleration"));
  }
  say(text("title"), text("loading"));
  const app = await import(APP_JS);
  addEventListener("pagehide", () => app.driverClose());
  globalThis.tidepool_watch = (...cells) => app.tidepoolWatch(...cells);
  globalThis.tidepool_status = () => JSON.parse(app.tidepoolStatus() || "{}");
  try {
    await app.default({ module_or_path: download() });
  } catch (error) {
    // winit leaves its start function by throwing; that is no failure.
    if (!String(error).includes("Using exceptions for control flow")) throw error;
  }
  keepBeating(app);
  part("cover").classList.add("gone");
  setTimeout(() => part("tidepool").focus(), 0);
}

// The program takes keys, wheel and touch for itself. These keys stay the browser's: reload, zoom, tabs, developer tools,
// and the clipboard, whose events the program hears.
function isBrowsers({ key, ctrlKey, metaKey, altKey }) {
  const held = ctrlKey || metaKey;
  return /^F([24-9]|1[0-2])$/.test(key) || (held && !/^[asyz]$/i.test(key)) || (altKey && /^Arrow(Left|Right)$/.test(key));
}
for (const what of ["keydown", "keyup"]) {
  addEventListener(what, (event) => isBrowsers(event) && event.stopImmediatePropagation(), { capture: true });
}
addEventListener("wheel", (event) => event.ctrlKey && event.preventDefault(), { passive: false });
addEventListener("contextmenu", (event) => event.preventDefault());
main().catch((error) => {
  stop(text("notStarted"), error?.message ?? String(error));
  offer(location.href, text("again"));
});
