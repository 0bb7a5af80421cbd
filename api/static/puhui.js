// Small comforts; every page works without them.
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf"]')?.content;
  if (token && event.detail.ctx?.request?.headers) event.detail.ctx.request.headers["X-CSRF-Token"] = token;
});

// An open menu closes at Escape or a click elsewhere.
const menus = () => document.querySelectorAll("details.user-menu[open]");
document.addEventListener("click", (event) => menus().forEach((m) => m.contains(event.target) || m.removeAttribute("open")));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") menus().forEach((m) => { m.removeAttribute("open"); m.querySelector("summary").focus(); });
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
  }
});

// A form is sent once; going back makes its buttons usable again.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.hasAttribute("hx-post")) return;
  setTimeout(() => event.target.querySelectorAll("button[type=submit]").forEach((b) => { b.disabled = true; b.classList.add("is-sending"); }));
});
window.addEventListener("pageshow", () => document.querySelectorAll(".is-sending").forEach((b) => { b.disabled = false; b.classList.remove("is-sending"); }));

// Defects are read first.
document.querySelector("#problems")?.focus();
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-print]");
  if (link) { event.preventDefault(); window.print(); }
});
