// A week of hours: whole parts of a day at one tap, hours by dragging, arrow keys, presets without a reload.
const WIDE = matchMedia("(min-width: 48rem)");

export function mount(form) {
  const table = form.querySelector(".week-table");
  const presets = JSON.parse(form.querySelector("#week-presets").textContent);
  const parts = [...table.tBodies].map((body) => part(body));
  const refresh = () => parts.forEach((one) => one.refresh());

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-preset]");
    if (!button) return;
    event.preventDefault();
    const wanted = presets[button.dataset.preset];
    if (wanted) for (const [day, hour] of wanted) box(table, `${day}-${hour}`).checked = true;
    else for (const one of table.querySelectorAll("[name=hours]")) one.checked = false;
    refresh();
  });
  table.addEventListener("change", refresh);
  table.addEventListener("keydown", (event) => step(table, event));
  drag(table, refresh);
  refresh();
}

function box(table, value) {
  return table.querySelector(`[name=hours][value="${value}"]`);
}

// One part of the day: its row stands for its hours, which open below it.
function part(body) {
  const head = body.querySelector(".week-part");
  const open = head.querySelector(".week-open");
  const hours = [...body.querySelectorAll(".week-hour")];
  const whole = [...head.querySelectorAll("input")];
  const of = (day) => hours.map((row) => row.querySelectorAll("input")[day]);
  const show = (yes) => {
    open.setAttribute("aria-expanded", String(yes));
    for (const row of hours) row.hidden = !yes;
  };
  head.hidden = false;
  show(WIDE.matches);
  open.addEventListener("click", () => show(open.getAttribute("aria-expanded") === "false"));
  whole.forEach((one, day) => {
    one.addEventListener("change", () => {
      for (const hour of of(day)) hour.checked = one.checked;
    });
  });
  return {
    refresh() {
      whole.forEach((one, day) => {
        const ticked = of(day).filter((hour) => hour.checked).length;
        one.checked = ticked === hours.length;
        one.indeterminate = ticked > 0 && ticked < hours.length;
      });
    },
  };
}

function step(table, event) {
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const cell = event.target.closest("td");
  if (!by || !cell) return;
  const rows = [...table.querySelectorAll("tbody tr")].filter((row) => !row.hidden);
  const row = rows[rows.indexOf(cell.parentElement) + by[0]];
  const next = row?.cells[cell.cellIndex + by[1]]?.querySelector("input");
  if (!next) return;
  event.preventDefault();
  next.focus();
}

// Dragging paints what the first cell becomes; one that is only tapped is ticked by its label as usual.
function drag(table, refresh) {
  let from = null;
  let value = false;
  let painting = false;
  const paint = (input) => {
    if (input.checked === value) return;
    input.checked = value;
    if (!input.name) input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  table.addEventListener("pointerdown", (event) => {
    const input = event.target.closest(".week-cell")?.querySelector("input");
    if (!input || event.button !== 0) return;
    from = input;
    value = !input.checked;
    painting = false;
    if (event.target.hasPointerCapture?.(event.pointerId)) event.target.releasePointerCapture(event.pointerId);
  });
  table.addEventListener("pointermove", (event) => {
    if (!from) return;
    const under = document.elementFromPoint(event.clientX, event.clientY)?.closest(".week-cell");
    const input = under?.querySelector("input");
    if (!input || !table.contains(input) || (!painting && input === from)) return;
    if (!painting) {
      painting = true;
      paint(from);
    }
    paint(input);
    refresh();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    addEventListener(name, () => {
      from = null;
    });
  }
  // Back at the cell where it began, the click that follows would undo it.
  table.addEventListener("click", (event) => {
    if (painting && event.target.closest(".week-cell")) event.preventDefault();
    painting = false;
  });
}
