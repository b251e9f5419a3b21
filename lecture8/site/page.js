// A page of the site: a link arrives, wide things can be scrolled by keys, the contents close.
document.addEventListener("DOMContentLoaded", () => {
  const visible = (element) => element.getClientRects().length > 0;
  let read = false; // whoever has begun to read is not moved any more
  for (const kind of ["wheel", "touchmove", "keydown"])
    addEventListener(kind, () => (read = true), { once: true, passive: true });

  // What is hidden behind a prediction cannot be scrolled to: its section's heading can.
  function arrive() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target || visible(target)) return target?.scrollIntoView();
    const before = [...document.querySelectorAll("main :is(h1, h2, h3, h4)")].filter(
      (h) => visible(h) && h.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    before.at(-1)?.scrollIntoView();
  }

  function fit() {
    for (const box of document.querySelectorAll("main :is(pre, table, mjx-container)")) {
      const formula = box.matches("mjx-container:not([display])") && box.querySelector("svg");
      const room = box.parentElement.clientWidth;
      if (formula) box.classList.toggle("site-wide", formula.getBoundingClientRect().width > room);
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  }

  addEventListener("hashchange", arrive);
  addEventListener("resize", fit); // also after a prediction: what was hidden had no width
  addEventListener("load", async () => {
    await globalThis.MathJax?.startup?.promise?.catch(() => {}); // formulas have moved what stands below them
    fit();
    if (!read) arrive();
  });

  const contents = document.querySelector(".site-bar details");
  const close = () => (contents.open = false);
  contents.addEventListener("click", (event) => event.target.closest("a") && close());
  document.addEventListener("click", (event) => contents.contains(event.target) || close());
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
});
