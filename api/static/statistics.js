// Saves a chart as a picture: the SVG of the page is drawn on a canvas twice as large.
document.querySelectorAll("[data-save-png]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const svg = button.closest("figure").querySelector("svg");
    const { width, height } = svg.viewBox.baseVal;
    const picture = new Image();
    picture.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = width * 2;
      canvas.height = height * 2;
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const link = document.createElement("a");
      link.download = `${button.dataset.savePng}.png`;
      link.href = canvas.toDataURL("image/png");
      link.click();
    };
    picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(svg));
  });
});
