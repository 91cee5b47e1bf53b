// The switches of letters and colours: at once, without loading the page again. Language is left to the server.
const MEDIA = { auto: "screen and (prefers-color-scheme: dark)", light: "not all", dark: "screen" };

export function mount(form) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.name === "language") return;
    event.preventDefault();
    const data = new FormData(form);
    data.set(button.name, button.value);
    const root = document.documentElement;
    if (button.name === "elder") root.toggleAttribute("data-elder", button.value === "1");
    else {
      root.dataset.theme = button.value;
      document.querySelector("link[data-dark]").media = MEDIA[button.value];
    }
    document.dispatchEvent(new CustomEvent("look:changed"));
    const shown = [...form.querySelectorAll(`button[name="${button.name}"]`)].find((one) => one.offsetParent);
    shown?.focus();
    fetch(form.action, { method: "POST", body: data, redirect: "manual", keepalive: true }).catch(() => {});
  });
}
