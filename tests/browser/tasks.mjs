// What a newcomer does with nothing but screen and mouse: each thing is found by what it is called there, pressed where it
// lies, and tried by what the world did.

import { readFileSync } from "node:fs";
import { browser, check, page, pause, pointOf, pour, shot, status, test, until } from "./harness.mjs";

// `TASKS=7,8`: only these.
const only = process.env.TASKS?.split(",");
const wanted = (name) => !only || only.includes(name);
const SIZE = { size: { width: 1240, height: 640 } };
// What a few presses did not do, more will not do either.
const PRESS_MS = 90_000;

const particles = async (on) => (await status(on)).particles;

// What is drawn in the canvas, once more as elements that have its place (`web/page/mirror.js`).
export const drawn = (on) => on.locator("#controls");
export const button = (on, name) => drawn(on).getByRole("button", { name, exact: true });

// Where its middle is, scrolled into sight where it lies in a window.
async function middle(on, what) {
  const window = what.locator('xpath=ancestor::*[@role="dialog"][1]');
  for (let turns = 0; turns < 20; turns += 1) {
    const box = await what.boundingBox({ timeout: 20_000 });
    const around = (await window.count()) > 0 && (await window.first().boundingBox());
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (!around || y < around.y + around.height - 20) return [x, y];
    await on.mouse.move(around.x + around.width / 2, around.y + around.height / 2);
    await on.mouse.wheel(0, 150);
    await pause(700);
  }
  throw new Error("it cannot be scrolled into sight");
}

// A press of the mouse, as often as it takes: a slow renderer may lose the first one to the hover before it.
export const press = (on, what, effect) => until(`a press of ${what}`, async () => {
  if (await effect()) return true;
  await on.mouse.move(...(await middle(on, what)));
  await pause(600);
  await on.mouse.down();
  await pause(250);
  await on.mouse.up();
  // A second press would close what is about to open.
  await until("what it does", effect, 15_000).catch(() => {});
  return effect();
}, PRESS_MS);

export const there = (what) => async () => (await what.count()) > 0;
const gone = (what) => async () => (await what.count()) === 0;
export const holds = (on, tool) => async () => (await status(on)).tool === tool;

// A stroke, until it did something: one that is not seen does nothing.
export const stroke = (on, from, to, effect) => until("a stroke", async () => {
  await pour(on, from, to);
  return effect();
}, PRESS_MS);

// A world with a basin of water in it, alone.
export async function alone(context, server) {
  const on = await page({ context }, `http://localhost:${server.http}/?solo=1&backend=cpu&scene=dam-break`, "TESS");
  await until("the world", async () => (await status(on)).tick > 3);
  await until("the cover is gone", async () => !(await on.isVisible("#cover")));
  return on;
}

// The saves that the browser has.
export const shelved = (on) => on.evaluate(() => new Promise((done, fail) => {
  const asked = indexedDB.open("tidepool-shelf");
  asked.onerror = fail;
  asked.onsuccess = () => {
    const all = asked.result.transaction("heads").objectStore("heads").getAll();
    all.onerror = fail;
    all.onsuccess = () => {
      asked.result.close();
      done(all.result.map(({ place, name, seconds }) => ({ place, name, seconds })));
    };
  };
}));

export async function tasks(server) {
  const of = await browser();
  try {
    const context = await of.newContext({ viewport: SIZE.size, acceptDownloads: true });
    let on = await alone(context, server);
    const { view } = await status(on);
    // Above the water, in the middle of what is seen.
    const high = view.y + 0.2 * view.height * view.cells_per_point;
    const [left, right] = [view.x - 40, view.x + 40];
    let before;
    let poured;
    if (wanted("1")) await test("task 1: pour", async () => {
      await press(on, button(on, "Pour"), holds(on, "Pour"));
      before = await particles(on);
      await stroke(on, [left, high], [right, high], async () => (await particles(on)) > before);
      poured = await particles(on);
      await shot(on, "task-pour");
    });
    if (wanted("2")) await test("task 2: take it back", async () => {
      await press(on, button(on, "Take back"), async () => (await particles(on)) === before);
    });
    if (wanted("3")) await test("task 3: do it again", async () => {
      await press(on, button(on, "Do again"), async () => (await particles(on)) > before);
      await shot(on, "task-again");
    });
    if (wanted("3b")) await test("task 3b: go back in time, to before it was done", async () => {
      const window = drawn(on).getByRole("dialog", { name: "Back in time" });
      const go = window.getByRole("button", { name: "Go on from here" });
      const had = await particles(on);
      // A moment is kept every five seconds of the world's.
      const { tick } = await status(on);
      await until("a moment is kept", async () => (await status(on)).tick > tick + 320, PRESS_MS);
      await stroke(on, [left, high + 30], [right, high + 30], async () => (await particles(on)) > had);
      await press(on, button(on, "Back in time"), there(window));
      await until("there is a moment", there(go));
      const slider = await window.getByRole("slider").boundingBox();
      await on.mouse.move(slider.x + 12, slider.y + slider.height / 2);
      await pause(800);
      await on.mouse.down();
      await pause(800);
      await on.mouse.up();
      await pause(2_000);
      await shot(on, "task-past");
      await press(on, go, gone(window));
      await until("it is as it was", async () => (await particles(on)) <= had, PRESS_MS);
      await shot(on, "task-past-done");
    });
    if (wanted("4")) await test("task 4: build a wall, and see by the probe that it is one", async () => {
      await press(on, button(on, "Wall"), holds(on, "Wall"));
      await pour(on, [left, high], [right, high]);
      await press(on, button(on, "Probe"), holds(on, "Probe"));
      await on.mouse.move(...(await pointOf(on, view.x, high)));
      await until("the probe names it", there(drawn(on).locator("span", { hasText: /^Wall$/ })));
      await shot(on, "task-wall");
    });
    if (wanted("5")) await test("task 5: find lava by its name, and pour it", async () => {
      await press(on, button(on, "Materials"), there(drawn(on).getByRole("dialog", { name: "Materials" })));
      const window = drawn(on).getByRole("dialog", { name: "Materials" });
      await until("the field has the keys", () => on.evaluate(() => document.activeElement?.id === "typing"));
      await on.keyboard.type("lava", { delay: 150 });
      await until("nothing else is shown", gone(window.getByRole("button", { name: "Water", exact: true })));
      const lava = window.getByRole("button", { name: "Lava", exact: true });
      await press(on, lava, async () => (await lava.getAttribute("aria-pressed")) === "true");
      await shot(on, "task-lava-found");
      await press(on, window.getByRole("button", { name: "Close" }), gone(window));
      check((await status(on)).tool === "Pour", "it is in hand, but not to be poured");
      const now = await particles(on);
      await stroke(on, [left, high + 20], [right, high + 20], async () => (await particles(on)) > now);
    });
    if (wanted("6")) await test("task 6: ask the probe what that is, and how warm", async () => {
      await press(on, button(on, "Probe"), holds(on, "Probe"));
      // On the wall, where it lies.
      await until("the probe names it", async () => {
        for (const above of [4, 8, 12, 16]) {
          await on.mouse.move(...(await pointOf(on, view.x, high + above)));
          await pause(1_200);
          if (await drawn(on).locator("span", { hasText: /^Lava$/ }).count()) return true;
        }
        return false;
      }, PRESS_MS);
      const degrees = await drawn(on).locator("span", { hasText: /^About .* °C/ }).textContent();
      check(Number(degrees.match(/-?\d+/)[0]) > 500, degrees);
      await shot(on, "task-probe");
    });
    if (wanted("7")) await test("task 7: save the world under a name", async () => {
      const window = drawn(on).getByRole("dialog", { name: "Scenes" });
      const yours = window.getByRole("button", { name: "Yours", exact: true });
      const open = async () => {
        await press(on, button(on, "Scenes"), there(yours));
        await press(on, yours, there(window.getByRole("button", { name: "Open a file", exact: true })));
      };
      await open();
      await press(on, window.getByRole("button", { name: "Save", exact: true }), async () =>
        (await shelved(on)).some(({ place }) => place === "named"));
      await until("it is told", async () => (await status(on)).notices.some((line) => line.startsWith("Saved: ")));
      // The window may close meanwhile, and be there for a moment still.
      await pause(2_000);
      await open();
      const name = window.getByRole("textbox", { name: "Rename" });
      await press(on, window.getByRole("button", { name: /^Rename: alone-/ }).first(), there(name));
      // Which has the keys by itself, and what is typed takes the old name's place.
      await until("the field has the keys", () => on.evaluate(() => document.activeElement?.id === "typing"));
      await pause(1_500);
      await on.keyboard.type("Lava pool", { delay: 150 });
      await press(on, window.getByRole("button", { name: "Rename", exact: true }), gone(name));
      await until("it has its name", async () => (await shelved(on)).some(({ name }) => name === "Lava pool"));
      await until("by which it is shown", there(window.getByRole("button", { name: "Lava pool", exact: true })));
      await shot(on, "task-save");
      await press(on, button(on, "Scenes"), gone(window));
    });
    if (wanted("8")) await test("task 8: make a film of the last seconds (GIF)", async () => {
      const window = drawn(on).getByRole("dialog", { name: "Picture and sound" });
      await press(on, button(on, "Picture"), there(window));
      const keeps = window.getByRole("checkbox", { name: "Keep the last 10 seconds for a film (GIF)" });
      await press(on, keeps, async () => (await keeps.getAttribute("aria-checked")) === "true");
      const two = window.getByRole("button", { name: "2 s", exact: true });
      await until("two seconds are there", async () => (await two.getAttribute("aria-disabled")) === null);
      const came = on.waitForEvent("download", { timeout: PRESS_MS });
      const file = await Promise.all([came, press(on, two, gone(two))]).then(([file]) => file);
      await shot(on, "task-film");
      check(/\.gif$/.test(file.suggestedFilename()), file.suggestedFilename());
      const bytes = readFileSync(await file.path());
      check(bytes.subarray(0, 6).toString("latin1") === "GIF89a", `it begins ${bytes.subarray(0, 6).toString("hex")}`);
      await press(on, button(on, "Picture"), gone(window));
    });
    if (wanted("9")) await test("task 9: close the tab, come back, and go on with what was there", async () => {
      await press(on, button(on, "Water"), async () => (await button(on, "Water").first().getAttribute("aria-pressed")) === "true");
      await press(on, button(on, "Pour"), holds(on, "Pour"));
      const { particles: had } = await status(on);
      await stroke(on, [left, high + 40], [right, high + 40], async () => (await particles(on)) > had + 100);
      // A tab that is closed has no time to save: the world was kept soon after the stroke.
      const ended = Date.now() / 1000;
      await until("it is kept by itself", async () => 
        (await shelved(on)).some(({ place, seconds }) => place === "kept" && seconds > ended));
      const last = await particles(on);
      await on.close();
      on = await alone(context, server);
      check((await particles(on)) < last, "the new world has as much as the old one");
      const restore = button(on, "Restore");
      await until("it is offered", there(restore));
      await shot(on, "task-restore");
      await press(on, restore, async () => (await particles(on)) === last);
      await shot(on, "task-restored");
    });
    const errors = on.log.filter((line) => line.startsWith("pageerror") || line.startsWith("error: panicked"));
    await test("the page reported no error meanwhile", async () => check(errors.length === 0, errors.join("\n        ")));
    await on.close();
    if (wanted("10")) await test("task 10: invite a friend, by the link", async () => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      const host = await page({ context }, `http://localhost:${server.http}/?room=friends&backend=cpu`, "TESS");
      await until("the room", async () => (await status(host)).people?.length === 1);
      await until("the cover is gone", async () => !(await host.isVisible("#cover")));
      await press(host, button(host, "Room"), there(button(host, "Copy link")));
      await press(host, button(host, "Copy link"), there(button(host, "Copied")));
      await shot(host, "task-invite");
      const link = await host.evaluate(() => navigator.clipboard.readText());
      check(new URL(link).searchParams.get("room") === "friends", link);
      // On this machine the link leads here by another name, so the page is asked for by its own.
      const friend = await page(of, `http://localhost:${server.http}/${new URL(link).search}`, "UWE");
      await until("the friend is here", async () => (await status(host)).people?.length === 2);
      await friend.close();
      await host.close();
    });
  } finally {
    await of.close();
  }
}
