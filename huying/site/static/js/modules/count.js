// How many characters are left, counted as the server counts them: by code point.
export function mount(output) {
  const field = document.getElementById(output.dataset.for);
  const limit = Number(output.dataset.limit);
  const { left, beyond } = output.dataset;
  let said = 0;

  function show() {
    const rest = limit - [...field.value.replace(/\r\n/g, "\n")].length;
    output.textContent = (rest < 0 ? beyond : left).replace("{n}", Math.abs(rest));
    output.toggleAttribute("data-over", rest < 0);
    // A screen reader hears it near the end only.
    const near = rest < limit / 10 ? 1 : 0;
    if (near !== said) output.setAttribute("aria-live", near ? "polite" : "off");
    said = near;
  }

  field.addEventListener("input", show);
  show();
}
