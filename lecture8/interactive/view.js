// Draw each box of class lecture8-view that is not drawn yet.
(() => {
  // The library, unpacked once for all boxes; `define`, `module` and `exports` are hidden from it,
  // so that it becomes a global whatever else is on the page.
  async function library() {
    if (window.Chemiscope) return window.Chemiscope;
    const packed = document.querySelector(".lecture8-library").textContent;
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const code = await new Response(stream).text();
    new Function("define", "module", "exports", code)();
    return window.Chemiscope;
  }

  function part(box, name) {
    const div = document.createElement("div");
    div.className = `lecture8-view-${name}`;
    div.id = `lecture8-${name}-${Math.random().toString(36).slice(2)}`;
    box.append(div);
    return div.id;
  }

  async function draw(box) {
    box.dataset.ready = "yes";
    const data = JSON.parse(box.querySelector("script[type='application/json']").textContent);
    const waiting = box.querySelector(".lecture8-waiting");
    // Atoms are coloured by a number only where each of them is an "environment".
    if (Object.values(data.properties ?? {}).some((property) => property.target === "atom")) {
      data.environments = data.structures.flatMap(({ size }, structure) =>
        Array.from({ length: size }, (_, center) => ({ structure, center, cutoff: 0 })),
      );
      data.settings.target = "structure"; // a click chooses a frame, not an atom
    }
    try {
      window.lecture8Library ??= library();
      const Chemiscope = await window.lecture8Library;
      const config = { structure: part(box, "structure") };
      const curve = "map" in data.settings;
      if (curve) config.map = part(box, "map");
      config.info = part(box, "info");
      config.meta = part(box, "meta");
      const kind = curve ? "DefaultVisualizer" : "StructureVisualizer";
      await Chemiscope[kind].load(config, data, new Chemiscope.Warnings());
      waiting.remove();
      if (data.structures.length === 1) document.getElementById(config.info).hidden = true;
      box.dataset.drawn = "yes";
    } catch (error) {
      waiting.textContent = `The atoms cannot be drawn here: ${error}`;
    }
  }

  // Once it is seen: what is hidden has no size yet, and drawing takes a second each.
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || target.dataset.ready) continue;
      seen.unobserve(target);
      draw(target);
    }
  });
  document.querySelectorAll(".lecture8-view:not([data-ready])").forEach((box) => seen.observe(box));
})();
