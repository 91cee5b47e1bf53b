// Moving somebody to another post by dragging their card; the select on each card does the same by keyboard.
export function mount(board) {
  const form = board.querySelector(".assign-move");
  if (!form) return;
  let held = null;

  const post = (event) => event.target.closest?.("[data-target]");
  const may = (target) => held && target && target.dataset.target !== held.dataset.source;

  board.addEventListener("dragstart", (event) => {
    held = event.target.closest?.(".assign-card[draggable]");
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.person);
  });
  board.addEventListener("dragover", (event) => {
    const target = post(event);
    if (!may(target)) return;
    event.preventDefault();
    for (const other of board.querySelectorAll(".assign-over")) if (other !== target) other.classList.remove("assign-over");
    target.classList.add("assign-over");
  });
  board.addEventListener("dragend", () => {
    held = null;
    for (const other of board.querySelectorAll(".assign-over")) other.classList.remove("assign-over");
  });
  board.addEventListener("drop", (event) => {
    const target = post(event);
    if (!may(target)) return;
    event.preventDefault();
    form.elements.person.value = held.dataset.person;
    form.elements.source.value = held.dataset.source;
    form.elements.target.value = target.dataset.target;
    form.requestSubmit();
  });
}
