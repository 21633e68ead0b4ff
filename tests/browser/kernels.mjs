// The page's CPU kernels, as they are served, under Node.js: they must give the golden digest that the same
// kernels give natively, and say how long they take for it.

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { check, report, test, web } from "./harness.mjs";

const file = (pattern) => {
  const found = readdirSync(web).find((name) => pattern.test(name));
  if (!found) throw new Error(`${web} has no ${pattern}: build the page`);
  return path.join(web, found);
};

await test("the CPU kernels as WebAssembly give the native digests", async () => {
  // By its text: older versions of Node.js take a file of this name for something other than a module.
  const script = readFileSync(file(/^worker-[0-9a-f]+\.js$/)).toString("base64");
  const worker = await import(`data:text/javascript;base64,${script}`);
  await worker.default({ module_or_path: readFileSync(file(/^worker-[0-9a-f]+\.wasm$/)) });
  const times = [];
  for (let run = 0; run < 3; run += 1) {
    const began = performance.now();
    const digest = worker.golden();
    times.push(performance.now() - began);
    check(digest === worker.goldenDigest(), `computed ${digest}, not ${worker.goldenDigest()}`);
  }
  console.log(`        ${worker.goldenDigest()}, ${Math.min(...times).toFixed(0)} ms`);
});
process.exit(report());
