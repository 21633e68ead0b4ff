// How soon the page shows water, from when its address is asked for: `node start.mjs TIMES`. The last line is JSON, of medians.
//
// By the browser's own clock; what is awaited is looked for forty times a second, so that looking takes no time from it.

import { browser, end, endAll, page, signaling } from "./harness.mjs";

const times = Number(process.argv[2] ?? 5);
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const server = await signaling();
const found = [];
try {
  for (let n = 0; n < times; n += 1) {
    const of = await browser();
    const on = await page(of, `http://localhost:${server.http}/?solo=1&backend=cpu`, "TESS", { size: { width: 1280, height: 800 } });
    found.push(await on.evaluate(() => new Promise((done) => {
      const at = {};
      const look = () => {
        const status = globalThis.tidepool_status?.();
        const now = performance.now();
        if (status?.tick !== undefined) at.program_ms ??= now;
        if (document.getElementById("cover")?.classList.contains("gone")) at.frame_ms ??= now;
        if (status?.tick > 0) at.tick_ms ??= now;
        if (at.program_ms && at.frame_ms && at.tick_ms) done(at);
        else setTimeout(look, 25);
      };
      look();
    })));
    console.error(JSON.stringify(found.at(-1)));
    await of.close();
  }
} finally {
  await end(server);
  endAll();
}
const medians = Object.keys(found[0]).map((name) => [name, median(found.map((one) => one[name]))]);
console.log(JSON.stringify(Object.fromEntries(medians)));
