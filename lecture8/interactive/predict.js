// On an executed page: after each "Predict." ask for an answer, and hide what came out until then.
document.addEventListener("DOMContentLoaded", () => {
  const asks = (cell) => [...cell.querySelectorAll("strong")].filter((s) => s.textContent === "Predict.");
  const ends = (cell) => cell.querySelector("h1, h2, h3") || asks(cell).length;
  const make = (tag, inside) => Object.assign(document.createElement(tag), inside);

  // What is asked with a list of answers right below is to be chosen, everything else written.
  function question(paragraph, number) {
    const box = make("div", { className: "lecture8-predict" });
    const list = paragraph.nextElementSibling;
    if (list?.tagName === "UL") {
      for (const item of list.children) {
        const label = make("label", { innerHTML: ` ${item.innerHTML}` });
        label.prepend(make("input", { type: "radio", name: `lecture8-predict-${number}` }));
        box.append(label);
      }
      list.replaceWith(box);
    } else {
      box.append(make("textarea", { rows: 2, ariaLabel: "Your prediction, and why" }));
      paragraph.after(box);
    }
    return box;
  }

  function after(cell) {
    const later = [];
    for (let next = cell.nextElementSibling; next && !ends(next); next = next.nextElementSibling)
      later.push(next);
    return later;
  }

  document.querySelectorAll(".jp-MarkdownCell").forEach((cell, number) => {
    const last = asks(cell).at(-1);
    if (!last) return;
    const box = question(last.closest("p"), number);
    const button = make("button", { type: "button", textContent: "I have decided" });
    const status = make("div", { role: "status" });
    box.append(button, status);
    const later = after(cell);
    later.forEach((next) => next.classList.add("lecture8-later"));
    button.addEventListener("click", () => {
      const given = [...box.querySelectorAll("input, textarea")];
      if (!given.some((x) => (x.type === "radio" ? x.checked : x.value.trim()))) {
        status.textContent = "Decide first: a wrong answer teaches more than none.";
        return;
      }
      [...given, button].forEach((x) => (x.disabled = true));
      status.textContent = "Now look, and compare.";
      later.forEach((next) => next.classList.remove("lecture8-later"));
      window.dispatchEvent(new Event("resize")); // what was drawn while hidden finds its size
    });
  });
});
