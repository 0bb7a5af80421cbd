// A fault of a file leads to its line: the text is selected and brought into sight.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  if (!link) return;
  const box = document.getElementById(link.hash.slice(1));
  if (!box) return;
  event.preventDefault();
  const lines = box.value.split("\n");
  const line = Math.min(Number(link.dataset.line), lines.length) - 1;
  const start = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
  box.focus();
  box.setSelectionRange(start, start + lines[line].length);
  box.scrollTop = Math.max(0, (box.scrollHeight / lines.length) * (line - 3));
  box.scrollIntoView({ block: "center" });
});
