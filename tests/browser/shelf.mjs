// What a browser keeps for the player: stamps, from one visit to the next, and the world of a page that is hidden and may be
// closed without another word.

import { browser, check, page, pause, pointOf, pour, shot, status, test, until } from "./harness.mjs";
import { alone, button, drawn, holds, shelved, there } from "./tasks.mjs";
import { mouse } from "./ways.mjs";

const { press, stroke } = mouse;

export async function shelf(server) {
  const of = await browser();
  try {
    const context = await of.newContext({ viewport: { width: 1240, height: 640 }, acceptDownloads: true });
    let on = await alone(context, server);
    const stamps = async () => (await shelved(on)).filter(({ place }) => place === "stamps");
    const window = () => drawn(on).getByRole("dialog", { name: "Stamps" });
    const openShelf = () => press(on, button(on, "Shelf (F4)"), there(window()));
    const { view } = await status(on);
    const [x, y] = [view.x, view.y];
    let name;
    await test("a copy of a part of the world lies on the shelf of stamps", async () => {
      await press(on, button(on, "Stamp"), holds(on, "Stamp"));
      // A small world: all of it is copied that lies within the middle, down into the water.
      await stroke(on, [x - 60, y - 44], [x + 60, y + 20], async () => {
        await until("it is on the shelf", async () => (await stamps()).length > 0, 20_000).catch(() => {});
        return (await stamps()).length > 0;
      });
      [{ name }] = await stamps();
      check(/ \d+ x \d+$/.test(name), name);
      await openShelf();
      await until("it is listed", there(button(on, name)));
      await shot(on, "shelf");
    });
    await test("on the next visit it comes from there into another world", async () => {
      await on.close();
      on = await page({ context }, `http://localhost:${server.http}/?solo=1&backend=cpu&scene=fountain`, "TESS");
      await until("the world", async () => (await status(on)).tick > 3);
      await until("the cover is gone", async () => !(await on.isVisible("#cover")));
      await press(on, button(on, "Stamp"), holds(on, "Stamp"));
      await openShelf();
      await press(on, button(on, name), there(button(on, "Turn (R)")));
      await shot(on, "shelf-ghost");
    });
    await test("a stamp is deleted and brought back", async () => {
      await openShelf();
      await press(on, button(on, `Delete: ${name}`), async () => (await stamps()).every((one) => one.name !== name));
      await press(on, button(on, "Bring it back"), async () => (await stamps()).some((one) => one.name === name));
    });
    await test("a page that is hidden keeps at once what would be lost", async () => {
      const kept = async () => Math.max(0, ...(await shelved(on)).filter(({ place }) => place === "kept").map(({ seconds }) => seconds));
      await press(on, button(on, "Pour"), holds(on, "Pour"));
      await pour(on, [x - 20, y + 20], [x + 20, y + 20]);
      await until("what was done is kept", async () => (await kept()) > 0);
      await pause(1_500);
      const before = await kept();
      // By itself a world is kept when a press has ended, or else twenty seconds after the last time.
      await on.mouse.move(...(await pointOf(on, x, y + 20)));
      await on.mouse.down();
      await pause(1_500);
      await on.evaluate(() => {
        Object.defineProperty(document, "hidden", { value: true, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      });
      await until("it is kept anew", async () => (await kept()) > before, 8_000);
      await on.mouse.up();
    });
  } finally {
    await of.close();
  }
}
