// What a newcomer does with nothing but the screen: each thing is found by what it is called there, pressed where it lies, and
// tried by what the world did. With a mouse; on a phone with fingers alone; and with keys and the accessibility tree alone.

import { readFileSync } from "node:fs";
import { browser, check, page, pause, shot, status, test, until } from "./harness.mjs";
import { mouse, PRESS_MS } from "./ways.mjs";

// `TASKS=7,8`: only these.
const only = process.env.TASKS?.split(",");
const wanted = (name) => !only || only.includes(name);

const particles = async (on) => (await status(on)).particles;

// What is drawn in the canvas, once more as elements that have its place (`web/page/mirror.js`).
export const drawn = (on) => on.locator("#controls");
export const button = (on, name) => drawn(on).getByRole("button", { name, exact: true });

export const there = (what) => async () => (await what.count()) > 0;
const gone = (what) => async () => (await what.count()) === 0;
export const holds = (on, tool) => async () => (await status(on)).tool === tool;

// A world with a basin of water in it, alone.
export async function alone(context, server, way = mouse) {
  const on = await page({ context }, `http://localhost:${server.http}/?solo=1&backend=cpu&scene=dam-break`, "TESS", way.page);
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

export async function tasks(server, way = mouse) {
  const { press, stroke } = way;
  const named = (name) => way.name + name;
  const taken = (on, name) => shot(on, `${way.pictures}-${name}`);
  const of = await browser();
  try {
    const context = await of.newContext({ viewport: way.page.size, acceptDownloads: true, ...way.page.touch });
    let on = await alone(context, server, way);
    const { view } = await status(on);
    // Above the water, in the middle of what is seen.
    const high = Math.round(view.y + 0.2 * view.height * view.cells_per_point);
    // Below the line at the top there is room for three of these above that.
    const step = Math.min(10, Math.floor(((0.3 * view.height - 80) * view.cells_per_point) / 3));
    const reach = Math.round(Math.min(40, view.width * view.cells_per_point * 0.3));
    const [left, right] = [Math.round(view.x) - reach, Math.round(view.x) + reach];
    const dialog = (name) => drawn(on).getByRole("dialog", { name });
    const take = (tool) => press(on, button(on, tool), holds(on, tool));
    const types = () => on.evaluate(() => ["typing", "egui_text_agent"].includes(document.activeElement?.id)
      || document.activeElement?.type === "text");
    // Where a screen is low, materials are behind the button of the one in hand.
    const materials = async () => {
      const behind = drawn(on).getByRole("button", { name: /^Material: / });
      if (await behind.count()) await press(on, behind, there(button(on, "Materials")));
    };
    // One task; where it fails, what was seen and told then is to be seen.
    const task = (number, name, body) => wanted(number) && test(named(`task ${number}: ${name}`), () => body().catch(async (error) => {
      await taken(on, `failed-${number}`);
      throw new Error(`${error.message}\n        it told: ${JSON.stringify((await status(on)).notices)}`);
    }));
    let before;
    await task("1", "pour", async () => {
      await take("Pour");
      before = await particles(on);
      await stroke(on, [left, high], [right, high], async () => (await particles(on)) > before);
      await taken(on, "pour");
    });
    await task("2", "take it back", async () => {
      await press(on, button(on, "Take back"), async () => (await particles(on)) === before);
    });
    await task("3", "do it again", async () => {
      await press(on, button(on, "Do again"), async () => (await particles(on)) > before);
      await taken(on, "again");
    });
    await task("3b", "go back in time, to before it was done", async () => {
      const window = dialog("Back in time");
      const go = window.getByRole("button", { name: "Go on from here" });
      await take("Pour");
      const had = await particles(on);
      // A moment is kept every five seconds of the world's.
      const { tick } = await status(on);
      await until("a moment is kept", async () => (await status(on)).tick > tick + 320, PRESS_MS);
      await stroke(on, [left, high + 3 * step], [right, high + 3 * step], async () => (await particles(on)) > had);
      // A phone has no room for its own button: it is where time is slowed down.
      const opens = button(on, "Back in time");
      if (!(await opens.count())) await press(on, button(on, "Speed 1"), there(opens));
      await press(on, opens, there(window));
      await until("there is a moment", there(go));
      const slider = window.getByRole("slider");
      await until("the first moment is looked at", async () => {
        if ((await slider.inputValue()) === "0") return true;
        await way.least(on, slider);
        await pause(2_000);
        return false;
      }, PRESS_MS);
      await taken(on, "past");
      await press(on, go, gone(window));
      await until("it is as it was", async () => (await particles(on)) <= had, PRESS_MS);
      await taken(on, "past-done");
    });
    await task("4", "build a wall, and see by the probe that it is one", async () => {
      await take("Wall");
      // What it did is seen by the probe.
      let strokes = 0;
      await stroke(on, [left, high], [right, high], () => strokes++ > 0);
      await take("Probe");
      await until("the probe names it", async () => {
        await way.look(on, [(left + right) / 2, high]);
        await pause(1_500);
        return (await drawn(on).locator("span", { hasText: /^Wall$/ }).count()) > 0;
      }, PRESS_MS);
      await taken(on, "wall");
    });
    await task("5", "find lava by its name, and pour it", async () => {
      const window = dialog("Materials");
      await materials();
      await press(on, button(on, "Materials"), there(window));
      const search = window.getByRole("textbox", { name: "Name of a material" });
      await way.write(on, search, types, "lava");
      await until("nothing else is shown", gone(window.getByRole("button", { name: "Water", exact: true })));
      const lava = window.getByRole("button", { name: "Lava", exact: true });
      await press(on, lava, async () => (await lava.getAttribute("aria-pressed")) === "true");
      await taken(on, "lava-found");
      await press(on, window.getByRole("button", { name: "Close" }), gone(window));
      check((await status(on)).tool === "Pour", "it is in hand, but not to be poured");
      const now = await particles(on);
      await stroke(on, [left, high + 2 * step], [right, high + 2 * step], async () => (await particles(on)) > now);
    });
    await task("6", "ask the probe what that is, and how warm", async () => {
      await take("Probe");
      // On the wall, where it lies, or has run to.
      const spots = [0, -0.6, 0.6].flatMap((aside) => [4, 7, 2, 10, 14].map((above) =>
        [Math.round((left + right) / 2 + aside * reach), high + above]));
      await until("the probe names it", async () => {
        for (const spot of spots) {
          await way.look(on, spot);
          await pause(1_200);
          if (await drawn(on).locator("span", { hasText: /^Lava$/ }).count()) return true;
        }
        return false;
      }, PRESS_MS);
      const degrees = await drawn(on).locator("span", { hasText: /^About .* °C/ }).textContent();
      check(Number(degrees.match(/-?\d+/)[0]) > 500, degrees);
      await taken(on, "probe");
    });
    await task("6b", "copy a part of the world, and stamp it beside", async () => {
      await take("Stamp");
      // Who has shown no keys is told of none.
      const turn = button(on, way.page.touch ? "Turn" : "Turn (R)");
      // Down into the water, which is still.
      await stroke(on, [left, Math.round(view.y) - 30], [left + reach, 12], there(turn));
      await taken(on, "stamp-in-hand");
      const had = await particles(on);
      await stroke(on, [right, high + step], [right, high + step], async () => (await particles(on)) > had);
      await taken(on, "stamp");
      await take("Pour");
    });
    await task("7", "save the world under a name", async () => {
      const window = dialog("Scenes");
      const yours = window.getByRole("button", { name: "Yours", exact: true });
      const open = async () => {
        await press(on, button(on, "Scenes"), there(yours));
        await press(on, yours, there(window.getByRole("button", { name: "Open a file", exact: true })));
      };
      await open();
      await press(on, window.getByRole("button", { name: "Save", exact: true }), async () =>
        (await shelved(on)).some(({ place }) => place === "named"));
      await until("it is told", async () => (await status(on)).notices.some((line) => line.startsWith("Saved: ")));
      await until("the window has closed", gone(window));
      await open();
      const name = window.getByRole("textbox", { name: "Rename" });
      await press(on, window.getByRole("button", { name: /^Rename: alone-/ }).first(), there(name));
      // Which has the keys by itself, and what is typed takes the old name's place.
      await way.write(on, name, types, "Lava pool");
      await press(on, window.getByRole("button", { name: "Rename", exact: true }), gone(name));
      await until("it has its name", async () => (await shelved(on)).some(({ name }) => name === "Lava pool"));
      await until("by which it is shown", there(window.getByRole("button", { name: "Lava pool", exact: true })));
      await taken(on, "save");
      await press(on, window.getByRole("button", { name: "Close" }), gone(window));
    });
    await task("8", "make a film of the last seconds (GIF)", async () => {
      const window = dialog("Picture and sound");
      await press(on, button(on, "Picture"), there(window));
      const keeps = window.getByRole("checkbox", { name: "Keep the last 10 seconds for a film (GIF)" });
      await press(on, keeps, async () => (await keeps.getAttribute("aria-checked")) === "true");
      const two = window.getByRole("button", { name: "2 s", exact: true });
      await until("two seconds are there", async () => (await two.getAttribute("aria-disabled")) === null);
      let file;
      on.once("download", (came) => (file = came));
      await press(on, two, () => file !== undefined);
      await taken(on, "film");
      check(/\.gif$/.test(file.suggestedFilename()), file.suggestedFilename());
      const bytes = readFileSync(await file.path());
      check(bytes.subarray(0, 6).toString("latin1") === "GIF89a", `it begins ${bytes.subarray(0, 6).toString("hex")}`);
      await press(on, window.getByRole("button", { name: "Close" }), gone(window));
    });
    await task("9", "close the tab, come back, and go on with what was there", async () => {
      await materials();
      await press(on, button(on, "Water"), async () =>
        !(await button(on, "Water").count()) || (await button(on, "Water").first().getAttribute("aria-pressed")) === "true");
      await take("Pour");
      const { particles: had } = await status(on);
      // Below the wall: further up a card or a notice may lie.
      await stroke(on, [left, high - 25], [right, high - 25], async () => (await particles(on)) > had + 100);
      // A tab that is closed has no time to save: the world was kept soon after the stroke.
      const ended = Date.now() / 1000;
      await until("it is kept by itself", async () =>
        (await shelved(on)).some(({ place, seconds }) => place === "kept" && seconds > ended));
      const last = await particles(on);
      await on.close();
      on = await alone(context, server, way);
      check((await particles(on)) < last, "the new world has as much as the old one");
      const restore = button(on, "Restore");
      await until("it is offered", there(restore));
      await taken(on, "restore");
      await press(on, restore, async () => (await particles(on)) === last);
      check((await status(on)).notices.every((line) => !line.includes("TESS")), "one is told of oneself as of somebody else");
      await taken(on, "restored");
    });
    const errors = on.log.filter((line) => line.startsWith("pageerror") || line.startsWith("error: panicked"));
    await test(named("the page reported no error meanwhile"), async () => check(errors.length === 0, errors.join("\n        ")));
    await on.close();
    if (wanted("10")) await test(named("task 10: invite a friend, by the link"), async () => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      const host = await page({ context }, `http://localhost:${server.http}/?room=friends&backend=cpu`, "TESS");
      await until("the room", async () => (await status(host)).people?.length === 1);
      await until("the cover is gone", async () => !(await host.isVisible("#cover")));
      await press(host, button(host, "Room"), there(button(host, "Copy link")));
      await press(host, button(host, "Copy link"), there(button(host, "Copied")));
      await taken(host, "invite");
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
