// Quantities and sums while readings are typed, and a block pasted from a sheet; the page works without.
const form = document.querySelector("form[data-typed]");
if (form) {
  const value = (text) => { const t = text.trim().replaceAll(",", ""); return /^\d+(\.\d+)?$/.test(t) ? Number(t) : NaN; };
  const shown = (n) => n.toLocaleString("en-US", { maximumFractionDigits: 4 });
  const cells = [...form.querySelectorAll("input[data-meter]")];
  const word = document.documentElement.lang === "en" ? "Quantity" : "数量";
  const work = () => {
    const sums = {}, above = {};
    cells.forEach((cell) => {
      const meter = cell.dataset.meter, own = cell.closest("td").querySelector("[data-start]");
      const start = cell.dataset.before !== undefined ? Number(cell.dataset.before)
        : cell.dataset.follows !== undefined ? above[meter] ?? NaN : value(own?.value ?? "");
      const end = value(cell.value), out = cell.closest("td").querySelector("output");
      const amount = end >= start ? (end - start) * Number(cell.dataset.multiplier) : NaN;
      out.textContent = Number.isNaN(amount) ? "" : `${word} ${shown(amount)} ${out.dataset.unit}`.trim();
      if (!Number.isNaN(amount)) sums[meter] = (sums[meter] ?? 0) + amount;
      above[meter] = end;
    });
    form.querySelectorAll("[data-sum]").forEach((out) => { out.textContent = shown(sums[out.dataset.sum] ?? 0); });
  };
  form.addEventListener("input", work);
  form.addEventListener("paste", (event) => {
    const at = event.target.closest("input[data-meter]");
    const lines = event.clipboardData?.getData("text").replace(/\r?\n$/, "").split(/\r?\n/).map((l) => l.split("\t")) ?? [];
    if (!at || lines.length * (lines[0]?.length ?? 0) < 2) return;
    event.preventDefault();
    const rows = [...form.querySelectorAll("tbody tr")], row = rows.indexOf(at.closest("tr"));
    const column = [...at.closest("tr").children].indexOf(at.closest("td"));
    lines.forEach((line, r) => line.forEach((text, c) => {
      const field = rows[row + r]?.children[column + c]?.querySelector("input[data-meter]");
      if (field) field.value = text.trim();
    }));
    work();
  });
  form.querySelector("button[value=sum]").hidden = true; // the sums are worked out as one types
  window.addEventListener("pageshow", work);
}
