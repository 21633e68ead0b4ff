// Three ways to do the same things: with a mouse, with fingers on a phone, and with keys and what the accessibility tree says,
// which never asks where anything lies.

import { pause, pointOf, pour, until } from "./harness.mjs";

// What a few presses did not do, more will not do either.
export const PRESS_MS = 90_000;
// A second press would close what is about to open.
const DOES_MS = 15_000;

const PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

// As often as it takes: a slow renderer may lose the first one.
const again = (what, effect, act) => until(what, async () => {
  if (await effect()) return true;
  await act();
  await until("what it does", effect, DOES_MS).catch(() => {});
  return effect();
}, PRESS_MS);

// Where its middle is, scrolled into sight where it lies in a window or in a row that goes on: `scroll` moves what lies at a
// place, by so many points to the left and up.
async function middle(on, what, scroll) {
  const window = what.locator('xpath=ancestor::*[@role="dialog"][1]');
  const { width } = on.viewportSize();
  for (let turns = 0; turns < 20; turns += 1) {
    const box = await what.boundingBox({ timeout: 20_000 });
    const within = (await window.count()) > 0 && (await window.first().boundingBox());
    // A menu is told without a place, and shows all that is in it.
    const around = within && within.height > 0 && within;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const bottom = around && around.y + around.height;
    if (around && y >= bottom - 20 && box.y + box.height > bottom) await scroll([around.x + around.width / 2, around.y + around.height / 2], [0, 150]);
    else if (!around && (x < 30 || x > width - 30)) await scroll([width / 2, y], [x < 30 ? -150 : 150, 0]);
    // On a phone held sideways the row of tools ends before the bar does: what is scrolled out of it is told to lie below others.
    else if (!around && turns < 12 && (await what.evaluate(isCovered, [x, y]))) await scroll([width * 0.3, y], [x < width * 0.15 ? -150 : 150, 0]);
    else return [x, y];
    await pause(700);
  }
  throw new Error("it cannot be scrolled into sight");
}

// Whether another button lies at or near a place.
const isCovered = (own, [x, y]) => [...document.querySelectorAll("#controls button, #controls [role=button]")].some((other) => {
  const { left, right, top, bottom } = other.getBoundingClientRect();
  const isOther = other !== own && !other.contains(own) && !own.contains(other);
  return isOther && x > left - 8 && x < right + 8 && y > top - 4 && y < bottom + 4;
});

// What has just come may move once more: `there` does something at the place, and it must lie there still.
async function settled(on, what, scroll, there) {
  let at;
  for (let now = await middle(on, what, scroll); `${now}` !== `${at}`; now = await middle(on, what, scroll)) {
    at = now;
    await there(at);
  }
  return at;
}

// Typed where the keys are: in a field that has them by itself, or that is touched.
const typed = async (on, types, text) => {
  await until("a field has the keys", types);
  await pause(1_500);
  await on.keyboard.type(text, { delay: 150 });
};

export const mouse = {
  name: "",
  pictures: "task",
  page: { size: { width: 1240, height: 640 } },
  async press(on, what, effect) {
    const scroll = async (at, by) => {
      await on.mouse.move(...at);
      await on.mouse.wheel(...by);
    };
    await again(`a press of ${what}`, effect, async () => {
      await settled(on, what, scroll, async (at) => {
        await on.mouse.move(...at);
        await pause(600);
      });
      await on.mouse.down();
      await pause(250);
      await on.mouse.up();
    });
  },
  // A stroke, until it did something: one that is not seen does nothing.
  stroke: (on, from, to, effect) => again("a stroke", effect, () => pour(on, from, to)),
  write: (on, field, types, text) => typed(on, types, text),
  async look(on, cell) {
    await on.mouse.move(...(await pointOf(on, ...cell)));
  },
  async least(on, slider) {
    const box = await slider.boundingBox();
    await on.mouse.move(box.x + 12, box.y + box.height / 2);
    await pause(800);
    await on.mouse.down();
    await pause(800);
    await on.mouse.up();
  },
};

// Fingers go by the browser's own events, as Playwright has only taps.
async function finger(on, from, to, { hold = 500, way = 1_500 } = {}) {
  const session = await on.context().newCDPSession(on);
  const tell = (type, touchPoints) => session.send("Input.dispatchTouchEvent", { type, touchPoints });
  const steps = 8;
  await tell("touchStart", [{ x: from[0], y: from[1] }]);
  await pause(hold);
  for (let n = 1; n <= steps; n += 1) {
    const [x, y] = [0, 1].map((axis) => from[axis] + ((to[axis] - from[axis]) * n) / steps);
    await tell("touchMove", [{ x, y }]);
    await pause(way / steps);
  }
  await pause(hold);
  await tell("touchEnd", []);
  await session.detach();
}

export const touch = {
  name: "by touch: ",
  pictures: "touch",
  page: { size: { width: 390, height: 844 }, touch: { hasTouch: true, isMobile: true, userAgent: PHONE } },
  async press(on, what, effect) {
    const scroll = (at, by) => finger(on, at, [at[0] - by[0], at[1] - by[1]], { hold: 100, way: 600 });
    await again(`a touch of ${what}`, effect, async () => {
      const at = await settled(on, what, scroll, () => pause(600));
      await on.touchscreen.tap(...at);
    });
  },
  stroke: (on, from, to, effect) =>
    again("a finger's stroke", effect, async () => finger(on, await pointOf(on, ...from), await pointOf(on, ...to))),
  async write(on, field, types, text) {
    if (!(await types())) await touch.press(on, field, types);
    await until("the field has the keys", types);
    await pause(1_500);
    // As a phone's keyboard does, which has no keys that go down.
    await on.keyboard.insertText(text);
    await pause(1_500);
  },
  // What it found stays told for a while.
  async look(on, cell) {
    await on.touchscreen.tap(...(await pointOf(on, ...cell)));
  },
  async least(on, slider) {
    const box = await slider.boundingBox();
    const y = box.y + box.height / 2;
    await finger(on, [box.x + box.width - 12, y], [box.x + 6, y]);
  },
};

// A phone that is held sideways.
export const sideways = { ...touch, name: "sideways: ", pictures: "sideways", page: { ...touch.page, size: { width: 844, height: 390 } } };

// Where the pointer of the keys is, as it is read out.
async function readOut(on) {
  const said = await on.locator("#said p").allTextContents();
  const at = said.map((line) => line.match(/^at (-?\d+), (-?\d+): /)).filter(Boolean).at(-1);
  return at && [Number(at[1]), Number(at[2])];
}

// Brings the pointer of the keys near a cell, or to it: first by strides, then step by step.
async function go(on, cell, near = 3) {
  await on.focus("#tidepool");
  await until(`the pointer is at ${cell}`, async () => {
    const at = await readOut(on);
    if (!at) {
      await on.keyboard.press("ArrowUp", { delay: 100 });
      await pause(1_500);
      return false;
    }
    const way = [cell[0] - at[0], cell[1] - at[1]];
    if (Math.max(...way.map(Math.abs)) <= near) return true;
    const axis = Math.abs(way[0]) > Math.abs(way[1]) ? 0 : 1;
    const key = [["ArrowLeft", "ArrowRight"], ["ArrowDown", "ArrowUp"]][axis][way[axis] > 0 ? 1 : 0];
    // Less than a key that is held moves on by.
    const strides = Math.min(6, Math.floor(Math.abs(way[axis]) / 11));
    for (let n = 0; n < (strides || Math.min(5, Math.abs(way[axis]))); n += 1) {
      await on.keyboard.press(strides ? `Shift+${key}` : key, { delay: 60 });
      await pause(250);
    }
    // What rests is read out.
    await pause(1_200);
    return false;
  });
}

export const keys = {
  name: "by keys: ",
  pictures: "keys",
  page: { size: { width: 1240, height: 640 } },
  async press(on, what, effect) {
    await again(`Enter on ${what}`, effect, async () => {
      await what.focus();
      await pause(500);
      await on.keyboard.press("Enter");
    });
  },
  stroke: (on, from, to, effect) => again("a stroke of keys", effect, async () => {
    await go(on, from);
    await on.keyboard.down("Enter");
    await pause(800);
    const [way, key] = [Math.abs(to[0] - from[0]), to[0] > from[0] ? "ArrowRight" : "ArrowLeft"];
    for (let n = 0; n < way / 11; n += 1) {
      await on.keyboard.press(`Shift+${key}`, { delay: 60 });
      await pause(300);
    }
    for (let n = 0; n < Math.abs(to[1] - from[1]) / 11; n += 1) {
      await on.keyboard.press(`Shift+${to[1] > from[1] ? "ArrowUp" : "ArrowDown"}`, { delay: 60 });
      await pause(300);
    }
    await pause(800);
    await on.keyboard.up("Enter");
  }),
  async write(on, field, types, text) {
    await field.focus();
    await on.keyboard.press("Control+a");
    await typed(on, types, text);
  },
  look: (on, cell) => go(on, cell, 0),
  async least(on, slider) {
    await slider.focus();
    await pause(500);
    await on.keyboard.press("Home");
  },
};
