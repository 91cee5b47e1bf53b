// The list at the place goes on without network: each tick is kept on this device with a key of its own and its time,
// sent when the network is back, and wiped once the server has said what became of it. What is not taken stays in sight.
// Kept are ids and times only; the names stand in the page.
const AT_A_TIME = 100;

export function mount(page) {
  const name = `huying:roll:${page.dataset.name}`;
  // The device's clock may be wrong; the server's is what counts.
  const ahead = Number(page.dataset.now) - Date.now();
  const said = page.querySelector("[data-roll-said]");
  const words = page.querySelector("[data-roll-words]");
  const conflicts = page.querySelector("[data-roll-conflicts]");
  const list = page.querySelector("[data-roll-list]");
  let kept = read();
  let busy = false;
  let locked = false;

  function read() {
    try {
      const found = JSON.parse(localStorage.getItem(name));
      return { ticks: found?.ticks ?? [], refused: found?.refused ?? [] };
    } catch {
      return { ticks: [], refused: [] };
    }
  }

  function write() {
    try {
      if (kept.ticks.length || kept.refused.length) localStorage.setItem(name, JSON.stringify(kept));
      else localStorage.removeItem(name);
    } catch {
      // A private window has no storage: the page itself still holds them.
    }
  }

  const spot = (signup) => page.querySelector(`[data-spot="${signup}"]`);
  const clock = (at) => new Date(Date.parse(at) - ahead).toTimeString().slice(0, 5);

  function paint() {
    for (const old of page.querySelectorAll("[data-roll-mark]")) old.remove();
    for (const row of page.querySelectorAll("[data-spot]")) {
      const own = kept.ticks.filter((tick) => String(tick.signup) === row.dataset.spot);
      row.querySelector("[data-spot-act]").hidden = own.length > 0;
      for (const tick of own) {
        const mark = document.createElement("span");
        mark.className = "chip tone-info";
        mark.dataset.rollMark = tick.key;
        mark.textContent = page.dataset.here.replace("{time}", clock(tick.at));
        row.querySelector("[data-spot-state]").append(mark);
      }
    }
    const waiting = kept.ticks.length;
    let text = navigator.onLine ? "" : page.dataset.off;
    if (waiting) text += ` ${(locked ? page.dataset.login : page.dataset.waiting).replace("{n}", String(waiting))}`;
    said.hidden = !text;
    words.textContent = text.trim();
    conflicts.hidden = !kept.refused.length;
    list.replaceChildren(...kept.refused.map(line));
  }

  function line(tick) {
    const item = document.createElement("li");
    const who = spot(tick.signup)?.dataset.person ?? page.dataset.gone;
    const button = document.createElement("button");
    item.append(`${who} ${clock(tick.at)} · ${tick.words} `, button);
    button.type = "button";
    button.className = "button button-small";
    button.textContent = page.dataset.seen;
    button.addEventListener("click", () => {
      kept.refused = kept.refused.filter((one) => one.key !== tick.key);
      write();
      paint();
    });
    return item;
  }

  async function send() {
    if (busy || !kept.ticks.length || !navigator.onLine) return;
    busy = true;
    const batch = kept.ticks.slice(0, AT_A_TIME);
    const body = new FormData();
    body.append("ticks", JSON.stringify(batch));
    try {
      const answer = await fetch(page.dataset.to, {
        method: "POST",
        body,
        headers: { Accept: "application/json", "X-CSRFToken": page.dataset.token },
        signal: AbortSignal.timeout(20000),
      });
      locked = answer.redirected || answer.status === 403;
      if (!answer.ok || locked || !answer.headers.get("Content-Type")?.includes("json")) return;
      const told = new Map((await answer.json()).ticks.map((one) => [one.key, one]));
      kept = {
        ticks: kept.ticks.filter((tick) => !told.has(tick.key)),
        refused: [
          ...kept.refused,
          ...batch
            .filter((tick) => told.get(tick.key)?.code === "refused")
            .map((tick) => ({ ...tick, words: told.get(tick.key).words })),
        ],
      };
      write();
      window.htmx?.trigger("#list", "live");
    } catch {
      // Not sent, or the answer was lost: sent again under the same keys, which the server takes once.
    } finally {
      busy = false;
      paint();
      if (kept.ticks.length && !locked && navigator.onLine) setTimeout(send, 3000);
    }
  }

  page.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.dataset.tick) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const signup = Number(form.elements.signup.value);
      const what = form.dataset.tick;
      if (kept.ticks.some((tick) => tick.signup === signup && tick.what === what)) return;
      const key = Array.from(crypto.getRandomValues(new Uint8Array(12)), (one) => one.toString(16).padStart(2, "0")).join("");
      kept.ticks.push({ key, signup, what, at: new Date(Date.now() + ahead).toISOString() });
      write();
      paint();
      send();
    },
    true,
  );
  // What keeps the list fresh rests while there is no network; what it brings is painted anew.
  document.addEventListener("htmx:beforeRequest", (event) => navigator.onLine || event.preventDefault());
  document.addEventListener("htmx:afterSwap", paint);
  addEventListener("online", () => (paint(), send()));
  addEventListener("offline", paint);
  setInterval(send, 15000);
  paint();
  send();
}
