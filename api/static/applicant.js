// The document viewer, and a gentle mark when the status page renews itself.
const viewer = document.querySelector("[data-docx]");
if (viewer && window.docx) {
  fetch(viewer.dataset.docx)
    .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.blob(); })
    .then((file) => window.docx.renderAsync(file, viewer, null, { inWrapper: true, ignoreLastRenderedPageBreak: true }))
    .catch(() => { viewer.textContent = viewer.dataset.failed; });
}
document.addEventListener("htmx:after:swap", (event) => {
  const panel = document.querySelector("#case-live");
  if (!panel || !event.target || (event.target !== panel && !panel.contains(event.target))) return;
  panel.classList.add("renewed");
  setTimeout(() => panel.classList.remove("renewed"), 1200);
});
