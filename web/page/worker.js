// The CPU kernels in a thread of their own: a job comes in as an ArrayBuffer, its answer goes out as one.
import init, { Kernels } from "./{{WORKER_JS}}";

const waiting = [];
let kernels = null;

onmessage = (event) => {
  if (kernels === null) waiting.push(event.data);
  else answer(event.data);
};

function answer(job) {
  const bytes = kernels.run(new Uint8Array(job));
  postMessage(bytes.buffer, [bytes.buffer]);
}

await init({ module_or_path: "./{{WORKER_WASM}}" });
kernels = new Kernels();
waiting.splice(0).forEach(answer);
