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
  if (localStorage.getItem("keys") === "off") return;
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
  }
});

// When a part of the page renews itself, the focus stays where it was and what was unfolded stays open;
// what is gone for a moment is looked for at the next renewal too.
const same = (e) => e.id || [e.tagName, e.name, e.getAttribute("href"), e.textContent.trim()].join("|");
let held = { open: new Set() };
// somebody may unfold a part between the announcement of a renewal and the new part of the page
document.addEventListener("click", (event) => {
  const summary = event.target.closest("main details > summary");
  if (summary) held.open[summary.parentElement.open ? "delete" : "add"](same(summary));
});
document.addEventListener("htmx:before:swap", () => {
  document.querySelectorAll("main details > summary").forEach((s) => held.open[s.parentElement.open ? "add" : "delete"](same(s)));
  const at = document.activeElement;
  if (at && at === held.instead) { held.at = at; return; }
  const around = [];
  for (let p = at; p && p !== document.body; p = p.parentElement) around.push(p);
  held = { ...held, at: around[0], tag: at?.tagName, key: at && same(at), around, instead: null };
});
document.addEventListener("htmx:after:swap", () => {
  document.querySelectorAll("main details:not([open]) > summary").forEach((s) => { if (held.open.has(same(s))) s.parentElement.open = true; });
  if (!held.at || (held.at.isConnected && held.at !== held.instead)) return;
  const again = [...document.querySelectorAll(held.tag)].find((e) => same(e) === held.key);
  const next = again ?? held.around.find((p) => p.isConnected) ?? document.querySelector("#content");
  held.instead = again ? null : next;
  if (!again && !next.hasAttribute("tabindex")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
});

// What has the focus is not left behind the bar at the foot of a form.
document.addEventListener("focusin", ({ target }) => {
  const bar = document.querySelector(".sticky-foot, .sticky-actions");
  if (!bar || !(bar.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING) || getComputedStyle(bar).position !== "sticky") return;
  const field = target.getBoundingClientRect(), over = field.bottom + 12 - bar.getBoundingClientRect().top;
  if (over > 0 && field.top > 0) scrollBy({ top: Math.min(over, field.top), behavior: "instant" });
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
