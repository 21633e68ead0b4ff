// What the page does when the program cannot draw any more: it loads itself anew, in the same room and by itself where
// that did not just fail; otherwise it says what happened and offers a button. All of it works without the program.

// Within this time a second loss is left to the player: a page that comes and goes helps nobody.
const BY_ITSELF_ONCE_IN_MS = 60_000;
// A save that is not there by then is given up: the page is to be back within 5 s.
const SAVE_MS = 3_000;
// A world that was kept for a page that did not come back is not opened the next day.
const KEPT_MS = 60_000;
const RELOADED = "tidepool.reloaded";
const STORE = "tidepool-kept";
const WORLD = "/kept-world";

function reloadedAt() {
  try {
    return Number(sessionStorage.getItem(RELOADED) ?? 0);
  } catch {
    // Nothing may be kept: never by itself.
    return Date.now();
  }
}

// Whether this is the page that came back.
export const justReloaded = () => Date.now() - reloadedAt() < 10_000;

// Tells the player, and comes back. `app` is the program, if it still runs.
export async function lost({ say, words, button, app }) {
  say(words);
  button(() => location.reload());
  if (Date.now() - reloadedAt() < BY_ITSELF_ONCE_IN_MS) return;
  try {
    sessionStorage.setItem(RELOADED, String(Date.now()));
  } catch {
    return;
  }
  if (app && isAlone()) await keepWorld(app).catch(() => {});
  location.reload();
}

// With others the world is where they are.
function isAlone() {
  return (globalThis.tidepool_status?.().people ?? []).length < 2;
}

async function keepWorld(app) {
  const saved = new Promise((done) => (globalThis.tidepoolKept = done));
  app.tidepoolKeep();
  const bytes = await Promise.race([saved, new Promise((done) => setTimeout(done, SAVE_MS))]);
  if (!bytes) return;
  const headers = { "content-type": "application/octet-stream", "x-kept-at": String(Date.now()) };
  await (await caches.open(STORE)).put(WORLD, new Response(bytes, { headers }));
}

// Takes up what was kept, once.
export async function takeUp() {
  try {
    if (!(await caches.has(STORE))) return;
    const kept = await (await caches.open(STORE)).match(WORLD);
    await caches.delete(STORE);
    if (!kept || Date.now() - Number(kept.headers.get("x-kept-at")) > KEPT_MS) return;
    globalThis.tidepoolWorld = new Uint8Array(await kept.arrayBuffer());
  } catch {
    // A browser that keeps nothing begins anew.
  }
}
