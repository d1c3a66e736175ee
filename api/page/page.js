// Joins the parts: reads the controls, asks the API, draws what it says.
import * as address from "./address.js";
import { Refused, ask, curl, keep, key } from "./asking.js";
import * as charts from "./charts.js";
import { onChange } from "./theme.js";

const DECAYS = { none: null, exponential: ["half_life", "Half-life, days", "14"], window: ["window", "Days", "7"], linear: ["span", "Days to nothing", "30"], steps: ["steps", "From day:weight, ...", "0:1,7:0.5"] };
const LIVE_MS = 2000;
const $ = (id) => document.getElementById(id);
let catalogue = { types: [], dimensions: [] };
let asked = 0;
let last = null;

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

function explain(error) {
  if (!(error instanceof Refused)) throw error;
  say(error.status === 401 || error.status === 403 ? `${error.message} Enter a key that may read.` : error.message);
}

function question() {
  const found = new URLSearchParams();
  if ($("days").value && $("days").value !== String(catalogue.retention_days)) found.set("days", $("days").value);
  if ($("at").value) found.set("at", $("at").value);
  const decay = $("decay").value;
  if (decay !== "none") {
    found.set("decay", decay);
    found.set(DECAYS[decay][0], $("decay-by").value || DECAYS[decay][2]);
  }
  const weights = catalogue.types.filter((type) => Number($(`weight-${type.name}`).value) !== type.weight);
  if (weights.length) found.set("weights", weights.map((type) => `${type.name}:${$(`weight-${type.name}`).value}`).join(","));
  const chosen = catalogue.dimensions.filter((dimension) => $(`dimension-${dimension.name}`).checked).map((dimension) => dimension.name);
  if (chosen.length && chosen.length < catalogue.dimensions.length) found.set("dimensions", chosen.join(","));
  if ($("baseline").value !== "population") found.set("baseline", $("baseline").value);
  if ($("level").value !== "0.9") found.set("level", $("level").value);
  return found;
}

function fill(given) {
  $("user").value = given.get("user") ?? "";
  $("days").value = given.get("days") ?? catalogue.retention_days;
  $("at").value = given.get("at") ?? "";
  const decay = given.get("decay") in DECAYS ? given.get("decay") : "none";
  $("decay").value = decay;
  $("decay-by").value = DECAYS[decay] ? given.get(DECAYS[decay][0]) ?? DECAYS[decay][2] : "";
  new Map((given.get("weights") ?? "").split(",").map((pair) => pair.split(":"))).forEach((weight, name) => {
    if ($(`weight-${name}`)) $(`weight-${name}`).value = weight;
  });
  const chosen = given.get("dimensions")?.split(",");
  catalogue.dimensions.forEach((dimension) => ($(`dimension-${dimension.name}`).checked = !chosen || chosen.includes(dimension.name)));
  $("baseline").value = given.get("baseline") ?? "population";
  $("level").value = given.get("level") ?? "0.9";
  showDecay();
}

function showDecay() {
  const kind = DECAYS[$("decay").value];
  $("decay-label").textContent = kind ? kind[1] : "Parameter";
  $("decay-by").disabled = !kind;
}

function showWeights() {
  catalogue.types.forEach((type) => ($(`weight-${type.name}-now`).textContent = $(`weight-${type.name}`).value));
}

function build() {
  $("catalogue").textContent = catalogue.name;
  $("days").max = catalogue.retention_days;
  $("decay").append(...Object.keys(DECAYS).map((name) => element("option", { value: name, textContent: name })));
  catalogue.types.forEach((type) => {
    const id = `weight-${type.name}`;
    const now = element("output", { id: `${id}-now`, htmlFor: id });
    const slider = element("input", { id, type: "range", min: "0", max: String(Math.max(10, 2 * type.weight)), step: "0.5", value: String(type.weight) });
    $("weights").append(element("label", { htmlFor: id }, `${type.name} `, now), slider);
  });
  catalogue.dimensions.forEach((dimension) => {
    const box = element("input", { id: `dimension-${dimension.name}`, type: "checkbox", checked: true });
    $("dimensions").append(element("label", { className: "tick" }, box, dimension.label));
  });
}

const path = (user) => `/v1/users/${encodeURIComponent(user)}`;
const query = (given) => (String(given) ? `?${given}` : "");

async function show() {
  const user = $("user").value.trim();
  const given = question();
  address.write(user, given);
  showWeights();
  if (!user) return;
  const turn = ++asked;
  const seen = new URLSearchParams(given);
  seen.set("bins", "true");
  $("curl").textContent = curl(`${path(user)}/profile${query(given)}`);
  try {
    const profile = await ask(`${path(user)}/profile?${seen}`);
    if (turn !== asked) return;
    say("");
    last = profile;
    drawProfile(profile);
    await showActivity(user, given, turn);
  } catch (error) {
    explain(error);
  }
}

function drawProfile(profile) {
  const fresh = profile.fresh_through ? new Date(profile.fresh_through).toLocaleTimeString() : "never";
  const most = Math.max(0, ...Object.values(profile.dimensions).map((summary) => summary.n_eff));
  const told = { User: profile.user_id, Evidence: profile.evidence === "none" ? "none" : charts.effective(most), Dates: `${profile.from} to ${profile.to}`, "Fresh through": `${fresh}${profile.stale ? " (stale)" : ""}`, Prior: profile.prior };
  $("sure").replaceChildren(...Object.entries(told).map(([name, value]) => element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value }))));
  $("empty").hidden = profile.evidence !== "none";
  const names = Object.keys(profile.dimensions);
  [...$("cards").children].filter((card) => !names.includes(card.dataset.name)).forEach(drop);
  names.forEach((name) => drawCard(name, profile.dimensions[name]));
}

function drop(card) {
  charts.forget(card);
  card.remove();
}

function drawCard(name, summary) {
  const id = `card-${name}`;
  if (!$(id)) {
    const card = element("article", { id, className: "card" }, element("h3"), element("p"), element("div", { className: "chart" }), details());
    card.dataset.name = name;
    $("cards").append(card);
  }
  const [title, line, chart, more] = $(id).children;
  title.textContent = summary.label;
  line.textContent = `${charts.sentence(summary)}; ${charts.effective(summary.n_eff)}`;
  charts.redraw(chart, charts[summary.kind](summary), `${summary.label}: ${charts.sentence(summary)}`);
  tabulate(more, charts.table(summary));
}

function details() {
  return element("details", {}, element("summary", { textContent: "As a table" }), element("div", { className: "scroll", tabIndex: 0 }));
}

function tabulate(more, [heads, rows]) {
  const row = (cells, kind) => element("tr", {}, ...cells.map((text) => element(kind, { textContent: text })));
  const head = row(heads, "th");
  [...head.children].forEach((cell) => (cell.scope = "col"));
  more.lastElementChild.setAttribute("role", "group");
  more.lastElementChild.setAttribute("aria-label", "The chart as a table");
  more.lastElementChild.replaceChildren(element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows.map((cells) => row(cells, "td")))));
}

function panel(root, option, description, numbers) {
  if (!root.children.length) root.append(element("div", { className: "chart" }), details());
  charts.redraw(root.children[0], option, description);
  tabulate(root.children[1], numbers);
}

async function showActivity(user, given, turn) {
  const dates = new URLSearchParams([...given].filter(([name]) => name === "days" || name === "at"));
  const found = await ask(`${path(user)}/activity${query(dates)}`);
  if (turn !== asked) return;
  $("activity-section").hidden = !found.days.length;
  if (found.days.length) panel($("activity"), charts.activity(found.days), `Items per day, ${found.days.length} days`, charts.activityTable(found.days));
}

async function rank(event) {
  event?.preventDefault();
  let items;
  try {
    items = JSON.parse($("items").value || "[]");
  } catch (error) {
    say(`The items are no JSON: ${error.message}`);
    return;
  }
  try {
    const found = await ask(`${path($("user").value.trim())}/scores${query(question())}`, { items });
    say("");
    const labels = Object.fromEntries(catalogue.dimensions.map((dimension) => [dimension.name, dimension.label]));
    panel($("ranked"), charts.scored(found.scores, labels), `${found.scores.length} items ranked; first ${found.scores[0].id}`, charts.scoreTable(found.scores));
    $("ranked").firstElementChild.style.height = `${5 + 1.8 * found.scores.length}rem`;
    window.echarts.getInstanceByDom($("ranked").firstElementChild).resize();
  } catch (error) {
    explain(error);
  }
}

async function pick() {
  try {
    const found = await ask(`/page/${catalogue.name}.json`);
    const start = Math.floor(Math.random() * Math.max(1, found.length - 8));
    $("items").value = JSON.stringify(found.slice(start, start + 8), null, 1);
    if ($("user").value) await rank();
  } catch {
    say(`There are no items of ${catalogue.name} to pick from; paste some.`);
  }
}

async function anyUser() {
  try {
    $("user").value = (await ask("/v1/users/any")).user_id;
    await show();
  } catch (error) {
    explain(error);
  }
}

function listen() {
  let waiting;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 150);
  };
  $("who").addEventListener("submit", (event) => (event.preventDefault(), show()));
  $("any").addEventListener("click", anyUser);
  $("question").addEventListener("submit", (event) => event.preventDefault());
  $("question").addEventListener("input", soon);
  $("decay").addEventListener("change", () => {
    $("decay-by").value = DECAYS[$("decay").value]?.[2] ?? "";
    showDecay();
  });
  $("ranking").addEventListener("submit", rank);
  $("pick").addEventListener("click", pick);
  $("copy").addEventListener("click", () => navigator.clipboard.writeText($("curl").textContent));
  $("enter-key").addEventListener("click", () => $("key-dialog").showModal());
  $("key-dialog").addEventListener("close", () => {
    if ($("key-dialog").returnValue) keep($("key-dialog").returnValue === "save" ? $("key").value : "");
    $("key").value = "";
    start();
  });
  onChange(() => last && drawProfile(last));
  setInterval(() => $("live").checked && !document.hidden && show(), LIVE_MS);
}

async function start() {
  try {
    if (!catalogue.name) {
      catalogue = await ask("/v1/catalogue");
      build();
      fill(address.read());
    }
    say("");
    await show();
  } catch (error) {
    explain(error);
    if (!key() && error.status === 401) $("key-dialog").showModal();
  }
}

listen();
start();
