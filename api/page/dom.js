// Elements, the one message line, and a chart with the same numbers as a table beside it.
import { Refused } from "./asking.js";
import * as charts from "./charts.js";

export const $ = (id) => document.getElementById(id);

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function say(text) {
  // Said again, an alert would be read out again.
  if ($("message").textContent === text) return;
  $("message").textContent = text;
  $("message").hidden = !text;
}

export function explain(error) {
  if (!(error instanceof Refused)) throw error;
  say(error.status === 401 || error.scope ? `${error.message} Enter a key that may do this.` : error.message);
}

export function tiles(root, told) {
  root.replaceChildren(...Object.entries(told).map(([name, value]) => element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value }))));
}

export function details() {
  return element("details", {}, element("summary", { textContent: "As a table" }), element("div", { className: "scroll", tabIndex: 0 }));
}

export function tabulate(more, [heads, rows]) {
  const row = (cells, kind) => element("tr", {}, ...cells.map((text) => element(kind, { textContent: text })));
  const head = row(heads, "th");
  [...head.children].forEach((cell) => (cell.scope = "col"));
  more.lastElementChild.setAttribute("role", "group");
  more.lastElementChild.setAttribute("aria-label", "The chart as a table");
  more.lastElementChild.replaceChildren(element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows.map((cells) => row(cells, "td")))));
}

export function panel(root, option, description, numbers, rows = 0) {
  if (!root.children.length) root.append(element("div", { className: "chart" }), details());
  if (rows) root.firstElementChild.style.height = `${5 + 1.8 * rows}rem`;
  charts.redraw(root.firstElementChild, option, description);
  tabulate(root.children[1], numbers);
}
