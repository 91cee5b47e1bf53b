// Keeps on this device what is being typed, until the server has received it.
// data-keep names the draft (default: the address of the page); [data-kept-received="name"] on any page wipes it.
// Passwords, files and hidden fields are never kept.
const PREFIX = "huying:draft:";
const SKIPPED = new Set(["password", "file", "hidden", "submit", "button"]);
const WEEK = 7 * 24 * 3600 * 1000;

function fields(form) {
  return [...form.elements].filter((one) => one.name && !SKIPPED.has(one.type) && !("keepNot" in one.dataset));
}

function read(name) {
  try {
    const draft = JSON.parse(localStorage.getItem(name));
    return draft && Date.now() - draft.at < WEEK ? draft.values : null;
  } catch {
    return null;
  }
}

function write(name, values) {
  try {
    if (values) localStorage.setItem(name, JSON.stringify({ at: Date.now(), values }));
    else localStorage.removeItem(name);
  } catch {
    // Private windows have no storage; the form itself still holds what was typed.
  }
}

function restore(form, values) {
  for (const field of fields(form)) {
    const kept = values[field.name];
    if (kept === undefined) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = kept.includes(field.value);
    else if (!field.value) field.value = kept[0] ?? "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function typed(form) {
  const values = {};
  for (const field of fields(form)) {
    const list = (values[field.name] ??= []);
    if (!["checkbox", "radio"].includes(field.type) || field.checked) list.push(field.value);
  }
  return values;
}

function touched(form) {
  return fields(form).some((one) => (one.type === "textarea" || one.type === "text") && one.value !== one.defaultValue);
}

export function mount(element) {
  if (element.dataset.keptReceived) return write(PREFIX + element.dataset.keptReceived, null);
  const name = PREFIX + (element.dataset.keep || location.pathname);
  const kept = read(name);
  let timer = 0;
  const keep = () => {
    clearTimeout(timer);
    timer = 0;
    write(name, typed(element));
  };
  // Somebody quick was typing before this module had come over a slow line; that is newer than the draft.
  if (touched(element)) keep();
  // What came back from the server with errors is newer than the draft, too.
  else if (kept && !element.querySelector("[aria-invalid=true]") && !document.querySelector(".errors")) restore(element, kept);
  element.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 250);
  });
  // A phone that is put away, or a page that is left, does not wait for the pause in typing.
  addEventListener("pagehide", () => timer && keep());
  document.addEventListener("visibilitychange", () => document.hidden && timer && keep());
  element.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
    // A field inside may ask for hints; only the form itself, or its button, sends what was typed.
    if (successful && (elt === element || elt.matches("button"))) {
      clearTimeout(timer);
      timer = 0;
      write(name, null);
    }
  });
}
