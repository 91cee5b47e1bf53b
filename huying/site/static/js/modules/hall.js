// The screen in the hall: one of the latest smiles after the other, full screen, awake for days, and fresh every morning.
const EACH = 9000;
const IDLE = 4000;
const LOOK = 10 * 60 * 1000;
const DAY = 24 * 3600 * 1000;

export function mount(element) {
  const box = element.querySelector(".hall-latest");
  const began = Date.now();
  let at = -1;
  let newest = "";
  let turning = 0;
  let idle = 0;
  let lock = null;

  function turn() {
    const smiles = [...element.querySelectorAll(".hall-smiles li")];
    box.hidden = !smiles.length;
    element.querySelector(".hall-lit")?.classList.remove("hall-lit");
    if (!smiles.length) return;
    at = (at + 1) % smiles.length;
    smiles.forEach((one, n) => one.classList.toggle("hall-shown", n === at));
    document.getElementById(smiles[at].dataset.leaf)?.classList.add("hall-lit");
    newest = smiles[0].dataset.leaf;
  }

  function begin() {
    clearInterval(turning);
    turning = setInterval(turn, EACH);
    at = -1;
    turn();
  }

  async function awake() {
    // A screen that may sleep is still right, only dark.
    if (!document.hidden) lock = await navigator.wakeLock?.request("screen").catch(() => null);
  }

  function moved() {
    delete document.documentElement.dataset.idle;
    clearTimeout(idle);
    idle = setTimeout(() => (document.documentElement.dataset.idle = ""), IDLE);
  }

  async function look() {
    // The stream tells of changes; this is for what it cannot tell: a new version of the pages, at night.
    element.querySelector("#tree").dispatchEvent(new CustomEvent("live"));
    if (Date.now() - began < DAY || new Date().getHours() !== 3) return;
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (answer?.ok) location.reload();
  }

  element.querySelector("[data-hall-full]")?.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
    awake();
  });
  document.addEventListener("visibilitychange", () => !lock?.released || awake());
  document.addEventListener("tree:grown", () => {
    const first = element.querySelector(".hall-smiles li")?.dataset.leaf ?? "";
    // What has just come true is shown at once, and for its whole time.
    if (first !== newest || !element.querySelector(".hall-shown")) begin();
  });
  for (const name of ["pointermove", "pointerdown", "keydown"]) addEventListener(name, moved);
  setInterval(look, LOOK);
  begin();
  moved();
  awake();
}
