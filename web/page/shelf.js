// Saved worlds and stamps in the browser's own store: heads, with small pictures, and bodies, so that a list reads no world. The program
// asks by `tidepoolShelf(job, …)` and is told by what it exports; all of it works beside the frames.

const NAME = "tidepool-shelf";
// Of each place.
const LISTED_MAX = 64;
// How names in the store end of what was thrown away and can be brought back.
const THROWN = "\u0000thrown";

let opened;
// What this visit has put into the store.
const own = new Set();
// The slots of worlds kept by themselves that are this page's until it is closed, and since when it is open.
const slotsHeld = new Set();
const openedAt = Math.floor(Date.now() / 1000);

function open() {
  opened ??= new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("heads", { keyPath: "key" });
      asked.result.createObjectStore("bodies");
    };
    asked.onsuccess = () => {
      // Another tab with a newer page must not wait for this one.
      asked.result.onversionchange = () => asked.result.close();
      done(asked.result);
    };
    asked.onerror = () => fail(asked.error);
    asked.onblocked = () => fail(new Error("blocked"));
  }).catch((error) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

const result = (request) => new Promise((done, fail) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => fail(request.error);
});

// Runs `work` on both stores; what it wrote is there when this ends, and none of it where it throws.
async function within(mode, work) {
  const both = (await open()).transaction(["heads", "bodies"], mode);
  const ended = new Promise((done, fail) => {
    both.oncomplete = done;
    both.onabort = () => fail(both.error ?? new Error("aborted"));
  });
  // Where `work` throws, that is what is told.
  ended.catch(() => {});
  let value;
  try {
    value = await work(both.objectStore("heads"), both.objectStore("bodies"));
  } catch (error) {
    try {
      both.abort();
    } catch {
      // It was given up by itself.
    }
    throw error;
  }
  await ended;
  return value;
}

const keyOf = (place, name) => `${place}/${name}`;

const isSame = (a, b) => a?.byteLength === b.byteLength && b.every((byte, at) => a[at] === byte);

// The name, or with a number after it where another is called so that is not `mine`. What this page last listed does not
// count: another may have put something there since.
async function freeName(heads, place, wanted, mine = () => false) {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted} (${number})`;
    if (!(await result(heads.getKey(keyOf(place, name)))) || (await mine(name))) return name;
  }
}

// Whether the slot is this page's from now on. Where a browser has no locks, it is.
const holds = (slot) => new Promise((done) => {
  const held = (lock) => {
    if (lock) slotsHeld.add(slot);
    done(Boolean(lock));
    // As long as the page.
    return lock ? new Promise(() => {}) : undefined;
  };
  if (navigator.locks) navigator.locks.request(`tidepool-kept-${slot}`, { ifAvailable: true }, held).catch(held);
  else held(true);
});

// The wanted slot, or, where another page has it or has put something there since this one was opened, the oldest that nobody has.
async function freeSlot(wanted, slots) {
  if (slotsHeld.has(wanted)) return wanted;
  const all = await within("readonly", (heads) => result(heads.getAll()));
  const keptAt = (slot) => all.find(({ key }) => key === keyOf("kept", slot))?.seconds ?? 0;
  const last = (slot) => [slot !== wanted || keptAt(slot) >= openedAt, slotsHeld.has(slot), keptAt(slot)].map(Number);
  const order = (a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  for (const slot of [...slots].sort((a, b) => order(last(a), last(b)))) {
    if (slotsHeld.has(slot) || (await holds(slot))) return slot;
  }
  throw new DOMException(wanted, "ConstraintError");
}

// Nothing is called so (any more).
class Gone extends Error {
  name = "Gone";
}

// What the player knows something by.
const called = (name) => (name.endsWith(THROWN) ? name.slice(0, -THROWN.length) : name);

async function move(heads, bodies, place, from, to, changes = {}) {
  const head = await result(heads.get(keyOf(place, from)));
  if (!head) throw new Gone(called(from));
  const body = await result(bodies.get(head.key));
  heads.delete(head.key);
  bodies.delete(head.key);
  heads.put({ ...head, ...changes, key: keyOf(place, to), name: to });
  bodies.put(body, keyOf(place, to));
}

const JOBS = {
  async list(app) {
    const all = await within("readonly", (heads) => result(heads.getAll()));
    const counts = {};
    const isShown = ({ place, name }) => !name.endsWith(THROWN) && (counts[place] = (counts[place] ?? 0) + 1) <= LISTED_MAX;
    const shown = all.sort((a, b) => b.seconds - a.seconds).filter(isShown);
    app.tidepoolListed(shown.map(({ place, name, seconds, bytes, picture }) => [place, name, seconds, bytes, picture]));
  },
  async keep(app, place, wanted, contents, picture, seconds, slots) {
    const slot = slots ? await freeSlot(wanted, slots) : wanted;
    const name = await within("readwrite", async (heads, bodies) => {
      const mine = async (name) => isSame(await result(bodies.get(keyOf(place, name))), contents);
      // Two tabs that save in the same second give the same name.
      const name = slots ? slot : await freeName(heads, place, wanted, mine);
      const key = keyOf(place, name);
      // A page that is hidden draws no picture: the one of before is better than none, if it is of this visit.
      const seen = picture ?? (own.has(key) ? (await result(heads.get(key)))?.picture : undefined);
      heads.put({ key, place, name, seconds, bytes: contents.byteLength, picture: seen });
      await result(bodies.put(contents, key));
      return name;
    });
    own.add(keyOf(place, name));
    app.tidepoolShelved(place, wanted, name);
    // A browser that is short of room asks first before it takes this away.
    navigator.storage?.persist?.().catch(() => {});
  },
  async read(app, place, name, toExport) {
    const contents = await within("readonly", (heads, bodies) => result(bodies.get(keyOf(place, name))));
    if (!contents) throw new Gone(name);
    app.tidepoolRead(place, name, contents, toExport);
  },
  async rename(app, place, from, to) {
    await within("readwrite", async (heads, bodies) => {
      if (await result(heads.getKey(keyOf(place, to)))) throw new DOMException(to, "ConstraintError");
      await move(heads, bodies, place, from, to);
    });
  },
  async throw(app, place, name) {
    await within("readwrite", async (heads, bodies) => {
      // First, so that what went before is still there where this one is gone already.
      await move(heads, bodies, place, name, name + THROWN);
      for (const key of await result(heads.getAllKeys())) {
        if (!key.startsWith(keyOf(place, "")) || !key.endsWith(THROWN) || key === keyOf(place, name + THROWN)) continue;
        heads.delete(key);
        bodies.delete(key);
      }
    });
    app.tidepoolThrown(place, name);
  },
  async bring(app, place, name) {
    // As the oldest a stamp would make room for others at once.
    const changes = place === "stamps" ? { seconds: Math.floor(Date.now() / 1000) } : {};
    await within("readwrite", async (heads, bodies) => {
      const to = await freeName(heads, place, name);
      await move(heads, bodies, place, name + THROWN, to, changes);
    });
    app.tidepoolBrought(place, name);
  },
};

function reason(error) {
  switch (error?.name) {
    case "QuotaExceededError": return "full";
    case "SecurityError":
    case "InvalidStateError":
    case "UnknownError": return "denied";
    case "ConstraintError": return "taken";
    case "Gone": return "gone";
    default: return globalThis.indexedDB ? String(error?.message ?? error) : "denied";
  }
}

// One job after the other, in the order in which they were asked for.
export function shelf(app) {
  let last = Promise.resolve();
  return (job, ...what) => {
    last = last.then(() => JOBS[job](app, ...what)).catch((error) => {
      // A browser that keeps nothing has nothing to list.
      if (job !== "list") app.tidepoolNotShelved(reason(error), String(error?.message ?? ""), job === "keep");
      else app.tidepoolListed([]);
    });
  };
}
