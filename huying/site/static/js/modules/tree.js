// The wish tree: looking closer and moving about, a card for each leaf, arrows between leaves, and leaves that unfold, turn
// and fall while the page is open. The server draws; we compare what it drew with what stands here, leaf by leaf.
const CLOSEST = 380; // units across when nearest: about four leaves
const READABLE = 12; // pixels of the words on a leaf, below which they are left out; larger where letters are
const SIGN = 13.5;
const SMALL = 17; // pixels of a leaf, below which its veins are left out
const quiet = matchMedia("(prefers-reduced-motion: reduce)");

export function mount(element) {
  const still = "treeStill" in element.dataset;
  const card = document.getElementById("tree-card");
  const stage = element.parentElement;
  let svg = element.querySelector("svg.tree");
  let whole = box(svg.getAttribute("viewBox"));
  let view = { ...whole };
  let words = null;
  let asked = null;
  let current = null;
  let kept = false;
  let waiting = 0;

  function box(text) {
    const [x, y, w, h] = text.split(" ").map(Number);
    return { x, y, w, h };
  }

  // --- what is looked at ---

  function scale() {
    // Pixels to a unit: the whole of the view is shown, so the narrower side counts.
    const { width, height } = svg.getBoundingClientRect();
    return Math.min(width / view.w, height / view.h) || 1;
  }

  function show() {
    svg.setAttribute("viewBox", `${view.x.toFixed(1)} ${view.y.toFixed(1)} ${view.w.toFixed(1)} ${view.h.toFixed(1)}`);
    const close = view.w < whole.w * 0.98;
    element.classList.toggle("tree-close", close);
    const letters = (parseFloat(getComputedStyle(document.documentElement).fontSize) / 16) * READABLE;
    const near = scale() * SIGN >= letters * 0.9;
    svg.classList.toggle("near", near);
    svg.classList.remove("nearish");
    if (svg.classList.contains("tiny") && scale() * 100 > SMALL) refine();
    if (near && !svg.querySelector(".words-on")) write();
  }

  function refine() {
    // From near, leaves have veins and shades.
    svg.classList.remove("tiny");
    for (const leaf of leaves()) refined(leaf);
  }

  function refined(leaf) {
    // Outlines are replaced by the symbols that the leaf's classes name.
    const [blade, face] = leaf.querySelectorAll(":scope > path");
    if (!blade) return;
    blade.replaceWith(symbol(leaf.classList[1], blade.getAttribute("transform")));
    face?.replaceWith(symbol("face"));
    if (leaf.classList[0] === "r") leaf.append(symbol("tick"));
  }

  function symbol(name, transform) {
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#${name}`);
    if (transform) use.setAttribute("transform", transform);
    return use;
  }

  function look(next, slowly = true) {
    const w = Math.min(whole.w, Math.max(CLOSEST, next.w));
    const h = (w * whole.h) / whole.w;
    const goal = {
      w,
      h,
      x: Math.max(whole.x, Math.min(whole.x + whole.w - w, next.x)),
      y: Math.max(whole.y, Math.min(whole.y + whole.h - h, next.y)),
    };
    cancelAnimationFrame(waiting);
    if (!slowly || quiet.matches) {
      view = goal;
      waiting = requestAnimationFrame(show);
      return;
    }
    const from = { ...view };
    const began = performance.now();
    const step = (now) => {
      const t = Math.min(1, (now - began) / 320);
      const eased = 1 - (1 - t) ** 3;
      for (const side of ["x", "y", "w", "h"]) view[side] = from[side] + (goal[side] - from[side]) * eased;
      show();
      if (t < 1) waiting = requestAnimationFrame(step);
    };
    waiting = requestAnimationFrame(step);
  }

  function at(clientX, clientY) {
    const point = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  function zoom(factor, [x, y] = [view.x + view.w / 2, view.y + view.h / 2], slowly = true) {
    const w = Math.min(whole.w, Math.max(CLOSEST, view.w / factor));
    const by = w / view.w;
    look({ x: x - (x - view.x) * by, y: y - (y - view.y) * by, w }, slowly);
  }

  function middle(leaf) {
    const [, x, y] = leaf.getAttribute("transform").match(/\((-?[\d.]+)[ ,](-?[\d.]+)/);
    return [Number(x), Number(y)];
  }

  function come(leaf) {
    const [x, y] = middle(leaf);
    const w = Math.min(view.w, Math.max(CLOSEST * 1.4, (element.clientWidth / 90) * 100));
    look({ x: x - w / 2, y: y - (w * whole.h) / whole.w / 2, w });
  }

  // --- words ---

  function learn() {
    asked ??= fetch(element.dataset.words, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((found) => (words = found))
      .catch(() => (asked = null));
    return asked;
  }

  async function write() {
    await learn();
    if (!words) return;
    for (const leaf of leaves()) {
      const [size, lines] = words[leaf.id.slice(1)]?.[4] ?? [];
      if (!lines?.length || leaf.querySelector(".words-on")) continue;
      const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      text.setAttribute("class", "words-on");
      text.setAttribute("font-size", size);
      for (const [y, line] of lines) {
        const part = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
        part.setAttribute("x", 0);
        part.setAttribute("y", y);
        part.textContent = line;
        text.append(part);
      }
      leaf.append(text);
    }
  }

  // --- the card ---

  function leaves() {
    return svg.querySelectorAll("[data-tree-leaves] > a:not(.tree-gone)");
  }

  async function tell(leaf, keep = false) {
    if (!card) return;
    mark(leaf);
    kept = keep;
    await learn();
    const found = words?.[leaf.id.slice(1)];
    if (!found || current !== leaf) return;
    const [text, alias, kind, state] = found;
    for (const [name, value] of Object.entries({ words: text, alias, kind, state })) {
      const part = card.querySelector(`[data-card=${name}]`);
      if (part.textContent !== value) part.textContent = value;
    }
    const go = card.querySelector("[data-card=go]");
    go.href = leaf.getAttribute("href");
    go.querySelector("span").textContent = leaf.classList.contains("g") ? go.dataset.open : go.dataset.other;
    card.hidden = false;
    card.classList.toggle("tree-card-kept", kept);
  }

  function mark(leaf) {
    current?.classList.remove("tree-current");
    current = leaf;
    leaf?.classList.add("tree-current");
  }

  function shut() {
    if (!card || card.hidden) return false;
    const inside = card.contains(document.activeElement);
    card.hidden = true;
    kept = false;
    mark(null);
    if (inside) element.focus();
    return true;
  }

  // --- hands ---

  const fingers = new Map();
  let moved = 0;
  let apart = 0;

  function spread() {
    const [one, other] = [...fingers.values()];
    return [Math.hypot(one.x - other.x, one.y - other.y), [(one.x + other.x) / 2, (one.y + other.y) / 2]];
  }

  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved = fingers.size > 1 ? 99 : 0;
    if (fingers.size === 2) [apart] = spread();
  });
  element.addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    const dx = event.clientX - finger.x;
    const dy = event.clientY - finger.y;
    if (fingers.size === 1) {
      moved += Math.abs(dx) + Math.abs(dy);
      const close = view.w < whole.w * 0.98;
      if (close && moved > 6) {
        element.setPointerCapture(event.pointerId);
        look({ x: view.x - dx / scale(), y: view.y - dy / scale(), w: view.w }, false);
      }
    }
    finger.x = event.clientX;
    finger.y = event.clientY;
    if (fingers.size === 2) {
      const [now, between] = spread();
      if (apart) zoom(now / apart, at(...between), false);
      apart = now;
    }
  });
  for (const name of ["pointerup", "pointercancel"]) {
    element.addEventListener(name, (event) => {
      fingers.delete(event.pointerId);
      apart = 0;
    });
  }
  // Two fingers are ours also where one scrolls the page.
  element.addEventListener("touchmove", (event) => event.touches.length > 1 && event.preventDefault(), { passive: false });
  element.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey && !still) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 300), at(event.clientX, event.clientY), false);
    }, { passive: false });
  element.addEventListener("dblclick", (event) => zoom(2, at(event.clientX, event.clientY)));
  element.addEventListener("click", (event) => {
    const leaf = event.target.closest("[data-tree-leaves] > a");
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (leaf) event.preventDefault();
    if (moved > 6) return;
    if (leaf && card) tell(leaf, true);
    else shut();
  });
  element.addEventListener("pointerover", (event) => {
    const leaf = event.target.closest("[data-tree-leaves] > a");
    if (event.pointerType !== "mouse" || kept || !card) return;
    if (leaf) tell(leaf);
    else if (!leaf && !event.buttons) shut();
  });
  element.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && !kept && shut());
  stage.addEventListener("click", (event) => {
    const what = event.target.closest("[data-tree-do]")?.dataset.treeDo;
    if (what === "in") zoom(1.8);
    if (what === "out") zoom(1 / 1.8);
    if (what === "whole") look(whole);
    if (what === "shut") shut();
  });

  // --- keys ---

  function next(dx, dy) {
    const from = current ? middle(current) : [view.x + view.w / 2, view.y + view.h / 2];
    let best = null;
    let least = Infinity;
    for (const leaf of leaves()) {
      if (leaf === current) continue;
      const [x, y] = middle(leaf);
      const along = (x - from[0]) * dx + (y - from[1]) * dy;
      const aside = Math.abs((x - from[0]) * dy - (y - from[1]) * dx);
      if (current && along < 12) continue;
      const far = current ? along + 2.2 * aside : Math.hypot(x - from[0], y - from[1]);
      if (far < least) [best, least] = [leaf, far];
    }
    return best;
  }

  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  element.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (ways[event.key] && !still) {
      const leaf = next(...ways[event.key]);
      if (leaf) {
        tell(leaf);
        if (view.w < whole.w * 0.98 || scale() * 100 < 24) come(leaf);
      }
    } else if (event.key === "Enter" && current) tell(current, true).then(() => card?.querySelector("[data-card=go]").focus());
    else if (event.key === "+" || event.key === "=") zoom(1.8);
    else if (event.key === "-") zoom(1 / 1.8);
    else if (event.key === "0" || event.key === "Home") look(whole);
    else if (event.key !== "Escape" || !shut()) return;
    event.preventDefault();
  });
  card?.addEventListener("keydown", (event) => event.key === "Escape" && shut());

  // --- the living tree ---

  function passing(leaf, name) {
    leaf.classList.add(name);
    setTimeout(() => leaf.classList.remove(name), 1800);
  }

  async function live() {
    let text;
    try {
      const answer = await fetch(element.dataset.now, { cache: "no-cache" });
      if (!answer.ok) return;
      text = await answer.text();
    } catch {
      return; // The next message, or the next minute, brings it.
    }
    const found = new DOMParser().parseFromString(text, "text/html");
    const drawn = found.querySelector("svg.tree");
    if (!drawn) return;
    words = asked = null;
    grow(document.importNode(drawn, true));
    for (const part of found.querySelectorAll("[data-tree-part]")) {
      const here = document.getElementById(part.id);
      if (here && here.innerHTML !== part.innerHTML) here.innerHTML = part.innerHTML;
    }
    if (svg.querySelector("[data-tree-leaves] > a")) stage.querySelector(".tree-empty")?.remove();
    document.dispatchEvent(new CustomEvent("tree:grown"));
  }

  function grow(drawn) {
    const ours = svg.querySelector("[data-tree-leaves]");
    const theirs = drawn.querySelector("[data-tree-leaves]");
    const before = new Map([...ours.children].map((leaf) => [leaf.id, leaf]));
    for (const leaf of [...theirs.children]) {
      const old = before.get(leaf.id);
      before.delete(leaf.id);
      const same = old && look_of(old) === look_of(leaf);
      if (same) continue;
      if (!svg.classList.contains("tiny")) refined(leaf);
      if (old) old.replaceWith(leaf);
      else ours.append(leaf);
      if (old === current) mark(leaf);
      passing(leaf, old ? "tree-turned" : "tree-born");
    }
    for (const leaf of before.values()) {
      if (leaf === current) shut();
      leaf.classList.add("tree-gone");
      leaf.removeAttribute("id");
      setTimeout(() => leaf.remove(), quiet.matches ? 0 : 1500);
    }
    const wood = drawn.querySelector("[data-tree-wood]");
    const own = svg.querySelector("[data-tree-wood]");
    if (own.innerHTML !== wood.innerHTML) own.replaceWith(wood);
    const lands = drawn.querySelectorAll("[data-tree-land]");
    svg.querySelectorAll("[data-tree-land]").forEach((land, n) => land.setAttribute("transform", lands[n].getAttribute("transform")));
    const all = view.w >= whole.w * 0.98;
    whole = box(drawn.getAttribute("viewBox"));
    if (all) look(whole);
    else show();
    if (svg.classList.contains("near")) write();
  }

  function look_of(leaf) {
    // Its symbol says state and tone; the words may have changed as well.
    return [leaf.getAttribute("transform"), leaf.classList[1], leaf.querySelector("title")?.textContent].join();
  }

  element.addEventListener("live", live);
  addEventListener("resize", () => requestAnimationFrame(show));

  const wanted = location.hash && svg.querySelector(`[data-tree-leaves] > ${CSS.escape ? `#${CSS.escape(location.hash.slice(1))}` : "a"}`);
  if (wanted) {
    come(wanted);
    tell(wanted, true);
  } else show();
}
