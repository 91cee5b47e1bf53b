// A screen that calls numbers stays awake, and full when somebody wants it so.
export function mount(element) {
  let lock = null;

  async function awake() {
    // A screen that may sleep is still right, only dark.
    if (!document.hidden && (!lock || lock.released)) {
      lock = await navigator.wakeLock?.request("screen").catch(() => null);
    }
  }

  element.querySelector("[data-full]")?.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  });
  document.addEventListener("visibilitychange", awake);
  awake();
}
