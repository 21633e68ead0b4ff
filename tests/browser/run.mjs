// Two Chromium pages and one headless native peer in one room, over real WebRTC on loopback.
//
// One page comes from localhost, in a window, and computes with the CPU kernels in its worker; the other comes over
// https by a host name that the browser maps to loopback, and computes with the GPU kernels on the browser's software
// adapter. The room is small and nothing here depends on how fast the machine is.
//
// `node run.mjs PART …` runs only some parts: room, plain, mdns, cover, phone, sound, days, reader, recording, shelf, clumsy.
// The parts `tasks` (ten things that a newcomer does, with pictures), `touch` (the same on a phone, with fingers alone), `sideways`
// (on one that is held so) and `keys` (with keys and the accessibility tree alone) take minutes where the GPU is software, and run
// only by their names.

import path from "node:path";
import { clumsy } from "./clumsy.mjs";
import { cover } from "./cover.mjs";
import { days } from "./days.mjs";
import { phone } from "./phone.mjs";
import { reader } from "./reader.mjs";
import { recording } from "./recording.mjs";
import { shelf } from "./shelf.mjs";
import { sound } from "./sound.mjs";
import { tasks } from "./tasks.mjs";
import * as ways from "./ways.mjs";
import { browser, check, desktop, end, endAll, failures, headless, page, pour, report, root, shot, signaling, status, test, until } from "./harness.mjs";

const HIDDEN_MS = Number(process.env.TIDEPOOL_HIDDEN_MS ?? 30_000);
const ROOM = "basin";
const basin = path.join(root, "tests/browser/basin.ron");

function watchdog(minutes) {
  const timer = setTimeout(() => {
    console.log("FAILED  the tests did not end in time");
    endAll();
    process.exit(1);
  }, minutes * 60_000);
  timer.unref();
}

// Ticks whose digest both know, with whether they agree.
function common(a, b) {
  const known = new Map(a.digests ?? []);
  return (b.digests ?? []).filter(([tick]) => known.has(tick)).map(([tick, digest]) => [tick, digest === known.get(tick)]);
}

async function digestsAgree(pages, since) {
  const seen = new Map();
  await until("three ticks whose digests all pages know", async () => {
    const all = await Promise.all(pages.map(status));
    for (const other of all.slice(1)) {
      for (const [tick, same] of common(all[0], other)) {
        check(same, `the digests of tick ${tick} differ`);
        if (tick > since) seen.set(tick, true);
      }
    }
    return seen.size >= 3;
  });
}

// A press of the mouse on a button, as often as it takes: a slow renderer may lose the first one to the hover before it.
async function press(of, name, what, effect) {
  for (let again = 0; ; again += 1) {
    // A button is there with the frame that draws it, which may come after the status that it goes with.
    const at = await until(`the button ${name}`, async () => (await status(of)).buttons[name]);
    await of.mouse.move(...at);
    await new Promise((done) => setTimeout(done, 700));
    await of.mouse.down();
    await new Promise((done) => setTimeout(done, 300));
    await of.mouse.up();
    try {
      return await until(what, effect, 10_000 + 10_000 * again);
    } catch (error) {
      if (again === 2) throw error;
    }
  }
}

async function room(server) {
  const native = headless([
    "join", "--signaling", `ws://127.0.0.1:${server.http}`, "--room", ROOM, "--name", "NATIVE",
    "--backend", "cpu", "--threads", "1", "--scene", basin,
  ]);
  await until("the native peer opened the room", async () => {
    const { rooms } = await (await fetch(`http://127.0.0.1:${server.http}/rooms`)).json();
    return rooms.some((r) => r.name === ROOM && r.people === 1);
  });
  const first = await desktop();
  const second = await browser();
  const pages = [];
  try {
    await test("two pages and a native peer meet in one room, one page over https by name", async () => {
      pages.push(await page(first, `http://localhost:${server.http}/?room=${ROOM}&backend=cpu`, "ANNA"));
      pages.push(await page(second, `https://tide.test:${server.https}/?room=${ROOM}&backend=software`, "BEN"));
      for (const of of pages) {
        await until(`${of.name} sees three people`, async () => (await status(of)).people?.length === 3);
      }
      check(await pages[1].evaluate(() => isSecureContext && location.hostname === "tide.test"), "not by https and name");
      await pages[1].evaluate(() => tidepoolFrames(1000));
    });
    await test("three strips: a native CPU, a page's worker, a page's WebGPU", async () => {
      const strips = await until("three strips", async () => {
        const people = (await status(pages[0])).people;
        check(people.length === 3 && people.every((p) => p.region), JSON.stringify(people));
        return people.sort((a, b) => a.region[0] - b.region[0]);
      });
      const on = (name) => strips.find((p) => p.name === name)?.backend ?? "";
      check(on("ANNA").includes("worker"), `ANNA computes on ${on("ANNA")}`);
      check(/swiftshader.*WebGPU/i.test(on("BEN")), `BEN computes on ${on("BEN")}`);
      const text = JSON.stringify(strips.map((p) => p.region));
      check(strips[0].region[0] === 0 && strips[2].region[2] === 160, `the strips do not cover the world: ${text}`);
      check(strips.every((s, i) => i === 0 || s.region[0] === strips[i - 1].region[2]), `the strips leave gaps: ${text}`);
    });
    await test("the digests agree", async () => digestsAgree(pages, 0));
    await test("water poured with the mouse in one page shows in the other", async () => {
      await pages[1].evaluate(() => tidepool_watch(20, 30, 60, 60));
      const before = await until("the page watches", async () => {
        const s = await status(pages[1]);
        return typeof s.watched === "number" && s;
      });
      check(before.watched === 0, `there was water where it is to be poured: ${before.watched}`);
      await pages[0].evaluate(() => tidepool_watch(20, 30, 60, 60));
      let over = false;
      // What is drawn may be ahead of what is counted; and what a room that goes back had of it is poured again.
      const seen = until("the other page shows it, and it is counted", async () => {
        const s = await status(pages[1]);
        return s.watched > 1000 && s.particles > before.particles && s;
      });
      const stop = () => (over = true);
      seen.then(stop, stop);
      // A renderer that is slow to see the pointer may miss a stroke.
      while (!over) await pour(pages[0], [30, 50], [50, 52]);
      const after = await seen;
      await shot(pages[0], "pouring-localhost");
      await shot(pages[1], "pouring-https");
      await digestsAgree(pages, after.tick);
    });
    await test("buttons obey the mouse", async () => {
      await until("the cover is gone, for screen readers too", async () => !(await pages[0].isVisible("#cover")));
      await press(pages[0], "Wall", "the wall tool is in hand", async () => (await status(pages[0])).tool === "Wall");
      await press(pages[0], "Pour", "the pour tool is in hand", async () => (await status(pages[0])).tool === "Pour");
    });
    await test("paused by the mouse in one page, all three hold the same digest of the same tick", async () => {
      const paused = async (wanted) => (await Promise.all(pages.map(status))).every((s) => s.paused === wanted);
      await press(pages[0], "Pause", "both pages are paused", () => paused(true));
      const digests = await until("all three know the digest of one last tick", async () => {
        const said = native.lines.findLast((line) => line.startsWith("digest of tick "));
        const [, tick, digest] = said?.match(/^digest of tick (\d+): ([0-9a-f]{32})$/) ?? [];
        const known = (await Promise.all(pages.map(status))).map((s) => s.digests.at(-1));
        return known.every((k) => k[0] === Number(tick)) && [digest, ...known.map((k) => k[1])];
      });
      check(new Set(digests).size === 1, `they differ: ${digests.join(", ")}`);
      await press(pages[0], "Go on", "both pages go on", () => paused(false));
    });
    await test(`a page that is hidden for ${HIDDEN_MS / 1000} s goes on computing, and the room with it`, async () => {
      const seen = () => pages[0].evaluate(() => document.visibilityState);
      check((await seen()) === "visible", "the page is not seen to begin with");
      let tick;
      const tab = await first.context.newPage();
      try {
        await tab.bringToFront();
        await until("another tab hides the page", async () => (await seen()) === "hidden");
        await pages[0].evaluate(() => {
          globalThis.framesWhileHidden = 0;
          requestAnimationFrame(function count() {
            globalThis.framesWhileHidden += 1;
            requestAnimationFrame(count);
          });
        });
        ({ tick } = await status(pages[1]));
        // On a slow machine her region may go to whoever stands in for her, and she stands in for others then: what
        // counts is that she computes, and as fast as the room.
        let anna;
        const look = async () => {
          const now = await until("the room's tick moves on", async () => {
            const s = await status(pages[1]);
            return s.tick > tick && s;
          });
          anna = now.people.find((p) => p.name === "ANNA");
          check(anna, `at tick ${now.tick} the hidden page has left the room`);
          check((await seen()) === "hidden", "the page is seen again");
          tick = now.tick;
          await new Promise((done) => setTimeout(done, 1000));
        };
        for (const limit = Date.now() + HIDDEN_MS; Date.now() < limit; ) await look();
        await until("the hidden page holds a strip, and keeps up", async () => {
          await look();
          return (anna.region || anna.stands_in > 0) && anna.behind < 60;
        });
        const frames = await pages[0].evaluate(() => framesWhileHidden);
        check(frames === 0, `the hidden page got ${frames} frames`);
      } finally {
        await tab.close();
      }
      await pages[0].bringToFront();
      await until("the page is back", async () => (await seen()) === "visible" && (await status(pages[0])).tick >= tick);
      await digestsAgree(pages, tick);
    });
    await test("no page reported an error", async () => {
      const errors = pages.flatMap((of) => of.log.filter((line) => line.startsWith("pageerror") || line.startsWith("error: panicked")));
      check(errors.length === 0, errors.join("\n        "));
    });
    await test("closing a page says goodbye at once", async () => {
      await pages[1].close({ runBeforeUnload: false });
      await until("the others are two", async () => (await status(pages[0])).people.length === 2);
      await until("they are told in words", () => native.lines.some((line) => /BEN.* left/.test(line)));
    });
  } finally {
    for (const of of pages.filter((p) => !p.isClosed())) await shot(of, `last-${of.name}`);
    if (failures() > 0 || process.env.TIDEPOOL_VERBOSE) {
      for (const of of pages) console.log(`--- ${of.name} said last:\n${of.log.slice(-15).join("\n")}`);
      console.log(`--- the native peer said last:\n${native.lines.slice(-40).join("\n")}`);
    }
    await first.close();
    await second.close();
    await end(native);
  }
}

async function plainHttp(server) {
  await test("plain http by name shows the https link instead", async () => {
    const of = await browser();
    try {
      const plain = await page(of, `http://tide.test:${server.http}/?room=${ROOM}&scene=dam-break&name=Cleo%20%26%20Co#here`, "CLEO");
      await plain.waitForSelector("#link:not([hidden]) a", { timeout: 60_000 });
      const link = await plain.getAttribute("#link a", "href");
      check(link.startsWith("https://") && link.includes(`:${server.https}`) && link.includes(ROOM), `not the way in: ${link}`);
      const asked = new URL(link).searchParams;
      check(asked.get("scene") === "dam-break" && asked.get("name") === "Cleo & Co", `fault 21: it lacks what was asked for: ${link}`);
      check(link.endsWith("#here"), `it lacks the fragment: ${link}`);
      check(!new URL(link).hostname.startsWith("localhost"), "an invitation to localhost");
      await shot(plain, "plain-http");
    } finally {
      await of.close();
    }
  });
}

async function hiddenAddresses(server) {
  await test("a page that hides its local address (mDNS) meets a native peer", async () => {
    const native = headless([
      "join", "--signaling", `ws://127.0.0.1:${server.http}`, "--room", "mdns", "--name", "NATIVE",
      "--backend", "cpu", "--threads", "1", "--scene", basin,
    ]);
    const of = await browser({ hideLocal: true });
    try {
      await until("the native peer opened the room", async () => {
        const { rooms } = await (await fetch(`http://127.0.0.1:${server.http}/rooms`)).json();
        return rooms.some((r) => r.name === "mdns");
      });
      const shy = await page(of, `http://localhost:${server.http}/?room=mdns&backend=cpu`, "SHY");
      await until("both see two people", async () => (await status(shy)).people?.length === 2);
      await until("both compute", async () => (await status(shy)).people.every((p) => p.region));
    } finally {
      await of.close();
      await end(native);
    }
  });
}

watchdog(45);
process.on("exit", endAll);
const server = await signaling();
try {
  const asked = process.argv.slice(2);
  const parts = { clumsy, cover, phone, sound, reader, recording, shelf, days, plain: plainHttp, room, mdns: hiddenAddresses };
  const named = Object.fromEntries(["touch", "sideways", "keys"].map((way) => [way, (server) => tasks(server, ways[way])]));
  named.tasks = (server) => tasks(server);
  const chosen = asked.length === 0 ? Object.values(parts) : asked.map((name) => ({ ...parts, ...named })[name]);
  for (const part of chosen) await part(server);
} finally {
  await end(server);
}
process.exit(report());
