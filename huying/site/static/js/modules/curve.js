// A curve drawn by hand: an upright slider for each half hour between the two times of the form; the field keeps the numbers.
const HALF = 30;
const TOP = 10;

function minutes(field) {
  const [hours, rest] = (field?.value || "").split(":").map(Number);
  return Number.isFinite(hours) && Number.isFinite(rest) ? hours * 60 + rest : null;
}

function stretched(numbers, count) {
  if (!numbers.length) return Array(count).fill(TOP / 2);
  return Array.from({ length: count }, (_, at) => numbers[Math.min(numbers.length - 1, Math.floor((at * numbers.length) / count))]);
}

export function mount(field) {
  const form = field.form;
  const [opens, closes] = ["opens", "closes"].map((name) => form.elements[name]);
  const board = document.createElement("div");
  board.className = "site-draw";
  field.after(board);

  function read() {
    return field.value.split(/[\s,，、;；]+/).filter(Boolean).map(Number).filter((one) => Number.isFinite(one) && one >= 0);
  }

  function write() {
    field.value = [...board.querySelectorAll("input")].map((one) => one.value).join(" ");
  }

  function draw() {
    const from = minutes(opens);
    const until = minutes(closes);
    const count = from === null || until === null ? 0 : Math.ceil((until - from) / HALF);
    if (count < 1 || count > 48) return void board.replaceChildren();
    const numbers = stretched(read(), count);
    const most = Math.max(...numbers, 1);
    const scale = most > TOP ? TOP / most : 1;
    board.replaceChildren(
      ...numbers.map((number, at) => {
        const label = document.createElement("label");
        const slider = document.createElement("input");
        const time = from + at * HALF;
        const words = document.createElement("span");
        words.textContent = `${Math.floor(time / 60) % 24}:${String(time % 60).padStart(2, "0")}`;
        slider.type = "range";
        slider.min = 0;
        slider.max = TOP;
        slider.step = 0.5;
        slider.value = number * scale;
        slider.addEventListener("input", write);
        label.append(slider, words);
        return label;
      }),
    );
    if (read().length !== count) write();
  }

  for (const one of [opens, closes, field]) one?.addEventListener("change", draw);
  for (const one of form.querySelectorAll("[name=curve_kind]")) one.addEventListener("change", draw);
  draw();
}
