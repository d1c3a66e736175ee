// The controls <-> the question that they ask. What is as the API has it by default stays out of the question.
import { $, element } from "./dom.js";

const DECAYS = { none: null, exponential: ["half_life", "Half-life, days", "14"], window: ["window", "Days", "7"], linear: ["span", "Days to nothing", "30"], steps: ["steps", "From day:weight, ...", "0:1,7:0.5"] };

export let catalogue = { types: [], dimensions: [] };

export function build(found) {
  catalogue = found;
  $("catalogue").textContent = catalogue.name;
  $("days").max = catalogue.retention_days;
  $("decay").append(...Object.keys(DECAYS).map((name) => element("option", { value: name, textContent: name })));
  $("weights").append(...catalogue.types.flatMap(weight));
  $("dimensions").append(...catalogue.dimensions.map(tick));
  $("decay").addEventListener("change", () => {
    $("decay-by").value = DECAYS[$("decay").value]?.[2] ?? "";
    showDecay();
  });
  $("weights").addEventListener("input", showWeights);
}

function weight(type) {
  const id = `weight-${type.name}`;
  const now = element("output", { id: `${id}-now`, htmlFor: id });
  const slider = element("input", { id, type: "range", min: "0", max: String(Math.max(10, 2 * type.weight)), step: step(type.weight), value: String(type.weight) });
  return [element("label", { htmlFor: id }, `${type.name} `, now), slider];
}

// A slider rounds to its steps what it is given: a weight between them needs finer ones.
function step(weight) {
  return Number.isInteger(2 * weight) ? "0.5" : "any";
}

function tick(dimension) {
  const box = element("input", { id: `dimension-${dimension.name}`, type: "checkbox", checked: true });
  return element("label", { className: "tick" }, box, dimension.label);
}

export function fill(given) {
  $("user").value = given.get("user") ?? "";
  $("days").value = given.get("days") ?? catalogue.retention_days;
  $("at").value = given.get("at") ?? "";
  const decay = given.get("decay") in DECAYS ? given.get("decay") : "none";
  $("decay").value = decay;
  $("decay-by").value = DECAYS[decay] ? given.get(DECAYS[decay][0]) ?? DECAYS[decay][2] : "";
  new Map((given.get("weights") ?? "").split(",").map((pair) => pair.split(":"))).forEach((weight, name) => {
    const slider = $(`weight-${name}`);
    if (!slider) return;
    slider.max = String(Math.max(Number(slider.max), Number(weight) || 0));
    slider.step = step(Number(weight));
    slider.value = weight;
  });
  const chosen = given.get("dimensions")?.split(",");
  catalogue.dimensions.forEach((dimension) => ($(`dimension-${dimension.name}`).checked = !chosen || chosen.includes(dimension.name)));
  $("baseline").value = given.get("baseline") ?? "population";
  $("level").value = given.get("level") ?? "0.9";
  showDecay();
  showWeights();
}

export function question() {
  const decay = $("decay").value;
  const weights = catalogue.types.filter((type) => Number($(`weight-${type.name}`).value) !== type.weight);
  const chosen = catalogue.dimensions.filter((dimension) => $(`dimension-${dimension.name}`).checked).map((dimension) => dimension.name);
  const asked = {
    days: $("days").value !== String(catalogue.retention_days) && $("days").value,
    at: $("at").value,
    decay: decay !== "none" && decay,
    ...(DECAYS[decay] ? { [DECAYS[decay][0]]: $("decay-by").value || DECAYS[decay][2] } : {}),
    weights: weights.map((type) => `${type.name}:${$(`weight-${type.name}`).value}`).join(","),
    dimensions: chosen.length < catalogue.dimensions.length && chosen.join(","),
    baseline: $("baseline").value !== "population" && $("baseline").value,
    level: $("level").value !== "0.9" && $("level").value,
  };
  return new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
}

function showDecay() {
  const kind = DECAYS[$("decay").value];
  $("decay-label").textContent = kind ? kind[1] : "Parameter";
  $("decay-label").hidden = $("decay-by").hidden = !kind;
}

function showWeights() {
  catalogue.types.forEach((type) => ($(`weight-${type.name}-now`).textContent = $(`weight-${type.name}`).value));
}
