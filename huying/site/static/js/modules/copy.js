// Copies data-copy, or the text of the element that data-copy-from names; the button says so.
export function mount(button) {
  button.addEventListener("click", async () => {
    const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
    const words = button.querySelector("span") ?? button;
    const before = words.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy ?? source?.value ?? source?.textContent ?? "");
    } catch {
      // Without permission the text is selected, ready to be copied by hand.
      if (source) getSelection().selectAllChildren(source);
      return;
    }
    words.textContent = button.dataset.done ?? "✓";
    setTimeout(() => (words.textContent = before), 2000);
  });
}
