// Solves a proof of work in the background: finds n so that SHA-256("challenge:n") begins with data-bits zero bits.
// The hidden input inside the element (or named by data-into) then holds n; the form waits until it is found.
export function mount(element) {
  const into = element.querySelector("input[type=hidden]") ?? document.querySelector(element.dataset.into);
  const form = into.form;
  const worker = new Worker(new URL("./pow-worker.js", import.meta.url), { type: "module" });
  let waiting = null;

  worker.onmessage = ({ data }) => {
    into.value = data;
    element.dataset.solved = "";
    worker.terminate();
    if (waiting) form.requestSubmit(waiting.submitter);
  };
  worker.postMessage({ challenge: element.dataset.challenge, bits: Number(element.dataset.bits) });

  form.addEventListener(
    "submit",
    (event) => {
      if (into.value) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      waiting = { submitter: event.submitter };
      element.dataset.waiting = "";
    },
    true,
  );
}
