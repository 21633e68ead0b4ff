// Checks what the browser offers, loads the program with a bar, and starts it. All that the program needs of
// the page is here: the CPU worker, the heartbeat that keeps a hidden tab computing, the goodbye.

const APP_JS = "./{{APP_JS}}";
const APP_WASM = "./{{APP_WASM}}";
const APP_WASM_BYTES = Number("{{APP_WASM_BYTES}}");
const HEARTBEAT_MS = 4;

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
  stop("This page needs a secure address.", "Asking the server for it …");
  const room = new URLSearchParams(location.search).get("room");
  const query = room ? `?room=${encodeURIComponent(room)}` : "";
  try {
    const invite = await (await fetch(`./invite.json${query}`)).json();
    const link = sameHost(invite);
    offer(link, link);
    stop("Open this address instead:", invite.warning ?? "");
  } catch (error) {
    stop("Open this page by its https address.", `The server did not say which one it is (${error}).`);
  }
}

// Of the server's addresses the one by whose host this page was reached, if it is among them.
function sameHost(invite) {
  const all = [invite.link, ...(invite.others ?? [])];
  return all.find((link) => new URL(link).hostname === location.hostname) ?? invite.link;
}

async function download() {
  const answer = await fetch(APP_WASM).catch((error) => {
    throw new Error(`The server could not be reached, or the connection broke (${error.message}).`);
  });
  if (!answer.ok) throw new Error(`The server has no ${APP_WASM} (${answer.status}); it may have been updated.`);
  part("bar").hidden = false;
  let received = 0;
  const counted = new TransformStream({
    transform(chunk, out) {
      received += chunk.byteLength;
      const percent = Math.min(100, Math.round((100 * received) / APP_WASM_BYTES));
      part("bar").firstElementChild.style.width = `${percent}%`;
      part("bar").setAttribute("aria-valuenow", String(percent));
      part("detail").textContent = percent < 100 ? `${percent} %` : "starting …";
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
  if (!globalThis.isSecureContext) return offerSecureLink();
  if (!navigator.gpu) {
    return stop("This browser cannot draw with WebGPU.",
      "Try a current Chrome or Edge, Safari 26, or Firefox on a computer with a graphics driver. Drawing without WebGPU comes later.");
  }
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  if (!adapter) {
    return stop("This browser knows WebGPU but found no graphics processor for it.",
      "Check that hardware acceleration is switched on in the browser's settings.");
  }
  say("Water that a room of people computes together.", "loading …");
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
  stop("Tidepool could not start.", error?.message ?? String(error));
  offer(location.href, "Try again");
});
