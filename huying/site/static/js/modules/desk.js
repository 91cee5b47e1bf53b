// A list with what was opened beside it: marks the open row, moves the focus, and closes without loading again.
export function mount(desk) {
  const side = desk.querySelector(".desk-side");
  let from = null;

  function mark(link) {
    for (const one of desk.querySelectorAll(".row-title[aria-current]")) one.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
  }

  // The row of what is open, also where the list was drawn anew or a button opened it.
  function row() {
    const open = side.querySelector("[data-call]")?.dataset.call;
    return (open && document.getElementById(`open-${open}`)) ?? (from?.isConnected ? from : null);
  }

  desk.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches?.(".row-title")) from = event.target;
  });
  desk.addEventListener("htmx:afterSwap", (event) => {
    if (side.childElementCount) mark(row());
    if (event.target !== side) return;
    // The same call, fresher: nobody is moved.
    if (event.detail.requestConfig?.elt?.id === "watch") return;
    side.scrollTop = 0;
    (side.querySelector("h1, h2") ?? side).setAttribute("tabindex", "-1");
    (side.querySelector("h1, h2") ?? side).focus({ preventScroll: innerWidth >= 1100 });
    if (innerWidth < 1100) scrollTo(0, 0);
  });
  side.addEventListener("click", (event) => {
    const link = event.target.closest("[data-close]");
    // A call that was opened by its own address has no list behind it: the link leads there.
    if (!link || !desk.querySelector("[data-row]")) return;
    event.preventDefault();
    const back = row();
    side.replaceChildren();
    if (link.href) history.replaceState(null, "", link.href);
    mark(null);
    back?.focus();
  });
}
