// Checking in on the volunteer's own phone: without network, the digits typed in are kept here with the time of typing,
// and sent when the network is back. Nothing else is kept, and it is wiped as soon as the server has answered.
const HOURS = 3;

export function mount(page) {
  const name = `huying:checkin:${page.dataset.name}`;
  const box = page.querySelector("[data-kept]");
  const words = page.querySelector("[data-kept-words]");
  let memory = null;
  let busy = false;

  function read() {
    try {
      const kept = JSON.parse(localStorage.getItem(name)) ?? memory;
      return kept && Date.now() - kept.at < HOURS * 3600 * 1000 ? kept : null;
    } catch {
      return memory;
    }
  }

  function write(kept) {
    memory = kept;
    try {
      if (kept) localStorage.setItem(name, JSON.stringify(kept));
      else localStorage.removeItem(name);
    } catch {
      // A private window has no storage: the page itself still holds it.
    }
  }

  function say(text) {
    box.hidden = !text;
    words.textContent = text;
  }

  async function send() {
    const kept = read();
    if (!kept || busy) return;
    if (!navigator.onLine) return say(page.dataset.offline);
    busy = true;
    say(page.dataset.sending);
    const body = new FormData();
    for (const [field, value] of Object.entries(kept.fields)) body.append(field, value);
    body.append("ago", String(Math.round((Date.now() - kept.at) / 1000)));
    try {
      const answer = await fetch(page.querySelector("form")?.action ?? location.href, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(15000),
      });
      if (!answer.headers.get("Content-Type")?.includes("json")) throw new Error("not for us");
      const told = await answer.json();
      write(null);
      if (answer.ok) return location.assign(`${location.pathname}?done=${kept.fields.act}`);
      say(`${page.dataset.refused}${told.words}`);
    } catch {
      // Neither lost nor sent twice: the server takes a check-in once however often it comes.
      say(page.dataset.offline);
    } finally {
      busy = false;
    }
  }

  page.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!("checkin" in form.dataset) || navigator.onLine) return;
      // Before the module that lets one submit be enough.
      event.preventDefault();
      event.stopImmediatePropagation();
      const digits = form.elements.code?.value.replace(/\s/g, "") ?? "";
      if (form.elements.code && !/^\d{6}$/.test(digits)) return say(page.dataset.six);
      write({ at: Date.now(), fields: Object.fromEntries(new FormData(form)) });
      say(page.dataset.offline);
    },
    true,
  );
  addEventListener("online", send);
  setInterval(() => read() && send(), 15000);
  send();
}
