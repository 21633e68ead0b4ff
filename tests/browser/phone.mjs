// What only a phone has: fingers, and a keyboard that comes when a text field is touched.

import path from "node:path";
import { browser, check, end, headless, page, pause, root, shot, status, test, until } from "./harness.mjs";

const AGENT = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
const PHONE = { size: { width: 390, height: 844 }, touch: { hasTouch: true, isMobile: true, userAgent: AGENT } };
const focused = (of) => of.evaluate(() => document.activeElement?.id ?? "");
// What some touches did not do, more will not do either.
const TOUCH_MS = 60_000;

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
    await test("what is said by touch is typed with the phone's keyboard, which goes when it is said", async () => {
      const native = headless([
        "join", "--signaling", `ws://127.0.0.1:${server.http}`, "--room", "said", "--name", "NATIVE",
        "--backend", "cpu", "--threads", "1", "--scene", path.join(root, "tests/browser/basin.ron"),
      ]);
      try {
        await until("the native peer opened the room", async () => {
          const { rooms } = await (await fetch(`http://127.0.0.1:${server.http}/rooms`)).json();
          return rooms.some((room) => room.name === "said");
        });
        const on = await page(of, `http://localhost:${server.http}/?room=said&backend=cpu`, "", PHONE);
        await until("two people", async () => (await status(on)).people?.length === 2);
        await until("the cover is gone", async () => !(await on.isVisible("#cover")));
        const tap = async (what) => {
          const box = await what.boundingBox({ timeout: 5_000 });
          const within = await on.getByRole("dialog").first().boundingBox({ timeout: 1_000 }).catch(() => null);
          check(!within || box.y + box.height / 2 < within.y + within.height, "it lies below what is in sight");
          await on.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
          await pause(2_000);
        };
        // A finger on one or the other, what is there of them, until it has done what it does: a slow renderer may miss the
        // first.
        const touch = (what, name, done) => until(`a touch of ${name}`, async () => {
          if (await done()) return true;
          for (const one of what) {
            if ((await one.count()) === 0) continue;
            await tap(one.first());
            break;
          }
          return done();
        }, TOUCH_MS);
        const button = (name) => on.getByRole("button", { name, exact: true });
        const field = on.locator("#controls").getByRole("textbox", { name: "Say something" });
        const typed = async () => (await focused(on)) === "egui_text_agent";
        await touch([button("Room")], "Room", async () => (await button("Say something").count()) > 0);
        await touch([field, button("Say something")], "Say something", typed);
        // Whoever put the keyboard away gets it again by a touch of the field.
        await on.focus("#tidepool");
        await touch([field], "the field", typed);
        await on.keyboard.insertText("hello");
        await pause(1_500);
        await shot(on, "phone-say");
        await touch([button("Say")], "Say", async () => (await on.getByText("hello").count()) > 0 && !(await typed()));
        await on.close();
      } finally {
        await end(native);
      }
    });
  } finally {
    await of.close();
  }
}
