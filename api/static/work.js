// Comforts of the workbench and the desk; every page works without them.
(() => {
  const $ = (s, root = document) => root.querySelector(s);
  const all = (s, root = document) => [...root.querySelectorAll(s)];
  const token = () => $('meta[name="csrf"]')?.content ?? "";

  // Filters apply as soon as they are chosen.
  all("[data-autosubmit]").forEach((e) => e.addEventListener("change", () => e.form.requestSubmit()));

  // The list: j and k move, x selects, Enter opens, c claims, ? helps.
  const list = $("[data-worklist]");
  const rows = list ? all("tbody tr[data-href]", list) : [];
  let here = -1;
  const go = (n) => {
    if (!rows.length) return;
    rows[here]?.classList.remove("is-here");
    here = Math.max(0, Math.min(rows.length - 1, n));
    rows[here].classList.add("is-here");
    $("a", rows[here])?.focus({ preventScroll: true });
    rows[here].scrollIntoView({ block: "nearest" });
  };
  const claim = (id) => {
    const form = document.createElement("form");
    form.method = "post"; form.action = `/tasks/${id}/claim`;
    for (const [name, value] of [["csrf", token()], ["back", $("#list-form input[name=back]")?.value ?? ""]]) {
      const field = document.createElement("input");
      field.type = "hidden"; field.name = name; field.value = value; form.append(field);
    }
    document.body.append(form); form.submit();
  };
  const keys = $("#keys");
  const help = $("[data-keys]");
  if (help && keys) { help.hidden = false; help.addEventListener("click", () => keys.showModal()); }
  const single = $("[data-single-keys]");
  if (single) {
    single.checked = localStorage.getItem("keys") !== "off";
    single.addEventListener("change", () => localStorage.setItem("keys", single.checked ? "on" : "off"));
  }
  document.addEventListener("keydown", (event) => {
    if (localStorage.getItem("keys") === "off") return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[here];
    if (event.key === "?" && keys) { event.preventDefault(); keys.showModal(); }
    else if (!rows.length) return;
    else if (event.key === "j") go(here + 1);
    else if (event.key === "k") go(here - 1);
    else if (event.key === "x" && row) { const box = $("input[name=ids]", row); if (box) { box.checked = !box.checked; count(); } }
    else if (event.key === "c" && row) claim(row.dataset.id);
    else if (event.key === "Enter" && row && !event.target.closest("a, button")) location.href = row.dataset.href;
  });
  rows.forEach((row, n) => row.addEventListener("click", (event) => {
    if (event.target.closest("a, button, input, label, select") || getSelection()?.toString()) return;
    go(n); location.href = row.dataset.href;
  }));
  const every = $("[data-all]");
  const chosen = $("[data-chosen]");
  const words = chosen?.textContent;
  const count = () => {
    const n = all("input[name=ids]:checked").length;
    if (chosen) chosen.textContent = n ? `${words} ${n}` : words;
  };
  if (every) { every.hidden = false; every.addEventListener("change", () => { all("input[name=ids]").forEach((b) => { b.checked = every.checked; }); count(); }); }
  all("input[name=ids]").forEach((b) => b.addEventListener("change", count));

  // The desk saves by itself, a moment after the last key.
  const form = $("form[data-autosave]");
  if (form) {
    let timer = 0, sending = false, again = false, stopped = false;
    // Without a network the words stay on the page, which says so, and are saved when it is back.
    const later = () => { clearTimeout(timer); timer = setTimeout(save, 5000); };
    const unsaved = () => { $("[data-saved]").textContent = form.dataset.unsaved; };
    const save = async () => {
      if (sending) { again = true; return; }
      sending = true;
      try {
        const data = new FormData(form); data.delete("_origin");
        const answer = await fetch(form.dataset.autosave, { method: "POST", body: new URLSearchParams(data), headers: { "X-CSRF-Token": token(), "HX-Request": "true" } });
        const base = answer.headers.get("X-Base"), soon = answer.status >= 500 || answer.headers.has("Retry-After");
        if (base) form.elements._base.value = base;
        $(answer.headers.get("HX-Retarget") ?? "[data-saved]").innerHTML = await answer.text();
        stopped = answer.status === 409 && !soon;
        if (soon) later();
      } catch { unsaved(); later(); }
      sending = false;
      if (again && !stopped) { again = false; save(); }
    };
    form.addEventListener("input", () => { clearTimeout(timer); if (!stopped) timer = setTimeout(save, 1200); });
    form.addEventListener("submit", () => { clearTimeout(timer); stopped = true; });
    const tick = $("[data-tick-all]", form);
    if (tick) { tick.hidden = false; tick.addEventListener("click", () => { all(".tick input[type=checkbox]", form).forEach((b) => { b.checked = true; }); form.dispatchEvent(new Event("input")); }); }
    all("[data-phrase]", form).forEach((e) => e.addEventListener("change", () => {
      const option = e.selectedOptions[0], n = e.dataset.phrase;
      if (!option.dataset.text) return;
      const text = form.elements[`defects.${n}.requirement`], basis = form.elements[`defects.${n}.basis`];
      text.value = text.value ? `${text.value}\n${option.dataset.text}` : option.dataset.text;
      if (!basis.value) basis.value = option.dataset.basis;
      form.dispatchEvent(new Event("input")); text.focus();
    }));
  }
  const copy = $("[data-copy]");
  if (copy && navigator.clipboard) { copy.hidden = false; copy.addEventListener("click", () => navigator.clipboard.writeText(copy.closest(".card-body").innerText)); }
})();
