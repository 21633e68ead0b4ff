// A recording in the page: a file that is dropped on it is played, and what the page computes again is what was recorded.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { browser, check, page, program, root, shot, shots, status, test, until } from "./harness.mjs";

const basin = path.join(root, "tests/browser/basin.ron");
const TICKS = 600;

// A file is dropped on the page, as from a folder.
async function drop(on, file) {
  await on.evaluate(async ([name, data]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, [path.basename(file), readFileSync(file).toString("base64")]);
}

export async function recording(server) {
  const file = path.join(shots, "basin-recording.tidepool");
  execFileSync(program("TIDEPOOL_HEADLESS_BIN", "tidepool-headless"), [
    "run", "--scene", basin, "--ticks", String(TICKS), "--threads", "1", "--superstep", "4", "--recording", file,
  ]);
  // All of it on the CPU; on the software GPU as far as a minute goes.
  for (const [backend, all] of [["cpu", true], ["software", false]]) {
    await test(`a recording that is dropped on the page is played again bit for bit (${backend})`, async () => {
      const of = await browser();
      try {
        const on = await page(of, `http://localhost:${server.http}/?solo=1&backend=${backend}&scene=dam-break`, "REC");
        await until("a world", async () => (await status(on)).tick > 3);
        await drop(on, file);
        const first = await until("it plays", async () => (await status(on)).recording);
        check(first.until === TICKS, JSON.stringify(first));
        const some = await until("digests are compared", async () => {
          const { recording } = await status(on);
          return recording.compared > 8 && recording;
        });
        check(some.differs === null, JSON.stringify(some));
        await shot(on, `recording-${backend}`);
        if (all) {
          const said = await until("it is over", async () =>
            (await status(on)).notices.find((line) => /recording is over/i.test(line)));
          check(/bit for bit as it was \(\d+ digests\)/.test(said), said);
          await until("the world goes on", async () => (await status(on)).tick > TICKS);
        }
      } finally {
        await of.close();
      }
    });
  }
}
