// A number with a button below and above it; the field itself takes any number by hand.
export function mount(element) {
  const field = element.querySelector("input");
  for (const button of element.querySelectorAll("[data-by]")) {
    button.addEventListener("click", () => {
      const now = Number.parseInt(field.value, 10) || 0;
      field.value = Math.max(1, now + Number(button.dataset.by));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
