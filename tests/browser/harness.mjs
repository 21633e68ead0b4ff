// What the browser tests stand on: programs that are started and ended, browsers, waiting without a
// real-time assertion, and the count.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, "../..");
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, "target");
export const shots = process.env.TIDEPOOL_SHOTS ?? path.join(target, "browser-shots");
mkdirSync(shots, { recursive: true });
// The built page.
export const web = process.env.TIDEPOOL_WEB ?? path.join(target, "web-dist");

// Slow machines draw on the CPU: patience instead of speed.
export const PATIENCE_MS = 180_000;
const SIZE = { width: 640, height: 360 };

// WebGPU on the CPU works with exactly this set; all traffic stays on loopback.
const FLAGS = [
  "--no-sandbox", "--use-angle=swiftshader", "--enable-features=Vulkan", "--use-vulkan=swiftshader",
  "--ignore-gpu-blocklist", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader",
  "--allow-loopback-in-peer-connection", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

// A program that was built, or that the environment names.
export function program(variable, name) {
  const given = process.env[variable];
  const file = given ?? path.join(target, "debug", name);
  if (!existsSync(file)) throw new Error(`${file} is missing: build it, or name it in ${variable}`);
  return file;
}

const running = new Set();

// Starts a program; its lines are kept, for waiting and for the report of a failure.
export function start(name, file, args, environment = {}) {
  const stdio = ["ignore", "pipe", "pipe", "pipe"];
  const child = spawn(file, args, { env: { ...process.env, ...environment }, stdio });
  const lines = [];
  for (const stream of child.stdio.slice(1)) {
    let rest = "";
    stream.on("data", (data) => {
      const parts = (rest + data).split("\n");
      rest = parts.pop();
      lines.push(...parts);
      if (lines.length > 500) lines.splice(0, 100);
    });
  }
  running.add(child);
  child.on("exit", () => running.delete(child));
  child.on("error", (error) => lines.push(String(error)));
  return { name, child, lines };
}

export async function end(process) {
  if (process.child.exitCode !== null) return;
  const gone = new Promise((done) => process.child.once("exit", done));
  process.child.kill("SIGINT");
  const late = setTimeout(() => process.child.kill("SIGKILL"), 8000);
  await gone;
  clearTimeout(late);
}

export function endAll() {
  for (const child of running) child.kill("SIGKILL");
}

// Signaling on loopback: http and https at free ports.
export async function signaling() {
  const data = path.join(shots, "server-data");
  rmSync(data, { recursive: true, force: true });
  const server = start("signaling", program("TIDEPOOL_SIGNALING_BIN", "tidepool-signaling"), [
    "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--web", web, "--data", data,
  ]);
  await until("the server is ready", () => server.lines.some((line) => line.startsWith("ready")));
  const port = (scheme) => {
    const found = server.lines.join("\n").match(new RegExp(`${scheme}://[^:/]+:(\\d+)`));
    if (!found) throw new Error(`no ${scheme} address in: ${server.lines.join(" | ")}`);
    return Number(found[1]);
  };
  return { ...server, http: port("http"), https: port("https") };
}

export function headless(args) {
  return start("headless", program("TIDEPOOL_HEADLESS_BIN", "tidepool-headless"), args);
}

const executablePath = process.env.TIDEPOOL_CHROMIUM ?? "/usr/bin/chromium";
const NAMES = "--host-resolver-rules=MAP tide.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1";
const SHOW_LOCAL = "--disable-features=WebRtcHideLocalIpsWithMdns";

// A browser. `hideLocal` leaves mDNS hiding of local addresses on, as browsers have it by default.
export async function browser({ hideLocal = false } = {}) {
  const args = [...FLAGS, NAMES, ...(hideLocal ? [] : [SHOW_LOCAL])];
  return chromium.launch({ executablePath, headless: true, args });
}

// A browser with a window on a screen of its own, started as a user would start it: what the test library
// usually forces upon pages (that they count as seen and focused) and upon timers is left out. Its `context`
// is one window, whose pages are tabs.
export async function desktop() {
  const screen = start("Xvfb", "Xvfb", ["-displayfd", "3", "-screen", "0", "800x640x24", "-nolisten", "tcp"]);
  const display = await until("the screen", () => screen.lines.find((line) => /^\d+$/.test(line)));
  const profile = mkdtempSync(path.join(tmpdir(), "tidepool-browser-"));
  const program = start("chromium", executablePath, [
    ...FLAGS, NAMES, SHOW_LOCAL, "--remote-debugging-port=0", `--user-data-dir=${profile}`, "--ozone-platform=x11",
    "--no-default-browser-check", "--password-store=basic", "--window-position=0,0", "--window-size=660,500", "about:blank",
  ], { DISPLAY: `:${display}` });
  const address = await until("the browser listens", () =>
    program.lines.map((line) => line.match(/DevTools listening on (ws:\S+)/)?.[1]).find(Boolean));
  const of = await chromium.connectOverCDP(address, { noDefaults: true });
  return {
    context: of.contexts()[0],
    async close() {
      await of.close();
      await end(program);
      await end(screen);
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

// A page with the questions answered, so that the canvas is what is clicked; of its own profile, unless `of`
// is one window.
export async function page(of, url, name, { size = SIZE, touch = {} } = {}) {
  const context = of.context ?? (await of.newContext({ viewport: size, ignoreHTTPSErrors: true, ...touch }));
  const settings = JSON.stringify({ name, lend: true, hint_seen: true, strips: true });
  await context.addInitScript((text) => localStorage.setItem("tidepool.settings", text), settings);
  // `tidepoolFrames(ms)`: so long between frames. A software GPU computes where it draws: a page that computes on
  // it would spend nearly all its time on frames.
  await context.addInitScript(() => {
    const real = globalThis.requestAnimationFrame.bind(globalThis);
    let wait = 0;
    globalThis.requestAnimationFrame = (callback) =>
      wait > 0 ? setTimeout(() => real(callback), wait) : real(callback);
    globalThis.tidepoolFrames = (ms) => (wait = ms);
  });
  const made = await context.newPage();
  made.log = [];
  made.on("console", (line) => made.log.push(`${line.type()}: ${line.text()}`.slice(0, 400)));
  made.on("pageerror", (error) => made.log.push(`pageerror: ${error}`));
  made.name = name;
  await made.goto(url, { waitUntil: "commit", timeout: PATIENCE_MS });
  return made;
}

export const status = (of) => of.evaluate(() => globalThis.tidepool_status?.() ?? {});

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Waits until `check` gives something true, and gives that.
export async function until(what, check, patience = PATIENCE_MS) {
  const limit = Date.now() + patience;
  let last;
  for (;;) {
    try {
      const result = await check();
      if (result) return result;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > limit) throw new Error(`waited in vain: ${what}${last ? ` (${last.message})` : ""}`);
    await pause(250);
  }
}

// Where a cell lies on the page, by what the page says of its view.
export async function pointOf(of, x, y) {
  const { view } = await status(of);
  return [view.width / 2 + (x - view.x) / view.cells_per_point, view.height / 2 - (y - view.y) / view.cells_per_point];
}

// Drags the mouse from one cell to another, with the tool in hand.
export async function pour(of, from, to) {
  const [x0, y0] = await pointOf(of, ...from);
  const [x1, y1] = await pointOf(of, ...to);
  await of.mouse.move(x0, y0);
  // A slow renderer must have seen the pointer before it is pressed.
  await pause(1_500);
  await of.mouse.down();
  await of.mouse.move(x1, y1, { steps: 8 });
  await pause(2_500);
  await of.mouse.up();
}

// A software GPU that is kept busy can make a screenshot time out: that is not what is tested.
export async function shot(of, name) {
  const file = path.join(shots, `${name}.png`);
  await of.screenshot({ path: file, timeout: 60_000 }).catch((error) => console.log(`  no ${name}.png: ${error.message.split("\n")[0]}`));
}

export function check(truth, words) {
  if (!truth) throw new Error(words);
}

const count = { passed: 0, failed: 0 };

// One named test. A failure is told and does not end the others.
export async function test(name, body) {
  const began = Date.now();
  const seconds = () => `${((Date.now() - began) / 1000).toFixed(0)} s`;
  try {
    await body();
    count.passed += 1;
    console.log(`ok      ${name} (${seconds()})`);
  } catch (error) {
    count.failed += 1;
    console.log(`FAILED  ${name} (${seconds()})\n        ${error.message}`);
  }
}

export const failures = () => count.failed;

export function report() {
  console.log(`${count.passed} passed, ${count.failed} failed`);
  return count.failed === 0 ? 0 : 1;
}
