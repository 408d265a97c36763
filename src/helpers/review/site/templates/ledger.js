/* Searches, filters and sorts the rows of the ledger, which stand in the page as JSON.

   At most a few hundred rows are drawn at once, so that a ledger of ten thousand stays quick.
   The part of the address after # is searched for. */
(() => {
  "use strict";
  const STEP = 200;
  const { rows, populations } = JSON.parse(document.getElementById("ledger-facts").textContent);
  const find = (id) => document.getElementById(id);
  const body = document.querySelector("#rows tbody");
  const filters = ["notebook", "context", "population", "statistic"];
  const words = (text) => (text ?? "").replace(/_/g, " ");
  const order = new Intl.Collator("en", { numeric: true });
  const by = { name: null, descending: false };
  let found = rows;
  let drawn = 0;

  for (const row of rows) {
    row.number = row.value === undefined ? null : Number(row.value);
    row.haystack = [row.key, row.name, row.text, row.value, row.method, row.cell, row.notebook, row.group, row.reason, populations[row.population]]
      .filter(Boolean).join("\n").toLowerCase();
  }

  function fillFilter(name) {
    const select = find(name);
    const values = [...new Set(rows.map((row) => row[name] ?? ""))].filter(Boolean).sort(order.compare);
    select.append(new Option("All", ""));
    for (const value of values) {
      select.append(new Option(name === "population" ? populations[value] : name === "notebook" ? value : words(value), value));
    }
    select.addEventListener("change", update);
  }

  /** What a column is sorted by; numbers by value, the rest by its words. */
  function rank(row, name) {
    if (name === "value") return row.number;
    if (name === "n") return row.n ?? null;
    if (name === "notebook") return `${row.notebook} ${row.cell}`;
    if (name === "population") return populations[row.population];
    return row[name] ?? null;
  }

  function compare(first, second) {
    const [a, b] = [rank(first, by.name), rank(second, by.name)];
    if (a === null || b === null) return (a === null) - (b === null); // nothing comes last
    const way = typeof a === "number" ? a - b : order.compare(a, b);
    return by.descending ? -way : way;
  }

  function update() {
    const asked = find("search").value.trim().toLowerCase();
    const parts = asked.split(/\s+/).filter(Boolean);
    const chosen = filters.map((name) => [name, find(name).value]).filter(([, value]) => value);
    found = rows.filter((row) =>
      chosen.every(([name, value]) => row[name] === value) && parts.every((part) => row.haystack.includes(part)));
    if (by.name) found.sort(compare);
    else found.sort((a, b) => (b.key === asked) - (a.key === asked)); // the very key comes first
    find("count").textContent = `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
    body.replaceChildren();
    drawn = 0;
    draw();
  }

  /** A cell, with the words that stand before it where a row is shown as a card. */
  function cell(name, ...content) {
    const element = document.createElement("td");
    element.dataset.name = name;
    element.append(...content);
    return element;
  }

  /** A key that may break after each of its words. */
  function key(row) {
    return row.key.split(/(?<=[._])/).flatMap((word) => [word, document.createElement("wbr")]);
  }

  function place(row) {
    const link = document.createElement("a");
    link.href = `notebooks/${row.notebook}.html#cell-${row.cell}`;
    link.textContent = `${row.notebook} · ${row.cell}`;
    return link;
  }

  function line(row) {
    const element = document.createElement("tr");
    const printed = cell("Printed", row.text);
    if (row.value !== undefined) printed.title = `${row.value}${row.unit ? ` ${row.unit}` : ""}`;
    element.append(
      cell("Key", ...key(row)),
      printed,
      cell("Counts", row.counts ?? ""),
      cell("Population", populations[row.population]),
      cell("Statistic", words(row.statistic)),
      cell("Method", row.method ?? row.reason ?? ""),
      cell("Cell", place(row)),
    );
    return element;
  }

  function draw() {
    body.append(...found.slice(drawn, drawn + STEP).map(line));
    drawn = Math.min(drawn + STEP, found.length);
    find("more").hidden = drawn >= found.length;
  }

  function sortBy(button) {
    const name = button.dataset.by;
    by.descending = by.name === name && !by.descending;
    by.name = name;
    for (const head of document.querySelectorAll("#rows th")) head.setAttribute("aria-sort", "none");
    button.closest("th").setAttribute("aria-sort", by.descending ? "descending" : "ascending");
    update();
  }

  function searchAddress() {
    find("search").value = decodeURIComponent(location.hash.slice(1));
    update();
  }

  filters.forEach(fillFilter);
  find("search").addEventListener("input", update);
  find("filters").addEventListener("submit", (event) => event.preventDefault());
  find("more").addEventListener("click", draw);
  document.querySelectorAll("#rows th button").forEach((button) => button.addEventListener("click", () => sortBy(button)));
  window.addEventListener("hashchange", searchAddress);
  searchAddress();
})();
