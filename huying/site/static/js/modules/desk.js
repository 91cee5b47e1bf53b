// A list with what was opened beside it: marks the open row, moves the focus, and closes without loading again.
export function mount(desk) {
  const side = desk.querySelector(".desk-side");
  let from = null;

  function mark(link) {
    for (const one of desk.querySelectorAll(".row-title[aria-current]")) one.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
  }

  desk.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches?.(".row-title")) from = event.target;
  });
  desk.addEventListener("htmx:afterSwap", (event) => {
    // A list that was drawn anew does not know what is open beside it.
    if (event.target !== side) {
      const open = side.querySelector("[data-call]")?.dataset.call;
      if (open) mark(document.getElementById(`open-${open}`));
      return;
    }
    if (from) mark(from);
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
    side.replaceChildren();
    if (link.href) history.replaceState(null, "", link.href);
    mark(null);
    from?.focus();
  });
}
