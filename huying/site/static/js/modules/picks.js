// Picking rows: the count on the button, x picks the row that has the focus, shift picks all between.
export function mount(form) {
  const boxes = () => [...form.querySelectorAll('input[name="pick"]')];
  const count = form.querySelector("[data-picks-count]");
  let last = null;

  function show() {
    const n = boxes().filter((box) => box.checked).length;
    form.dataset.picked = n;
    count.hidden = n === 0;
    count.textContent = n;
  }

  form.addEventListener("click", (event) => {
    if (event.target.name !== "pick") return;
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const box of all.slice(from, to + 1)) box.checked = event.target.checked;
    last = event.target;
    show();
  });
  function key(event) {
    if (!form.isConnected) return document.removeEventListener("keydown", key);
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.activeElement?.closest?.("[data-row]")?.querySelector('input[name="pick"]');
    if (!box || document.activeElement.matches("input:not([type=checkbox]), textarea, select")) return;
    event.preventDefault();
    box.click();
  }
  document.addEventListener("keydown", key);
  show();
}
