// Everything by keyboard: j/k move along the rows, o opens, / searches, ? helps, Esc closes. Inputs keep their keys.
export function mount(root) {
  const links = () => [...root.querySelectorAll("[data-row] .row-title")].filter((one) => one.offsetParent);
  const help = () => root.querySelector("[data-keys-help]");

  function move(by) {
    const all = links();
    if (!all.length) return;
    const at = all.findIndex((one) => one === document.activeElement || one.getAttribute("aria-current") === "true");
    const next = all[Math.min(all.length - 1, Math.max(0, at + by))] ?? all[0];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    o: () => document.activeElement?.matches(".row-title") && document.activeElement.click(),
    "/": () => (root.querySelector("input[type=search]") ?? root.querySelector("[data-search]"))?.focus(),
    "?": () => {
      const box = help();
      if (!box) return;
      box.open = !box.open;
      if (box.open) box.querySelector("summary").focus();
    },
  };

  function named(key) {
    return [...root.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && one.offsetParent);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      if (typing) return event.target.blur();
      if (help()?.open) help().open = false;
      else root.querySelector("[data-close]")?.click();
      return;
    }
    if (typing) return;
    const action = actions[event.key] ?? (named(event.key) && (() => named(event.key).click()));
    if (!action) return;
    event.preventDefault();
    action();
  });
}
