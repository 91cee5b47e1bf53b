// The code at the place: changes every 30 seconds without network. The page brought the codes of the next hours; each
// picture follows from that of 000000 and from what each bit of a digit changes in it (huying/callouts/codes.py).
const DIGITS = 6;
const BITS = 4;
// So many codes before the end, and while there is network, those of the next hours are fetched.
const FEW = 60;
const SVG = "http://www.w3.org/2000/svg";
const EDGE = 4;

export function mount(page) {
  const told = JSON.parse(document.getElementById(page.dataset.codes).textContent);
  const base = BigInt(`0x${told.base}`);
  const parts = told.parts.map((part) => BigInt(`0x${part}`));
  const find = (name) => page.querySelector(`[data-code-${name}]`);
  // The device's clock may be wrong; the server's is what counts.
  let ahead = told.now - Date.now();
  let shown = null;
  let asking = 0;

  function bits(code) {
    let picture = base;
    for (let place = 0; place < DIGITS; place += 1) {
      for (let bit = 0; bit < BITS; bit += 1) {
        if ((Number(code[place]) >> bit) & 1) picture ^= parts[place * BITS + bit];
      }
    }
    return picture.toString(2).padStart(told.size * told.size, "0");
  }

  function draw(code) {
    const dark = bits(code);
    const wide = told.size + 2 * EDGE;
    let line = "";
    for (let n = 0; n < dark.length; n += 1) {
      if (dark[n] === "1") line += `M${EDGE + (n % told.size)} ${EDGE + Math.floor(n / told.size)}h1v1h-1z`;
    }
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${wide} ${wide}`);
    svg.setAttribute("shape-rendering", "crispEdges");
    svg.setAttribute("aria-hidden", "true");
    for (const [shape, fill] of [[`M0 0h${wide}v${wide}h-${wide}z`, "#fff"], [line, "#000"]]) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", shape);
      path.setAttribute("fill", fill);
      svg.append(path);
    }
    find("picture").replaceChildren(svg);
    find("digits").textContent = `${code.slice(0, 3)} ${code.slice(3)}`;
  }

  async function more() {
    if (!navigator.onLine || Date.now() - asking < 60000) return;
    asking = Date.now();
    try {
      const answer = await fetch(page.dataset.more, { headers: { Accept: "application/json" } });
      if (!answer.headers.get("Content-Type")?.includes("json")) return;
      const next = await answer.json();
      ahead = next.now - Date.now();
      told.first = next.first;
      told.codes = next.codes;
      shown = null;
    } catch {
      // There is time: it is tried again in a minute.
    }
  }

  function tick() {
    const now = Date.now() + ahead;
    const step = Math.floor(now / 1000 / told.step);
    const left = told.first + told.codes.length / DIGITS - step;
    if (left < FEW) more();
    find("over").hidden = left > 0;
    find("picture").hidden = find("digits").hidden = left <= 0;
    find("off").hidden = navigator.onLine;
    if (left <= 0 || step < told.first) return;
    find("time").style.setProperty("--left", String(1 - ((now / 1000) % told.step) / told.step));
    if (step === shown) return;
    shown = step;
    const from = (step - told.first) * DIGITS;
    draw(told.codes.slice(from, from + DIGITS));
  }

  async function awake() {
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // A device that does not know it, or saves its battery, goes dark as it is used to.
    }
  }

  find("full").addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  });
  // What keeps the counts fresh rests while there is no network.
  document.addEventListener("htmx:beforeRequest", (event) => navigator.onLine || event.preventDefault());
  document.addEventListener("visibilitychange", () => document.hidden || (awake(), tick()));
  awake();
  tick();
  setInterval(tick, 1000);
}
