// Clips in the deck: each plays while its slide is shown, from its first picture on, and has a
// button; some have a slider. Elsewhere, as in the PDF, and for who asked for less motion, nobody
// starts it, and a clip is a still.

(() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  function element(parent, tag, properties) {
    return parent.appendChild(Object.assign(document.createElement(tag), properties));
  }

  function control(figure) {
    const clip = figure.querySelector("svg");
    const parts = clip.querySelectorAll("animate, animateTransform");
    const controls = element(figure.querySelector("figcaption"), "span", { className: "controls" });
    const button = element(controls, "button", { type: "button" });
    let begun = false;

    function say() {
      button.textContent = begun && !clip.animationsPaused() ? "Pause" : "Play";
    }

    function rewind() {
      for (const part of parts) part.endElement();
      begun = false;
      say();
    }

    function play() {
      if (!begun) for (const part of parts) part.beginElement();
      begun = true;
      clip.unpauseAnimations();
      say();
    }

    function pause() {
      clip.pauseAnimations();
      say();
    }

    button.addEventListener("click", () => (button.textContent === "Play" ? play() : pause()));
    if (clip.dataset.slider) slider(clip, controls, () => {
      if (!begun) return;
      rewind();
      play();
    });
    // A mouse leaves the controls when it has done: the next key is for the slides again.
    controls.addEventListener("pointerup", () => setTimeout(() => document.activeElement.blur()));

    pause();
    const slide = figure.closest("svg[data-marpit-svg]");
    const shown = () => slide.classList.contains("bespoke-marp-active");
    let was = false;
    function follow() {
      if (shown() === was) return;
      was = shown();
      rewind();
      if (was && !calm.matches) play();
      else pause();
    }
    new MutationObserver(follow).observe(slide, { attributeFilter: ["class"] });
    addEventListener("beforeprint", () => { rewind(); });
    follow();
  }

  function slider(clip, controls, changed) {
    const choices = [...new Set(Array.from(clip.querySelectorAll("[data-choice]"), (g) => g.dataset.choice))];
    choices.sort((a, b) => a - b);
    const label = element(controls, "label", { textContent: `${clip.dataset.slider} ` });
    const first = clip.querySelector("[data-choice]:not([display])").dataset.choice;
    const range = element(label, "input", { type: "range", min: 0, max: choices.length - 1 });
    range.value = choices.indexOf(first);
    const shown = element(label, "output", {});
    function choose() {
      const choice = choices[range.value];
      range.setAttribute("aria-valuetext", choice);
      shown.textContent = choice;
      for (const group of clip.querySelectorAll("[data-choice]")) {
        if (group.dataset.choice === choice) group.removeAttribute("display");
        else group.setAttribute("display", "none");
      }
    }
    choose();
    range.addEventListener("input", () => { choose(); changed(); });
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!document.querySelector(".bespoke-marp-parent")) return;
    document.querySelectorAll("figure.clip").forEach(control);
  });
})();
