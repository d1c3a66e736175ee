// Which of these items would the user like? Pasted as JSON, or real ones that are shipped.
import { ask, pathOf, queryOf } from "./asking.js";
import * as charts from "./charts.js";
import { catalogue, question } from "./controls.js";
import { $, explain, panel, say } from "./dom.js";
import { plain } from "./formats.js";

const PICKED = 8;
let asked = 0;

// Another question ranks what was ranked anew.
export const again = () => $("ranked").children.length && rank();

export async function rank() {
  const user = $("user").value.trim();
  if (!user) return say("Whom should the items suit? Enter a user first.");
  let items;
  try {
    items = JSON.parse($("items").value || "[]");
  } catch (error) {
    return say(`The items are no JSON: ${error.message}`);
  }
  const turn = ++asked;
  try {
    const { scores } = await ask(`${pathOf(user)}/scores${queryOf(question())}`, { items });
    if (turn !== asked) return;
    say("");
    const labels = Object.fromEntries(catalogue.dimensions.map((dimension) => [dimension.name, dimension.label]));
    const named = scores.map((score) => ({ ...score, title: title(items.find((item) => item.id === score.id)) }));
    panel($("ranked"), charts.scored(named, labels), `${scores.length} items ranked; first ${named[0].title}`, charts.scoreTable(named), scores.length);
  } catch (error) {
    if (turn !== asked) return;
    forget();
    explain(error);
  }
}

function forget() {
  charts.forget($("ranked"));
  $("ranked").replaceChildren();
}

export async function pick() {
  try {
    const found = await ask(`/page/${catalogue.name}.json`);
    const start = Math.floor(Math.random() * Math.max(1, found.length - PICKED));
    $("items").value = JSON.stringify(found.slice(start, start + PICKED), null, 1);
  } catch {
    return say(`There are no items of ${catalogue.name} to pick from; paste some.`);
  }
  if ($("user").value) await rank();
}

// An item is told by the first words that the catalogue reads of it.
function title(item) {
  const words = catalogue.dimensions.filter((dimension) => dimension.kind === "categorical").map((dimension) => item[dimension.path]);
  return [...words.filter(Boolean).slice(0, 2).map(String).map(plain), item.id].join(" ");
}
