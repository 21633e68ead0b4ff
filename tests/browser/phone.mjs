// What only a phone has: fingers, and a keyboard that comes when a text field is touched.

import { browser, check, page, shot, status, test, until } from "./harness.mjs";

const AGENT = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
const PHONE = { size: { width: 390, height: 844 }, touch: { hasTouch: true, isMobile: true, userAgent: AGENT } };
const focused = (of) => of.evaluate(() => document.activeElement?.id ?? "");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function phone(server) {
  const of = await browser();
  try {
    await test("a touched text field brings the keyboard, and takes what is typed in any script", async () => {
      const on = await page(of, `http://localhost:${server.http}/?solo=1`, "", PHONE);
      await until("the world", async () => (await status(on)).tick > 3);
      await until("the canvas has the keys", async () => (await focused(on)) === "tidepool");
      // The room's window, by its button at the upper right, left of those for the picture and help.
      await on.touchscreen.tap(262, 31);
      await pause(2_000);
      // The field lies below the window's title; how far depends on the font.
      for (let y = 100; y <= 160 && (await focused(on)) !== "egui_text_agent"; y += 10) {
        await on.touchscreen.tap(230, y);
        await pause(1_500);
      }
      await shot(on, "phone-text");
      check((await focused(on)) === "egui_text_agent", `the keys go to ${await focused(on)}`);
      await on.keyboard.insertText("Zo\u00eb \u05e9\u05dc\u05d5\u05dd");
      await pause(1_500);
      // Touching the world ends the typing.
      await on.touchscreen.tap(60, 500);
      const kept = () => on.evaluate(() => localStorage.getItem("tidepool.settings") ?? "");
      await until("the name is kept", async () => (await kept()).includes("Zo\u00eb \u05e9\u05dc\u05d5\u05dd"));
      await on.close();
    });
  } finally {
    await of.close();
  }
}
