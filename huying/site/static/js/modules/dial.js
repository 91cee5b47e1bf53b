// A slider beside a number field: both say the same, and the field takes what lies beyond the slider.
export function mount(field) {
  const slider = document.createElement("input");
  slider.type = "range";
  slider.className = "dial";
  slider.min = field.dataset.least;
  slider.max = field.dataset.most;
  slider.step = field.dataset.step || 1;
  slider.value = field.value;
  // Whoever goes by keyboard or listens has the field itself.
  slider.tabIndex = -1;
  slider.setAttribute("aria-hidden", "true");
  slider.addEventListener("input", () => (field.value = slider.value));
  field.addEventListener("input", () => (slider.value = field.value));
  field.after(slider);
}
