// What a phone shows before the water: the bar while the program comes in, and what is said where it cannot run.

import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { browser, check, page, shot, test, until, web } from "./harness.mjs";

const PHONE = { width: 390, height: 844 };

// Everything that is written lies within the screen.
async function fits(of) {
  const wide = await of.evaluate(() =>
    [...document.querySelectorAll("#cover > *:not([hidden])")]
      .map((part) => part.getBoundingClientRect())
      .filter((box) => box.left < 0 || box.right > innerWidth || box.top < 0 || box.bottom > innerHeight).length);
  check(wide === 0, `${wide} parts of the cover lie outside the screen`);
}

export async function cover(server) {
  const of = await browser();
  const address = `http://localhost:${server.http}/?solo=1`;
  try {
    await test("a bar shows how far the download is", async () => {
      const program = readdirSync(web).find((name) => /^app-[0-9a-f]+\.wasm$/.test(name));
      const bytes = statSync(path.join(web, program)).size;
      const slow = await page(of, "about:blank", "DORA", { size: PHONE });
      const network = await slow.context().newCDPSession(slow);
      await network.send("Network.enable");
      await network.send("Network.emulateNetworkConditions", {
        offline: false, latency: 20, downloadThroughput: bytes / 12, uploadThroughput: -1,
      });
      await slow.goto(address, { waitUntil: "commit" });
      const now = () => slow.evaluate(() => Number(document.getElementById("bar").getAttribute("aria-valuenow")));
      const first = await until("the bar moves", async () => (await now()) || false);
      await until("it moves on", async () => (await now()) >= Math.min(99, first + 20));
      check(await slow.isVisible("#bar"), "the bar cannot be seen");
      await fits(slow);
      await shot(slow, "phone-loading");
      await slow.close();
    });
    await test("a browser without WebGPU is told so in words", async () => {
      const old = await page(of, "about:blank", "EMIL", { size: PHONE });
      await old.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined }));
      await old.goto(address, { waitUntil: "commit" });
      await until("the words", async () => (await old.textContent("#words")).includes("cannot draw with WebGPU"));
      check(!(await old.isVisible("#bar")), "a bar beside the words");
      await fits(old);
      await shot(old, "phone-no-webgpu");
      await old.close();
    });
    await test("a lost connection is told in words", async () => {
      const lost = await page(of, "about:blank", "FINN", { size: PHONE });
      await lost.route(/app-[0-9a-f]+\.wasm$/, (route) => route.abort());
      await lost.goto(address, { waitUntil: "commit" });
      await until("the words", async () => (await lost.textContent("#words")).includes("could not start"));
      check((await lost.textContent("#detail")).includes("could not be reached"), "the cause is not told");
      check((await lost.getAttribute("#link a", "href")) === address, "no way to try again");
      await fits(lost);
      await shot(lost, "phone-no-program");
      await lost.close();
    });
    await test("the page can be put on a home screen", async () => {
      const on = `http://localhost:${server.http}`;
      const answer = await fetch(`${on}/tidepool.webmanifest`);
      check(answer.headers.get("content-type")?.startsWith("application/manifest+json"), "not a manifest's type");
      const manifest = await answer.json();
      const html = await (await fetch(`${on}/`)).text();
      check(html.includes('rel="manifest" href="tidepool.webmanifest"'), "the page does not name its manifest");
      check(html.includes(`name="theme-color" content="${manifest.theme_color}"`), "two theme colours");
      const touch = html.match(/rel="apple-touch-icon" href="([^"]+)"/)?.[1];
      for (const { src, type, sizes } of [...manifest.icons, { src: touch, type: "image/png", sizes: "180x180" }]) {
        const icon = await fetch(`${on}/${src}`);
        check(icon.ok && icon.headers.get("content-type") === type, `${src}: ${icon.status} ${icon.headers.get("content-type")}`);
        const bytes = new DataView(await icon.arrayBuffer());
        // A PNG's width and height.
        const real = type === "image/png" ? `${bytes.getUint32(16)}x${bytes.getUint32(20)}` : sizes;
        check(real === sizes, `${src} is ${real}, not ${sizes}`);
      }
    });
  } finally {
    await of.close();
  }
}
