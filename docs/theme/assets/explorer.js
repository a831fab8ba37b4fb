// Sliders choose among curves that torch computed when the site was built.
// Nothing is computed here. Data comes when an explorer is seen, as a classic
// script, so that pages opened as files work too.
(() => {
  const home = document.currentScript.src.replace(/\.js(\?.*)?$/, "/");

  function run(box, { x, loss, gradient }) {
    const inputs = [...box.querySelectorAll("input")];
    const at = inputs.at(-1);
    const names = inputs.map((input) =>
      input === at ? x : JSON.parse(input.dataset.values),
    );
    const told = box.querySelector(".told");
    const update = () => {
      const chosen = inputs.map((input) => Number(input.value));
      inputs.forEach((input, i) => {
        const name = String(names[i][chosen[i]]);
        input.setAttribute("aria-valuetext", name);
        input.previousElementSibling.value = name;
      });
      const read = chosen.pop();
      const position = chosen.reduce(
        (sum, index, i) => sum * names[i].length + index,
        0,
      );
      const now = { loss: loss[position], gradient: gradient[position] };
      for (const group of box.querySelectorAll("g[data-of]")) {
        const y = now[group.dataset.of];
        const points = x.map((value, i) => `${value} ${y[i]}`);
        const dot = `M${points[read]}h0`;
        group.querySelector(".now").setAttribute("d", `M${points.join("L")}`);
        group.querySelector(".at").setAttribute("d", dot);
      }
      box.classList.toggle(
        "moved",
        inputs.some((x) => x !== at && x.value !== x.defaultValue),
      );
      told.value = told.dataset.says
        .replace("{x}", x[read])
        .replace("{loss}", now.loss[read])
        .replace("{gradient}", now.gradient[read]);
    };
    box.addEventListener("input", update);
    // The pointer over a panel reads where it is.
    box.querySelector(".panels").addEventListener("pointermove", (event) => {
      const group = event.target.closest("svg")?.querySelector("g[data-of]");
      if (!group) return;
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(
        group.getScreenCTM().inverse(),
      );
      const share = (place.x - x[0]) / (x.at(-1) - x[0]);
      at.value = Math.round(share * (x.length - 1));
      update();
    });
    update(); // browsers keep sliders where they were
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      const box = target.parentElement;
      const name = box.dataset.explorer;
      const script = document.createElement("script");
      script.src = `${home}${name}.js`;
      script.onload = () => run(box, window.explorers[name]);
      document.head.append(script);
    }
  });
  // Folded, its panels are not seen.
  document
    .querySelectorAll(".explorer > .panels")
    .forEach((panels) => seen.observe(panels));
})();
