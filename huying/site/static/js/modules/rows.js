// Rows of a form are added from a template and taken away without asking the server; it reads whichever numbers come.
export function mount(element) {
  const list = element.querySelector("[data-rows]");
  const source = element.querySelector("[data-row-new]");
  const tell = () => list.dispatchEvent(new Event("change", { bubbles: true }));
  let next = list.children.length + 100;

  element.addEventListener("click", (event) => {
    const add = event.target.closest("[data-row-add]");
    const drop = event.target.closest("[data-row-drop]");
    if (!add && !drop) return;
    event.preventDefault();
    if (drop) {
      drop.closest("[data-row]").remove();
    } else {
      const held = document.createElement("div");
      held.innerHTML = source.innerHTML.replaceAll("line-NEW", `line-${next}`).replaceAll("drop-NEW", `drop-${next}`);
      next += 1;
      const row = held.firstElementChild;
      list.append(row);
      // What htmx brings is mounted by main.js; the same door is used here.
      document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: row } }));
      row.querySelector("input:not([type=hidden])")?.focus();
    }
    tell();
  });
}
