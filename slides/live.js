// Opened as lecture8.html?lab=http://localhost:8888/lab/tree/notebooks, the deck's links to a cell
// lead to the live notebook there, not to its page.
document.addEventListener("DOMContentLoaded", () => {
  const lab = new URLSearchParams(location.search).get("lab");
  if (!/^https?:\/\//.test(lab)) return;
  for (const link of document.querySelectorAll("a[data-cell]")) {
    const [notebook, cell] = link.dataset.cell.split("#");
    link.href = `${lab.replace(/\/$/, "")}/${notebook}.ipynb#cell-id=${cell}`;
  }
});
