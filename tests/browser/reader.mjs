// What a screen reader and the keyboard find in the page: by the accessibility tree that the browser makes, and by keys.

import { browser, check, page, pause, shot, status, test, until } from "./harness.mjs";


// Everything that the browser tells readers of, as role and name.
async function readable(on) {
  const session = await on.context().newCDPSession(on);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  return nodes.filter((node) => !node.ignored).map((node) => ({
    role: node.role?.value, name: node.name?.value ?? "", id: node.backendDOMNodeId,
    state: Object.fromEntries((node.properties ?? []).map(({ name, value }) => [name, value.value])),
  }));
}

// The one of this role and name, once there is one.
const found = (on, role, name) =>
  until(`${role} "${name}"`, async () => (await readable(on)).find((node) => node.role === role && node.name === name));

// What has the keys, by role and name.
const focused = async (on) => (await readable(on)).find((node) => node.state.focused && node.role !== "RootWebArea");

// Presses it as a screen reader does.
async function press(on, role, name) {
  const { id } = await found(on, role, name);
  const session = await on.context().newCDPSession(on);
  const { object } = await session.send("DOM.resolveNode", { backendNodeId: id });
  await session.send("Runtime.callFunctionOn", { objectId: object.objectId, functionDeclaration: "function () { this.click() }" });
  await session.detach();
}

export async function reader(server) {
  const of = await browser();
  try {
    const on = await page(of, `http://localhost:${server.http}/?solo=1&backend=cpu`, "KAI", { size: { width: 1240, height: 600 } });
    await until("the world", async () => (await status(on)).tick > 3);
    await until("the cover is gone", async () => !(await on.isVisible("#cover")));
    await test("fault 23: a screen reader finds tools, materials and the bar's buttons by role and name", async () => {
      for (const name of ["Pour", "Wall", "Erase", "Water", "Oil", "Size: 5", "Pause", "Clear", "Gravity", "Scenes"]) {
        await found(on, "button", name);
      }
      await found(on, "application", "The water");
      const all = await readable(on);
      check(all.filter(({ role, name }) => role === "button" && name === "").length === 0, "a button without a name");
    });
    await test("fault 23: a press by the screen reader picks a tool and a material, and it says so", async () => {
      await press(on, "button", "Wall");
      await until("the wall tool is in hand", async () => (await status(on)).tool === "Wall");
      await until("it is told as pressed", async () => (await found(on, "button", "Wall")).state.pressed === "true");
      await press(on, "button", "Oil");
      await until("oil is in hand", async () => (await found(on, "button", "Oil")).state.pressed === "true");
      await until("with the tool that pours it", async () => (await status(on)).tool === "Pour");
    });
    await test("fault 23: the room's window can be read and worked, a name typed in any script", async () => {
      await press(on, "button", "Room");
      await found(on, "dialog", "Room");
      const box = await found(on, "checkbox", "Lend this device to the room");
      check(["true", "false"].includes(String(box.state.checked)), "it is not told whether it is checked");
      const name = on.getByRole("textbox", { name: "Your name" });
      // A window's first frame only measures it.
      await until("the field takes text", () => name.isEditable());
      await name.focus();
      await on.keyboard.insertText("Zo\u00eb \u05e9\u05dc\u05d5\u05dd \u6c34");
      await pause(1_000);
      await on.keyboard.press("Enter");
      const kept = () => on.evaluate(() => localStorage.getItem("tidepool.settings") ?? "");
      await until("the name is kept", async () => (await kept()).includes("Zo\u00eb \u05e9\u05dc\u05d5\u05dd \u6c34"));
      await shot(on, "reader-room");
      await press(on, "button", "Room");
      await until("the window is closed", async () => (await on.getByRole("dialog").count()) === 0);
    });
    await test("fault 15: what an input method composes arrives, and plain keys as before", async () => {
      await press(on, "button", "Room");
      // Not the page's own input, which has the field's name while it has the keys.
      const name = on.locator("#controls").getByRole("textbox", { name: "Your name" });
      await until("the field takes text", () => name.isEditable());
      await name.fill("");
      // As with a mouse, within the canvas.
      const box = await name.boundingBox();
      check(box.width > 50, "the field has no place");
      await on.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await pause(700);
      await on.mouse.down();
      await pause(300);
      await on.mouse.up();
      await until("the page's field has the keys", () => on.evaluate(() => document.activeElement?.id === "typing"));
      // What the program made of it: the element that has not the keys says what the field holds.
      const shows = (text) => until(`it shows ${text}`, async () => (await name.inputValue()) === text);
      await shows("");
      await on.keyboard.type("Mi", { delay: 200 });
      await shows("Mi");
      const session = await on.context().newCDPSession(on);
      await session.send("Input.imeSetComposition", { text: "\u306b\u307b", selectionStart: 2, selectionEnd: 2 });
      await shows("Mi\u306b\u307b");
      await session.send("Input.insertText", { text: "\u65e5\u672c" });
      await shows("Mi\u65e5\u672c");
      // An emoji picker composes nothing.
      await on.keyboard.insertText("\u{1f30a}");
      await shows("Mi\u65e5\u672c\u{1f30a}");
      await on.keyboard.press("Enter");
      const kept = () => on.evaluate(() => JSON.parse(localStorage.getItem("tidepool.settings") ?? "{}").name);
      await until("the name is kept", async () => (await kept()) === "Mi\u65e5\u672c\u{1f30a}").catch(async (error) => {
        throw new Error(`${error.message}: ${await kept()}`);
      });
      await shot(on, "reader-composed");
      await press(on, "button", "Room");
    });
    await test("fault 23: Tab walks from the canvas through all controls and out of the page", async () => {
      await on.focus("#tidepool");
      const walked = [];
      for (let steps = 0; steps < 120; steps += 1) {
        await on.keyboard.press("Tab");
        const at = await on.evaluate(() => document.activeElement?.dataset.id ?? document.activeElement?.tagName);
        if (at === "BODY" || at === "CANVAS") break;
        const now = await focused(on);
        walked.push(now?.name ?? at);
      }
      check(walked.length > 20 && walked.length < 120, `it walked ${walked.length} steps: ${walked.join(", ")}`);
      for (const name of ["Pour", "Wall", "Pause", "Scenes"]) check(walked.includes(name), `${name} is missing: ${walked.join(", ")}`);
    });
    await test("fault 23: Enter on a focused control does what a press does, and Escape leads back to the world's keys", async () => {
      await on.getByRole("button", { name: "Wall", exact: true }).focus();
      await pause(500);
      await on.keyboard.press("Enter");
      await until("the wall tool is in hand", async () => (await status(on)).tool === "Wall");
      await on.keyboard.press("Escape");
      // A slow renderer has to see that the control has the keys no more.
      await until("a key takes another tool", async () => {
        await on.keyboard.press("1");
        return (await status(on)).tool === "Pour";
      });
    });
    await test("the world is worked by keys: arrows bring a pointer that is read out, Enter uses the tool there", async () => {
      await on.focus("#tidepool");
      const said = () => on.textContent("#said");
      await until("a pointer that is read out", async () => {
        await on.keyboard.press("ArrowUp", { delay: 100 });
        return /at \d+, \d+: /.test(await said());
      });
      const before = (await status(on)).particles;
      await until("Enter pours there", async () => {
        await on.keyboard.press("Enter", { delay: 400 });
        return (await status(on)).particles > before;
      });
      await shot(on, "reader-pointer");
      await until("Escape leaves it", async () => {
        await on.keyboard.press("Escape", { delay: 100 });
        return (await said()).includes("pointer left");
      });
    });
    await test("what a button opens says so, gets the keys, lies behind it, and gives them back", async () => {
      for (const [name, within] of [["Gravity", "no gravity"], ["Room", "Your name"]]) {
        const button = on.getByRole("button", { name, exact: true });
        check((await button.getAttribute("aria-expanded")) === "false", `${name} does not say that it is closed`);
        await button.focus();
        await pause(500);
        await on.keyboard.press("Enter");
        await until(`${name} has the keys`, () => on.evaluate(
          (name) => document.activeElement?.getAttribute("role") === "dialog" && document.activeElement.ariaLabel === name, name));
        await until(`${name} says that it is open`, async () => (await button.getAttribute("aria-expanded")) === "true");
        const steps = [];
        for (let tabs = 0; tabs < 8 && !steps.includes(within); tabs += 1) {
          await on.keyboard.press("Tab");
          steps.push((await focused(on))?.name);
        }
        check(steps.includes(within), `${within} is far from ${name}: ${steps.join(", ")}`);
        // A field is left first, then what it lies in is closed; one more Escape would lead to the world.
        if (name === "Room") await on.keyboard.press("Escape");
        await on.keyboard.press("Escape");
        await until(`${name} is closed by Escape`, async () => (await button.getAttribute("aria-expanded")) === "false");
        await until(`${name} has the keys again`, async () => (await focused(on))?.name === name);
      }
    });
    await test("no number is wrong for a reader, each has a name, and what only acts is no switch", async () => {
      await press(on, "button", "Picture");
      await found(on, "spinbutton", "volume, as a number");
      const all = await readable(on);
      const wrong = all.filter(({ role, name, state }) => ["spinbutton", "slider", "textbox"].includes(role)
        && (name === "" || ![undefined, "false"].includes(state.invalid)));
      check(wrong.length === 0, JSON.stringify(wrong));
      for (const name of ["Speed 1", "Clear", "Take back", "Room"]) {
        check((await on.getByRole("button", { name, exact: true }).getAttribute("aria-pressed")) === null, `${name} is told as a switch`);
      }
      await press(on, "button", "Picture");
    });
    await test("fault 23: the page can be enlarged", async () => {
      const viewport = await on.getAttribute("meta[name=viewport]", "content");
      check(!/user-scalable|maximum-scale/.test(viewport), viewport);
      // The program must not take the browser's keys for zooming; nor the wheel, beside the world.
      const taken = await on.evaluate(() => {
        const key = new KeyboardEvent("keydown", { key: "+", ctrlKey: true, bubbles: true, cancelable: true });
        const wheel = new WheelEvent("wheel", { ctrlKey: true, bubbles: true, cancelable: true });
        document.getElementById("tidepool").dispatchEvent(key);
        document.getElementById("cover").dispatchEvent(wheel);
        return [key.defaultPrevented, wheel.defaultPrevented];
      });
      check(!taken.includes(true), `taken: ${taken}`);
    });
    const errors = on.log.filter((line) => line.startsWith("pageerror") || line.startsWith("error: panicked"));
    await test("the mirrored page reported no error", async () => check(errors.length === 0, errors.join("\n        ")));
  } finally {
    await of.close();
  }
}
