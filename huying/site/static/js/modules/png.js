// Makes a PNG of the tree's SVG here, where the fonts are, and saves it; when that fails the link leads to the SVG itself.
export function mount(link) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      const svg = await (await fetch(link.href)).blob();
      const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
      const picture = new Image();
      picture.src = address;
      await picture.decode();
      const canvas = document.createElement("canvas");
      canvas.width = picture.naturalWidth * 1.5;
      canvas.height = picture.naturalHeight * 1.5;
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(address);
      const png = await new Promise((done) => canvas.toBlob(done, "image/png"));
      const saved = document.createElement("a");
      saved.href = URL.createObjectURL(png);
      saved.download = `${link.dataset.name}-心愿树.png`;
      saved.click();
      setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
    } catch {
      location.assign(link.href);
    }
  });
}
