// One submit is enough: the button waits until the answer comes, or the page is shown again.
export function mount(form) {
  let sent = null;

  function release() {
    if (!sent) return;
    sent.removeAttribute("aria-busy");
    sent.removeAttribute("aria-disabled");
    sent = null;
  }

  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (event.defaultPrevented) return;
    // aria-disabled rather than disabled: a disabled button would take its own name and value out of the form.
    sent = event.submitter ?? form.querySelector("[type=submit], button:not([type])") ?? form;
    sent.setAttribute("aria-busy", "true");
    sent.setAttribute("aria-disabled", "true");
  });
  form.addEventListener("htmx:afterRequest", release);
  addEventListener("pageshow", release);
}
