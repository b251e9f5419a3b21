// On an executed page: after each "Predict." ask for an answer, and hide what came out until then.
// What came out reaches to the next heading, or to the end of the next question.
document.addEventListener("DOMContentLoaded", () => {
  const make = (tag, inside) => Object.assign(document.createElement(tag), inside);

  // The page as a row of blocks: paragraphs, lists and headings of text, and whole code cells.
  const blocks = [...document.querySelectorAll(".jp-Cell")].flatMap((cell) => {
    const text = cell.querySelector(".jp-RenderedMarkdown");
    return text && !cell.classList.contains("jp-CodeCell") ? [...text.children] : [cell];
  });
  const isHeading = (block) => /^H[1-6]$/.test(block.tagName);
  const isQuestion = (block) =>
    block.tagName === "P" &&
    [...block.querySelectorAll("strong")].some((s) => s.textContent === "Predict.");

  // What is asked with a list of answers right below is to be chosen, everything else written.
  function answerBox(block, list, number) {
    const box = make("div", { className: "lecture8-predict" });
    for (const item of list?.children ?? []) {
      const label = make("label", { innerHTML: ` ${item.innerHTML}` });
      label.prepend(make("input", { type: "radio", name: `lecture8-predict-${number}` }));
      box.append(label);
    }
    if (!list) box.append(make("textarea", { rows: 2, ariaLabel: "Your prediction, and why" }));
    list?.remove();
    block.append(box); // inside the question, so that it is hidden and shown with it
    return box;
  }

  blocks.forEach((block, place) => {
    if (!isQuestion(block)) return;
    const next = blocks[place + 1];
    const list = next?.tagName === "UL" && next.previousElementSibling === block ? next : null;
    const later = [];
    for (const other of blocks.slice(place + (list ? 2 : 1))) {
      if (isHeading(other)) break;
      later.push(other);
      if (isQuestion(other)) break;
    }
    const box = answerBox(block, list, place);
    const button = make("button", { type: "button", textContent: "I have decided" });
    const status = make("span", { role: "status" });
    box.append(button, " ", status);
    later.forEach((other) => other.classList.add("lecture8-later"));
    button.addEventListener("click", () => {
      const given = [...box.querySelectorAll("input, textarea")];
      if (!given.some((x) => (x.type === "radio" ? x.checked : x.value.trim()))) {
        status.textContent = "Decide first: a wrong answer teaches more than none.";
        return;
      }
      [...given, button].forEach((x) => (x.disabled = true));
      status.textContent = "Now look, and compare.";
      later.forEach((other) => other.classList.remove("lecture8-later"));
      window.dispatchEvent(new Event("resize")); // what was drawn while hidden finds its size
    });
  });
});
