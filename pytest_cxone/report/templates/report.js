"use strict";
// Hides rows of the page that stand there already, and copies; nothing of the report is in here.
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  for (const control of all("[data-scripted]")) control.hidden = false;

  const search = one("#search");
  const said = one("#shown");
  if (search) {
    const operation = one("#operation");
    const severities = all("[name=severity]");
    const differing = one("#differing");
    const read = one("#read");
    const lists = all("[data-list]").map((list) => ({
      list,
      rows: all("[data-row]", list),
      none: one(`#${list.id} [data-none]`),
      folds: all(".fold", list),
    }));
    const texts = new WeakMap();
    const textOf = (row) => {
      if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
      return texts.get(row);
    };

    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = new Set(severities.filter((box) => box.checked).map((box) => box.value));
      const fits = (row) =>
        (!row.dataset.severity || wanted.has(row.dataset.severity)) &&
        (!operation?.value || !row.dataset.operations || row.dataset.operations.split(" ").includes(operation.value)) &&
        (!differing?.checked || !row.dataset.agreement || row.dataset.agreement === "differ") &&
        (!read?.checked || !row.dataset.relevance || row.dataset.relevance === "read") &&
        words.every((word) => textOf(row).includes(word));
      const counts = [];
      for (const { list, rows, none, folds } of lists) {
        if (!rows.length) continue;
        const shown = rows.filter((row) => {
          const fit = fits(row);
          row.classList.toggle("is-out", !fit);
          return fit;
        }).length;
        if (none) none.hidden = shown > 0;
        for (const fold of words.length ? folds : []) {
          if (fold.querySelector("[data-row]:not(.is-out)")) fold.open = true;
        }
        const noun = rows.length === 1 ? list.dataset.list : list.dataset.lists;
        counts.push(`${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} ${noun}`);
      }
      said.textContent = one(".is-out") ? `Shown: ${counts.join(", ")}` : "Everything is shown.";
    };

    const clear = () => {
      search.value = "";
      if (operation) operation.value = "";
      for (const box of severities) box.checked = true;
      for (const box of [differing, read]) if (box) box.checked = false;
      filter();
    };

    search.addEventListener("input", filter);
    for (const control of [operation, differing, read, ...severities]) control?.addEventListener("change", filter);
    one("#clear").addEventListener("click", clear);
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.key === "Escape") {
        clear();
      } else if (event.key === "/" && !event.target.closest("input[type=search], select, textarea")) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    });
    // A browser that comes back to the page may have kept what was typed.
    filter();
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const entry = button.parentElement.querySelector("pre");
    let word = "Copied";
    try {
      await navigator.clipboard.writeText(entry.textContent);
    } catch {
      // No clipboard here, as on a page over plain HTTP.
      getSelection().selectAllChildren(entry);
      word = "Selected: copy it with Ctrl+C";
    }
    const label = button.textContent;
    button.addEventListener("blur", () => { button.textContent = label; }, { once: true });
    button.textContent = word;
    if (said) said.textContent = word;
  });
})();
