// A question at a time as large buttons, then selects above the table: only the
// rows and calls that fit are shown, and none before a first choice.
// The page calls this right below them, not once all of it is there: on a slow
// machine what is to go would be seen first. Until then none is shown, so that
// nothing moves.
document.documentElement.classList.add("choosing");
const choose = () => {
  const form = document.querySelector("form.choose");
  const table = document.querySelector("article table");
  const rows = [...table.tBodies[0].rows];
  const names = ["task", "target", "care"]; // in the address, any language
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const cell = (row, column) => row.cells[column].textContent.trim();
  const selects = names.map((name, column) => {
    const values = new Set(rows.map((row) => cell(row, column)));
    const select = make("select", { name, id: `choose-${name}`, autocomplete: "off" });
    select.append(new Option(form.dataset.any, ""));
    select.append(...[...values].map((value) => new Option(value, value)));
    return select;
  });
  const titles = table.tHead.rows[0].cells;
  const status = make("p", { role: "status" });
  form.append(
    ...selects.map((select, column) => {
      const title = titles[column].textContent;
      return make("div", {}, make("label", { htmlFor: select.id }, title), select);
    }),
    make("div", {}, make("button", { type: "reset" }, form.dataset.reset), status),
  );

  // The next question, large: a button chooses as its select above does.
  const ask = make("div", { className: "ask" });
  const question = make("p", { id: "choose-ask" });
  const answers = make("div", { className: "answers" });
  answers.setAttribute("role", "group");
  answers.setAttribute("aria-labelledby", question.id);
  ask.append(question, answers);
  const put = (column, values) => {
    question.textContent = form.dataset.ask.split("|")[column];
    const buttons = [...values].map((value) => {
      const button = make("button", { type: "button" }, value);
      button.addEventListener("click", () => {
        selects[column].value = value;
        changed();
        const next = ask.hidden ? rows.find((row) => !row.hidden) : answers;
        next.querySelector("a, button").focus(); // the answer, or a question
      });
      return button;
    });
    answers.replaceChildren(...buttons);
  };
  form.after(ask);
  const below = [];
  for (let x = ask.nextElementSibling; x; x = x.nextElementSibling) below.push(x);

  // A call: its heading and what stands below it.
  const calls = [...document.querySelectorAll("article h3[id]")].map((heading) => {
    const parts = [heading];
    for (let x = heading.nextElementSibling; x && !/^H\d$/.test(x.tagName); )
      (parts.push(x), (x = x.nextElementSibling));
    return [`#${heading.id}`, parts];
  });

  const fits = (row, but) =>
    selects.every((x, i) => i === but || !x.value || x.value === cell(row, i));
  const show = () => {
    const begun = selects.some((x) => x.value) || location.hash !== "";
    for (const part of below) part.hidden = !begun;
    const links = new Set();
    for (const row of rows) {
      row.hidden = !fits(row);
      for (const link of row.hidden ? [] : row.querySelectorAll("a"))
        links.add(link.getAttribute("href"));
    }
    for (const [link, parts] of calls)
      for (const part of parts) part.hidden = !begun || !links.has(link);
    // What would leave no row can't be chosen.
    selects.forEach((select, i) => {
      const left = new Set(rows.filter((row) => fits(row, i)).map((row) => cell(row, i)));
      for (const option of select.options)
        option.disabled = option.value && !left.has(option.value);
    });
    const shown = rows.filter((row) => !row.hidden);
    const count = shown.length;
    const asks = names.map((_, i) => new Set(shown.map((row) => cell(row, i))));
    const next = asks.findIndex((values) => values.size > 1);
    ask.hidden = next < 0 || (begun && selects.every((x) => !x.value));
    if (!ask.hidden) put(next, asks[next]);
    table.parentElement.classList.toggle("one", count === 1);
    const { one, many } = form.dataset;
    status.textContent = count === 1 ? one : many.replace("{}", count);
  };

  const asked = new URLSearchParams(location.search);
  for (const select of selects) {
    select.value = asked.get(select.name) ?? "";
    if (select.selectedIndex < 0) select.value = ""; // of an older table
  }
  const changed = () => {
    show();
    const chosen = selects.filter((x) => x.value).map((x) => [x.name, x.value]);
    const query = new URLSearchParams(chosen).toString();
    history.replaceState(null, "", location.pathname + (query && `?${query}`));
  };
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed)); // once it's done
  addEventListener("hashchange", show); // a link to a call
  show();
};
