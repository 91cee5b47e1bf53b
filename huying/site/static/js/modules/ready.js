// Ready words: what is chosen is copied into the field that it is for, to be changed there. Nothing written is lost.
export function mount(select) {
  const field = document.getElementById(select.dataset.readyFor);
  if (!field) return;
  let last = "";
  select.addEventListener("change", () => {
    if (!select.value) return;
    const own = field.value.trim();
    field.value = own && own !== last ? `${own}\n${select.value}` : select.value;
    last = select.value;
    select.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}
