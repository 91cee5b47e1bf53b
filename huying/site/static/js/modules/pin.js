// A pin on a small map: moved by a tap and by the arrow keys; where it stands goes into the two hidden fields as degrees.
const STEP = 4;

export function mount(figure) {
  const { west, north, across, down } = figure.dataset;
  const sheet = figure.querySelector("[data-pin-sheet]");
  const svg = sheet.querySelector("svg");
  const pin = svg.querySelector("[data-pin]");
  const { width, height } = svg.viewBox.baseVal;
  const [lng, lat] = [figure.querySelector("[name=lng]"), figure.querySelector("[name=lat]")];
  let [x, y] = pin.getAttribute("transform").match(/-?[\d.]+/g).map(Number);

  function put(toX, toY) {
    x = Math.min(width, Math.max(0, toX));
    y = Math.min(height, Math.max(0, toY));
    pin.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    lng.value = (Number(west) + x / Number(across)).toFixed(6);
    lat.value = (Number(north) - y / Number(down)).toFixed(6);
  }

  sheet.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    put(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height);
  });
  sheet.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    put(x + by[0] * STEP, y + by[1] * STEP);
  });
}
