// What a user likes: asked as the controls say, drawn as a card per dimension.
import { ask, curl, pathOf, queryOf } from "./asking.js";
import * as charts from "./charts.js";
import { question } from "./controls.js";
import { $, details, element, explain, panel, say, tabulate, tiles } from "./dom.js";
import { clock, number } from "./formats.js";

let asked = 0;
let last = null;

export const redraw = () => last && draw(...last);

// Whether the question was answered and is still the newest one.
export async function show() {
  const user = $("user").value.trim();
  if (!user) return false;
  const turn = ++asked;
  const given = question();
  $("curl").textContent = curl(`${pathOf(user)}/profile${queryOf(given)}`);
  const seen = new URLSearchParams([...given, ["bins", "true"]]);
  const dates = new URLSearchParams([...given].filter(([name]) => name === "days" || name === "at"));
  try {
    const found = await Promise.all([ask(`${pathOf(user)}/profile?${seen}`), ask(`${pathOf(user)}/activity${queryOf(dates)}`)]);
    // Only the newest question is answered, however the answers come in.
    if (turn !== asked) return false;
    say("");
    last = found;
    draw(...found);
    return true;
  } catch (error) {
    if (turn !== asked) return false;
    forget();
    explain(error);
    return false;
  }
}

export async function showAny() {
  try {
    $("user").value = (await ask("/v1/users/any")).user_id;
    return true;
  } catch (error) {
    explain(error);
    return false;
  }
}

// What is drawn must not be taken for the user who was refused.
function forget() {
  last = null;
  $("answer").hidden = $("ranked").hidden = true;
  [...$("cards").children].forEach(drop);
}

function draw(profile, activity) {
  $("answer").hidden = $("ranked").hidden = false;
  const most = Math.max(0, ...Object.values(profile.dimensions).map((summary) => summary.n_eff));
  const fresh = profile.fresh_through ? clock(profile.fresh_through) : "never";
  tiles($("sure"), {
    User: profile.user_id,
    Evidence: profile.evidence === "none" ? "none" : `${number(most)} effective observations`,
    Dates: `${profile.from} to ${profile.to}`,
    "Fresh through": `${fresh}${profile.stale ? " (stale)" : ""}`,
    Prior: profile.prior,
  });
  $("empty").hidden = profile.evidence !== "none";
  drawActivity(profile, activity.days);
  const names = Object.keys(profile.dimensions);
  [...$("cards").children].filter((card) => !names.includes(card.dataset.name)).forEach(drop);
  names.forEach((name) => drawCard(name, profile.dimensions[name]));
}

function drawActivity(profile, days) {
  $("activity-section").hidden = !days.length;
  if (days.length) panel($("activity"), charts.activity(profile.from, profile.to, days), `Items per day; active on ${days.length} days`, charts.activityTable(days));
}

function drop(card) {
  charts.forget(card);
  card.remove();
}

function drawCard(name, summary) {
  const id = `card-${name}`;
  if (!$(id)) {
    const head = element("div", { className: "head" }, element("h3"), element("span"));
    const card = element("article", { id, className: "card" }, head, element("p"), element("div", { className: "chart" }), details());
    card.dataset.name = name;
    $("cards").append(card);
  }
  const [head, line, chart, more] = $(id).children;
  head.firstElementChild.textContent = summary.label;
  head.lastElementChild.textContent = `${number(summary.n_eff)} obs.`;
  head.lastElementChild.title = "effective observations";
  line.textContent = charts.sentence(summary);
  charts.redraw(chart, charts[summary.kind](summary), `${summary.label}: ${charts.sentence(summary)}`);
  tabulate(more, charts.table(summary));
}
