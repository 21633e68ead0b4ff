// What the browser tests stand on: programs that are started and ended, browsers, waiting without a
// real-time assertion, and the count.

import { spawn } from "node:child_process";
import { mkdirSync, existsSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, "../..");
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, "target");
export const shots = process.env.TIDEPOOL_SHOTS ?? path.join(target, "browser-shots");
mkdirSync(shots, { recursive: true });

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

function program(variable, name) {
  const given = process.env[variable];
  const file = given ?? path.join(target, "debug", name);
  if (!existsSync(file)) throw new Error(`${file} is missing: build it, or name it in ${variable}`);
  return file;
}

const running = new Set();

// Starts a program; its lines are kept, for waiting and for the report of a failure.
export function start(name, file, args, environment = {}) {
  const child = spawn(file, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
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
  const web = process.env.TIDEPOOL_WEB ?? path.join(target, "web-dist");
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

// A browser. `hideLocal` leaves mDNS hiding of local addresses on, as browsers have it by default.
export async function browser({ hideLocal = false } = {}) {
  const hiding = hideLocal ? [] : ["--disable-features=WebRtcHideLocalIpsWithMdns"];
  const executablePath = process.env.TIDEPOOL_CHROMIUM ?? "/usr/bin/chromium";
  const names = "--host-resolver-rules=MAP tide.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1";
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...hiding, names] });
}

// A page of its own profile, with the questions answered, so that the canvas is what is clicked.
export async function page(of, url, name) {
  const context = await of.newContext({ viewport: SIZE, ignoreHTTPSErrors: true });
  const settings = JSON.stringify({ name, lend: true, hint_seen: true, strips: true });
  await context.addInitScript((text) => localStorage.setItem("tidepool.settings", text), settings);
  // Frames can be withheld, as a hidden page's are: `tidepoolFrames(false)`.
  await context.addInitScript(() => {
    const real = globalThis.requestAnimationFrame.bind(globalThis);
    const held = [];
    let drawing = true;
    globalThis.requestAnimationFrame = (callback) => (drawing ? real(callback) : held.push(callback));
    globalThis.tidepoolFrames = (on) => {
      drawing = on;
      if (on) held.splice(0).forEach((callback) => real(callback));
    };
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
    await new Promise((done) => setTimeout(done, 250));
  }
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

export function report() {
  console.log(`${count.passed} passed, ${count.failed} failed`);
  return count.failed === 0 ? 0 : 1;
}
