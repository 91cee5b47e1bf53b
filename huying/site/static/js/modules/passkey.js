// Says in words why a passkey did not work; allauth's script only throws.
export function mount(element) {
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const cancelled = event.detail?.exception?.name === "NotAllowedError";
    element.textContent = cancelled ? element.dataset.cancelled : element.dataset.failed;
    element.hidden = false;
    element.focus();
  });
}
