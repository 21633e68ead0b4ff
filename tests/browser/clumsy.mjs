// What people do to a page without meaning to: they click twice, press keys again and again, reload in the midst of it, turn the
// screen while a window is open, and have the same page in two tabs.

import { browser, check, page, pause, pour, shot, status, test, until } from "./harness.mjs";
import { alone, button, drawn, holds, shelved, there } from "./tasks.mjs";
import { mouse } from "./ways.mjs";

const { press } = mouse;
const SIZES = [{ width: 390, height: 844 }, { width: 844, height: 390 }, { width: 1240, height: 640 }];

const named = async (on) => (await shelved(on)).filter(({ place }) => place === "named");
const particles = async (on) => (await status(on)).particles;
const alive = async (on) => {
  const { tick } = await status(on);
  await until("the world goes on", async () => (await status(on)).tick > tick + 5);
};

// Two presses at one place, as fast as a hand makes them; where the first is lost to a slow renderer, once more.
async function twice(on, what, effect) {
  await until(`a double click on ${what}`, async () => {
    if (await effect()) return true;
    // A window that has just opened is where it is told to lie a moment later.
    const box = await until("it stays where it is", async () => {
      const before = await what.boundingBox({ timeout: 20_000 });
      await pause(700);
      const now = await what.boundingBox({ timeout: 20_000 });
      return before.x === now.x && before.y === now.y && now;
    });
    const at = [box.x + box.width / 2, box.y + box.height / 2];
    await on.mouse.move(...at);
    await pause(700);
    for (const wait of [120, 0]) {
      await on.mouse.down();
      await pause(90);
      await on.mouse.up();
      await pause(wait);
    }
    await until("what it does", effect, 15_000).catch(() => {});
    return effect();
  });
}

export async function clumsy(server) {
  const of = await browser();
  try {
    const context = await of.newContext({ viewport: SIZES[2], acceptDownloads: true });
    const on = await alone(context, server);
    const { view } = await status(on);
    const window = drawn(on).getByRole("dialog", { name: "Scenes" });
    const tab = (name) => window.getByRole("button", { name, exact: true });
    const scenes = () => press(on, button(on, "Scenes"), there(tab("Yours")));
    const stroke = (dy) => pour(on, [view.x - 30, view.y + dy], [view.x + 30, view.y + dy]);
    await test("clumsy: a double click on Save is one save, and no dab of the tool behind it", async () => {
      await press(on, button(on, "Pour"), holds(on, "Pour"));
      await scenes();
      await press(on, tab("Yours"), there(tab("Save")));
      const had = await particles(on);
      await twice(on, tab("Save"), async () => (await named(on)).length > 0);
      await pause(4_000);
      check((await named(on)).length === 1, `${(await named(on)).length} saves`);
      check((await particles(on)) === had, `${(await particles(on)) - had} particles came of it`);
    });
    await test("clumsy: a save that is asked for while the program makes one is made next", async () => {
      const had = (await named(on)).length;
      await stroke(30);
      // Within that time the world is kept by itself.
      for (let n = 0; n < 8; n += 1) {
        await on.keyboard.press("Control+s");
        await pause(350);
      }
      await until("they are there", async () => (await named(on)).length > had);
      const told = (await status(on)).notices;
      check(told.every((line) => !/already|cannot|not saved/i.test(line)), JSON.stringify(told));
      await alive(on);
    });
    await test("clumsy: undo and redo, again and again", async () => {
      const had = await particles(on);
      await stroke(40);
      await until("it is poured", async () => (await particles(on)) > had);
      for (const key of ["z", "y", "z"]) {
        for (let n = 0; n < 40; n += 1) await on.keyboard.press(`Control+${key}`);
        await pause(1_500);
      }
      await until("all is taken back", async () => (await particles(on)) <= had);
      await alive(on);
    });
    await test("clumsy: Ctrl and a letter are the program's, and what opens is closed by them", async () => {
      const acts = drawn(on).getByRole("dialog", { name: "Do anything" });
      for (const shown of [1, 0]) {
        await on.keyboard.press("Control+k");
        await until("Ctrl-K", async () => (await acts.count()) === shown);
      }
    });
    await test("clumsy: a double click in the gallery, and one on the way back", async () => {
      const had = await particles(on);
      await scenes();
      await press(on, tab("Gallery"), there(tab("Sand clock")));
      const back = button(on, "Take it back");
      await twice(on, tab("Sand clock"), there(back));
      await until("another world", async () => (await particles(on)) !== had);
      await shot(on, "clumsy-scene");
      await twice(on, back, async () => (await particles(on)) === had);
      await pause(5_000);
      check((await particles(on)) === had, "the second click went forth again, or poured");
      await shot(on, "clumsy-back");
    });
    await test("clumsy: a file that is dropped twice comes once, and nonsense is told of", async () => {
      const drop = (name, text) => on.evaluate(([name, text]) => {
        const files = new DataTransfer();
        files.items.add(new File([text], name));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
      }, [name, text]);
      await drop("x.tidepool", "nonsense");
      await drop("x.tidepool", "nonsense");
      const told = async () => (await status(on)).notices.filter((line) => line.includes("x.tidepool"));
      await until("it is told", async () => (await told()).length > 0);
      check((await told()).length === 1, JSON.stringify(await told()));
      await alive(on);
    });
    await test("clumsy: a screen that is turned while a window is open", async () => {
      for (const [opens, name] of [["Scenes", "Scenes"], ["Picture", "Picture and sound"], ["Help", "Help"]]) {
        const shown = drawn(on).getByRole("dialog", { name });
        await press(on, button(on, opens), there(shown));
        for (const size of SIZES) {
          await on.setViewportSize(size);
          await until(`${name} fits ${size.width} x ${size.height}`, async () => {
            const box = await shown.boundingBox();
            return box.x >= -1 && box.y >= -1 && box.x + box.width <= size.width + 1 && box.y + box.height <= size.height + 1;
          }, 20_000);
          await shot(on, `clumsy-${opens.toLowerCase()}-${size.width}`);
        }
        await press(on, shown.getByRole("button", { name: "Close" }), async () => (await shown.count()) === 0);
      }
    });
    await test("clumsy: reloaded while it saves", async () => {
      await stroke(35);
      await on.keyboard.press("Control+s");
      await on.reload({ waitUntil: "commit" });
      await until("the world", async () => (await status(on)).tick > 3);
      await alive(on);
      await shelved(on);
    });
    const errors = on.log.filter((line) => line.startsWith("pageerror") || line.startsWith("error: panicked"));
    await test("clumsy: the page reported no error meanwhile", async () => check(errors.length === 0, errors.join("\n        ")));
    await on.close();
    await test("clumsy: two tabs in one room with one store save at the same time, back and forth", async () => {
      const at = (room) => `http://localhost:${server.http}/?room=${room}&backend=cpu`;
      const two = [await page({ context }, at("clumsy"), "TESS"), await page({ context }, at("clumsy"), "UWE")];
      for (const each of two) await until("both are here", async () => (await status(each)).people?.length === 2);
      for (const each of two) await until("the cover is gone", async () => !(await each.isVisible("#cover")));
      const had = (await named(two[0])).length;
      await Promise.all(two.map((each) => each.keyboard.press("Control+s")));
      const saved = async (each) => (await status(each)).notices.some((line) => line.startsWith("Saved: "));
      await until("both are saved", async () => (await saved(two[0])) && (await saved(two[1])));
      // One and the same world need not lie there twice.
      check((await named(two[0])).length > had, "and nothing lies there");
      const [one, other] = two;
      await one.goto(at("clumsy-two"), { waitUntil: "commit" });
      // The test library loses a page for a moment that goes on before it has come.
      const to = (room, way) => until(`in ${room}`, async () => {
        if (new URL(one.url()).searchParams.get("room") === room) return true;
        return way({ waitUntil: "commit" }).then(() => false, () => false);
      });
      await to("clumsy", (how) => one.goBack(how));
      await to("clumsy-two", (how) => one.goForward(how));
      await to("clumsy", (how) => one.goBack(how));
      await until("both are here again", async () => (await status(one)).people?.length === 2 && (await status(other)).people?.length === 2);
      await alive(other);
      for (const each of two) {
        const bad = each.log.filter((line) => line.startsWith("pageerror") || line.startsWith("error: panicked"));
        check(bad.length === 0, bad.join("\n        "));
      }
    });
  } finally {
    await of.close();
  }
}
