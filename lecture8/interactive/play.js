// Let the sliders of each box of class lecture8-play choose among its pictures.
(() => {
  function begin(box) {
    box.dataset.ready = "yes";
    const data = JSON.parse(box.querySelector("script[type='application/json']").textContent);
    const sliders = [...box.querySelectorAll("input")];
    const said = [...box.querySelectorAll("output")];
    const picture = box.querySelector("img");
    const show = () => {
      let place = 0; // the last slider runs fastest, as in itertools.product
      sliders.forEach((slider, k) => {
        place = place * data.values[k].length + Number(slider.value);
        said[k].textContent = data.values[k][slider.value];
      });
      picture.src = `data:image/png;base64,${data.images[place]}`;
    };
    sliders.forEach((slider) => slider.addEventListener("input", show));
  }
  document.querySelectorAll(".lecture8-play:not([data-ready])").forEach(begin);
  // In JupyterLab an arrow key would go to the notebook, not to the slider.
  const keep = (event) => event.target.closest?.(".lecture8-play") && event.stopPropagation();
  window.lecture8Keys ??= window.addEventListener("keydown", keep, true) ?? true;
})();
