// What is heard of a page: nothing before the first press, water after it, nothing while it is muted, paused or hidden.

import { browser, check, page, pause, status, test, until } from "./harness.mjs";

const state = (of) => of.evaluate(() => globalThis.tidepool_sound());

// The largest sample of the last moment, measured where the page hands its sound to the device.
async function tap(of) {
  await of.evaluate(() => {
    const { connect } = AudioNode.prototype;
    AudioNode.prototype.connect = function (to, ...rest) {
      if (to === this.context.destination) {
        globalThis.tap = this.context.createAnalyser();
        connect.call(this, globalThis.tap);
      }
      return connect.call(this, to, ...rest);
    };
  });
}

const loudest = (of) =>
  of.evaluate(() => {
    if (!globalThis.tap) return 0;
    const samples = new Float32Array(globalThis.tap.fftSize);
    globalThis.tap.getFloatTimeDomainData(samples);
    return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  });

// Whether nothing is heard for a while: an analyser keeps what it had when its context rests.
async function isSilent(of) {
  for (let i = 0; i < 6; i += 1) {
    if ((await state(of)) === "running" && (await loudest(of)) > 1e-3) return false;
    await pause(100);
  }
  return true;
}

export async function sound(server) {
  const of = await browser();
  try {
    await test("water is heard from the first press on, and not while it is muted, paused or hidden", async () => {
      const on = await page(of, `http://localhost:${server.http}/?solo=1&scene=waterfall`, "");
      await until("the world", async () => (await status(on)).tick > 30);
      await tap(on);
      check((await state(on)) === "none", "no sound before a press");
      const heard = () => until("sound", async () => (await state(on)) === "running" && (await loudest(on)) > 3e-3);
      const silent = (why) => until(`silence: ${why}`, () => isSilent(on));
      await on.mouse.move(640, 300);
      await on.mouse.down({ button: "middle" });
      await on.mouse.up({ button: "middle" });
      await heard();
      const samples = await loudest(on);
      check(samples < 1, `below full scale: ${samples}`);
      const key = async (name) => {
        await on.evaluate(() => document.getElementById("tidepool").focus());
        await on.keyboard.down(name);
        await pause(700);
        await on.keyboard.up(name);
      };
      await key("m");
      await silent("muted");
      await key("m");
      await heard();
      await key(" ");
      await until("the pause", async () => (await status(on)).paused);
      await silent("paused");
      await until("rest", async () => (await state(on)) === "suspended");
      await key(" ");
      await heard();
      await on.evaluate(() => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
        document.dispatchEvent(new Event("visibilitychange"));
      });
      await until("silence while hidden", async () => (await state(on)) === "suspended");
      await on.close();
    });
  } finally {
    await of.close();
  }
}
