// Mounts the modules that a page asks for with data-module, also in what htmx brings later.
const modules = {
  assign: () => import("./modules/assign.js"),
  awake: () => import("./modules/awake.js"),
  chart: () => import("./modules/chart.js"),
  checkin: () => import("./modules/checkin.js"),
  code: () => import("./modules/code.js"),
  copy: () => import("./modules/copy.js"),
  count: () => import("./modules/count.js"),
  curve: () => import("./modules/curve.js"),
  desk: () => import("./modules/desk.js"),
  dial: () => import("./modules/dial.js"),
  hall: () => import("./modules/hall.js"),
  keep: () => import("./modules/keep.js"),
  keys: () => import("./modules/keys.js"),
  live: () => import("./modules/live.js"),
  menu: () => import("./modules/menu.js"),
  once: () => import("./modules/once.js"),
  passkey: () => import("./modules/passkey.js"),
  photos: () => import("./modules/photos.js"),
  pin: () => import("./modules/pin.js"),
  picks: () => import("./modules/picks.js"),
  png: () => import("./modules/png.js"),
  pow: () => import("./modules/pow.js"),
  print: () => import("./modules/print.js"),
  ready: () => import("./modules/ready.js"),
  rows: () => import("./modules/rows.js"),
  stepper: () => import("./modules/stepper.js"),
  roll: () => import("./modules/roll.js"),
  switch: () => import("./modules/switch.js"),
  tree: () => import("./modules/tree.js"),
  week: () => import("./modules/week.js"),
};

const mounted = new WeakMap();

async function mount(element) {
  const done = mounted.get(element) ?? new Set();
  mounted.set(element, done);
  for (const name of element.dataset.module.split(/\s+/)) {
    if (!modules[name] || done.has(name)) continue;
    done.add(name);
    (await modules[name]()).mount(element);
  }
}

function mountAll(root) {
  if (root.dataset?.module) mount(root);
  for (const element of root.querySelectorAll("[data-module]")) mount(element);
  root.querySelector("[data-focus]")?.focus();
}

function say(words) {
  const toast = document.createElement("div");
  toast.className = "toast toast-error";
  toast.textContent = words;
  document.getElementById("toasts")?.replaceChildren(toast);
}

mountAll(document);
document.addEventListener("htmx:load", (event) => mountAll(event.detail.elt));
document.addEventListener("htmx:sendError", () => say(document.getElementById("toasts").dataset.lost));
document.addEventListener("htmx:responseError", () => say(document.getElementById("toasts").dataset.refused));
