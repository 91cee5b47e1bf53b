// The picker of photos: previews, one can be taken out again, and large photos are made smaller before they travel.
const LONGEST = 2048;
const SMALL_ENOUGH = 600 * 1024;

async function shrink(file) {
  if (file.size <= SMALL_ENOUGH || !/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}

export function mount(box) {
  const input = box.querySelector("input[type=file]");
  const list = box.querySelector(".photo-previews");
  const words = box.querySelector("[data-say]");
  const drop = box.querySelector(".photo-drop");
  const limit = Number(box.dataset.limit) - Number(box.dataset.existing || 0);
  const form = input.form;
  let chosen = [];
  let busy = Promise.resolve();
  let working = 0;

  function hand() {
    const transfer = new DataTransfer();
    for (const file of chosen) transfer.items.add(file);
    input.files = transfer.files;
  }

  function draw() {
    for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    list.replaceChildren(
      ...chosen.map((file, index) => {
        const item = document.createElement("li");
        const image = document.createElement("img");
        image.src = URL.createObjectURL(file);
        image.alt = file.name;
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-label", `${box.dataset.remove} ${index + 1}`);
        button.innerHTML = '<svg class="icon" aria-hidden="true"><use></use></svg>';
        button.querySelector("use").setAttribute("href", `${box.dataset.icons}#close`);
        button.addEventListener("click", () => {
          chosen = chosen.filter((one) => one !== file);
          words.textContent = "";
          hand();
          draw();
          (list.querySelector("button") ?? input).focus();
        });
        item.append(image, button);
        return item;
      }),
    );
  }

  async function add(files) {
    const images = files.filter((file) => file.type.startsWith("image/") || /\.hei[cf]$/i.test(file.name));
    const room = Math.max(0, limit - chosen.length);
    words.textContent = images.length > room ? box.dataset.toomany : "";
    chosen = [...chosen, ...(await Promise.all(images.slice(0, room).map(shrink)))];
    hand();
    draw();
  }

  function queue(files) {
    working += 1;
    busy = busy.then(() => add(files)).finally(() => (working -= 1));
  }

  input.addEventListener("change", () => {
    const files = [...input.files];
    hand();
    queue(files);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.toggleAttribute("data-over", name === "dragover");
      if (name === "drop") queue([...event.dataTransfer.files]);
    });
  }

  // A form that is sent while photos are still being made smaller waits for them.
  form?.addEventListener(
    "submit",
    (event) => {
      if (!working || event.defaultPrevented) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      // A task of its own: a form cannot be sent from inside its own submit event.
      busy.then(() => setTimeout(() => form.requestSubmit(submitter)));
    },
    true,
  );
}
