// The document viewer, and a gentle mark when the status page renews itself.
// The viewer writes its styles apart; they are taken over as sheets, because pages allow no inline styles.
const viewer = document.querySelector("[data-docx]");
if (viewer && window.docx) {
  const styles = document.createElement("div");
  fetch(viewer.dataset.docx)
    .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.blob(); })
    .then((file) => window.docx.renderAsync(file, viewer, styles, { inWrapper: true, ignoreLastRenderedPageBreak: true }))
    .then(() => {
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, ...[...styles.querySelectorAll("style")].map((style) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(style.textContent);
        return sheet;
      })];
    })
    .catch(() => { viewer.textContent = viewer.dataset.failed; });
}
document.addEventListener("htmx:after:swap", (event) => {
  const panel = document.querySelector("#case-live");
  if (!panel || !event.target || (event.target !== panel && !panel.contains(event.target))) return;
  panel.classList.add("renewed");
  setTimeout(() => panel.classList.remove("renewed"), 1200);
});

// On a narrow screen the sections stand side by side: the open one is brought into sight.
const open = document.querySelector(".section-list [aria-current]");
if (open) {
  const row = open.closest("ol");
  row.scrollLeft += open.getBoundingClientRect().left - row.getBoundingClientRect().left - 16;
}

// What could not be saved is said, and tried again: the words stay on the page meanwhile.
const draft = document.querySelector("form[data-unsaved][hx-put]");
if (draft) {
  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(() => draft.dispatchEvent(new Event("change")), 5000); };
  draft.addEventListener("htmx:error", () => { document.querySelector("#saved").textContent = draft.dataset.unsaved; later(); });
  draft.addEventListener("htmx:response:error", (event) => { if (event.detail.ctx?.response?.status >= 500 || event.detail.ctx?.response?.headers?.get("Retry-After")) later(); });
}
