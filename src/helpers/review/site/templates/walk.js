/* Makes every bound number, table and figure of a document show where it comes from.

   A value is any element with data-key, an exhibit any element whose id is the label of a
   notebook's cell: so it is in the documents of both engines. What is shown was put into the
   page as JSON when the site was made; nothing is fetched. */
(() => {
  "use strict";
  const facts = JSON.parse(document.getElementById("walk-facts").textContent);
  const panel = document.createElement("dialog");
  let opener = null;

  /** An element with attributes and children; null children are left out. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const code = (text) => make("code", {}, text);
  const quiet = (text) => make("span", { class: "walk-quiet" }, text);
  const address = (notebook, cell) => `notebooks/${notebook}.html#cell-${cell}`;
  const shownText = (element) => element.textContent.replace(/\s+/g, " ").trim();

  /** A list of facts; a fact without content is left out. */
  function list(entries) {
    const shown = entries.filter(([, content]) => content !== null && content !== undefined);
    const parts = shown.map(([name, content]) => {
      const detail = make("dd", { "data-fact": name });
      detail.append(...[content].flat());
      return [make("dt", {}, name), detail];
    });
    return make("dl", {}, ...parts.flat());
  }

  function links(entries) {
    const shown = entries.filter((entry) => entry !== null);
    return make("p", { class: "walk-links" }, ...shown.map(([href, text]) => make("a", { href }, text)));
  }

  function interval(row) {
    if (row.low === undefined && row.high === undefined) return row.interval ?? null;
    const level = row.level === undefined ? "" : `${+(100 * row.level).toFixed(4)}% CI `;
    return `${level}${row.low ?? "not reached"} to ${row.high ?? "not reached"}`;
  }

  function value(row) {
    if (row.value === undefined) return quiet(row.reason ?? "no estimate");
    return row.unit ? [code(row.value), ` ${row.unit}`] : code(row.value);
  }

  function data() {
    const kind = facts.about.notice ? ", synthetic patients" : "";
    return [code(facts.about.data_hash), quiet(`, cut ${facts.about.data_cut}${kind}`)];
  }

  /** What is said of a number. */
  function ofValue(element) {
    const row = facts.rows[element.dataset.key];
    const title = shownText(element);
    const [label, description] = facts.populations[row.population];
    const entries = [
      ["What", row.name],
      ["Value", value(row)],
      ["In full", row.text === title ? null : row.text],
      ["Counts", row.counts],
      ["Interval", interval(row)],
      ["Population", [label, quiet(`: ${description}`)]],
      ["Method", row.method],
      ["Computed in", [code(row.notebook), ", cell ", code(row.cell)]],
      ["Data", data()],
      ["Key", code(row.key)],
    ];
    const leading = [
      [address(row.notebook, row.cell), "Open the notebook at this cell"],
      [`ledger.html#${encodeURIComponent(row.key)}`, "Row in the ledger"],
    ];
    return [title, links(leading), list(entries)];
  }

  /** What is said of a table or a figure. */
  function ofExhibit(button) {
    const exhibit = facts.exhibits[button.dataset.exhibit];
    const kept = exhibit.withheld
      ? "Not part of this site: its rows can stand for single patients. They are in the record."
      : null;
    const entries = [
      ["Shows", exhibit.alt],
      ["Numbers", exhibit.rows ? `${exhibit.rows} rows of the ledger come from this cell` : null],
      ["Computed in", [code(exhibit.notebook), ", cell ", code(exhibit.label)]],
      ["Data", data()],
      ["Data table", kept],
    ];
    const leading = [
      [address(exhibit.notebook, exhibit.label), "Open the notebook at this cell"],
      exhibit.data ? [exhibit.data, "Data as CSV"] : null,
      exhibit.rows ? [`ledger.html#${exhibit.label}`, "Rows in the ledger"] : null,
    ];
    return [button.dataset.name, links(leading), list(entries)];
  }

  /** Where the panel belongs: at the control, or where the click was if that is out of sight. */
  function beside(control, point) {
    const rects = [...control.getClientRects()];
    const seen = rects.some((rect) => rect.bottom > 0 && rect.top < window.innerHeight);
    return seen || !point ? rects : [new DOMRect(point.clientX, point.clientY, 0, 0)];
  }

  /** Put the panel under the control, or above it where there is more room; never over it. */
  function place(control, point) {
    const gap = 8;
    const rects = beside(control, point);
    const box = rects[0] ?? control.getBoundingClientRect();
    const lastLine = rects.at(-1) ?? box;
    const [below, above] = [window.innerHeight - lastLine.bottom - 2 * gap, box.top - 2 * gap];
    panel.style.setProperty("--walk-room", `${Math.max(below, above)}px`);
    const under = panel.offsetHeight <= below || below >= above;
    const top = under ? lastLine.bottom + gap : box.top - gap - panel.offsetHeight;
    const width = document.documentElement.clientWidth;
    const left = Math.max(gap, Math.min(box.left, width - panel.offsetWidth - gap));
    panel.style.setProperty("--walk-x", `${left + window.scrollX}px`);
    panel.style.setProperty("--walk-y", `${top + window.scrollY}px`);
    const hidden = lastLine.bottom + 2 * gap - panel.getBoundingClientRect().top;
    if (getComputedStyle(panel).position === "fixed" && hidden > 0) window.scrollBy(0, hidden);
  }

  function open(control, point = null) {
    const [title, ...content] = (control.dataset.key ? ofValue : ofExhibit)(control);
    const heading = make("h2", { id: "walk-title", tabindex: "-1", autofocus: "" }, title);
    const close = make("button", { type: "button", class: "walk-close", "aria-label": "Close" }, "×");
    close.addEventListener("click", () => panel.close());
    panel.replaceChildren(heading, ...content, close);
    control.focus({ preventScroll: true }); // where the focus goes back to
    control.classList.add("walk-open");
    opener = control;
    const [x, y] = [window.scrollX, window.scrollY];
    panel.showModal();
    panel.scrollTop = 0;
    window.scrollTo(x, y); // showModal scrolls to where the panel was last
    place(control, point);
  }

  /** The control that a click means: a value, the one value of a cell, else the exhibit around it. */
  function meant(target) {
    if (!(target instanceof Element)) return null;
    const direct = target.closest("[data-key][role=button], .walk-source");
    if (direct) return direct;
    if (target.closest("a, button, summary")) return null;
    const cell = target.closest("td, th");
    const within = cell?.querySelectorAll("[data-key][role=button]") ?? [];
    if (within.length === 1) return within[0];
    if (!cell && !target.matches("img")) return null;
    const around = target.closest(".walk-exhibit") ?? target.closest("figure"); // a copy is the figure alone
    return around?.querySelector(".walk-source") ?? null;
  }

  function onClick(event) {
    if (panel.open) {
      const box = panel.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (event.target !== panel || inside) return;
      panel.close();
      const next = meant(document.elementFromPoint(event.clientX, event.clientY));
      if (next && next !== opener) open(next, event);
      return;
    }
    const control = String(window.getSelection()) ? null : meant(event.target);
    if (control) open(control, event);
  }

  function onKey(event) {
    const control = event.target;
    if (event.key !== "Enter" && event.key !== " ") return;
    if (!(control instanceof Element) || !control.matches("[data-key][role=button]")) return;
    event.preventDefault();
    open(control);
  }

  /** What a screen reader says of a number: as it is printed, its counts, whose it is. */
  function spoken(element) {
    const row = facts.rows[element.dataset.key];
    const printed = shownText(element);
    const counted = row.denominator === undefined ? null : row.counts.replace(/ patients$/, "");
    const told = counted === null || printed.includes(`${row.n}/${row.denominator}`);
    const [label] = facts.populations[row.population];
    const whose = /^.\p{Lu}/u.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1);
    return [printed, told ? null : counted, whose, "show where it comes from"].filter(Boolean).join(", ");
  }

  /** A number within a link, as in a table of contents, stays a part of the link. */
  function prepareValue(given) {
    if (given.closest("a, button")) return;
    const element = given.matches("td, th") ? contentsOf(given) : given;
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.setAttribute("aria-haspopup", "dialog");
    element.setAttribute("aria-label", spoken(element));
  }

  /** The contents of a cell that carries a key itself: a cell must stay a cell. */
  function contentsOf(cell) {
    const inner = make("span", { "data-key": cell.dataset.key }, ...cell.childNodes);
    cell.removeAttribute("data-key");
    cell.append(inner);
    return inner;
  }

  /** The caption of a float itself: those of its parts lie deeper. */
  function captionOf(element) {
    const depth = (node) => (node === element ? 0 : 1 + depth(node.parentElement));
    const captions = [...element.querySelectorAll("figcaption, caption")];
    return captions.sort((one, other) => depth(one) - depth(other))[0];
  }

  /** "Figure 4", or "Figure 4 (a)" of a part, as its caption begins. */
  function nameOf(caption, element) {
    const words = shownText(caption);
    const part = words.match(/^\([a-z]+\)/);
    const whole = part && element.parentElement.closest("figure");
    return whole ? `${nameOf(captionOf(whole), whole)} ${part[0]}` : words.split(/[.:](?:\s|$)/)[0];
  }

  function prepareExhibit(label) {
    const found = document.getElementById(label);
    const element = captionOf(found) ? found : found.closest("figure") ?? found;
    const caption = captionOf(element);
    const name = caption ? nameOf(caption, element) : label;
    const button = make("button", { type: "button", class: "walk-source", "data-exhibit": label, "data-name": name, "aria-haspopup": "dialog" }, "Source");
    button.append(make("span", { class: "walk-hidden" }, ` of ${name}`));
    element.classList.add("walk-exhibit");
    (caption ?? element).append(button);
  }

  function prepareMark() {
    const button = make("button", { type: "button", class: "walk-mark", "aria-pressed": "false" }, "Mark numbers");
    button.addEventListener("click", () => {
      const marked = document.documentElement.classList.toggle("walk-marked");
      button.setAttribute("aria-pressed", String(marked));
    });
    document.querySelector(".walk-bar").append(button);
  }

  panel.className = "walk-panel";
  panel.setAttribute("aria-labelledby", "walk-title");
  panel.addEventListener("close", () => opener?.classList.remove("walk-open"));
  document.body.append(panel);
  document.querySelectorAll("[data-key]").forEach(prepareValue);
  Object.keys(facts.exhibits).forEach(prepareExhibit);
  prepareMark();
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
})();
