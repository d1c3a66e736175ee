// Joins the parts: which view is seen, when what is asked again, and the key.
import * as address from "./address.js";
import { ask, keep, key } from "./asking.js";
import { build, catalogue, fill, question } from "./controls.js";
import { $, explain, say } from "./dom.js";
import * as profile from "./profile.js";
import * as ranking from "./ranking.js";
import * as status from "./status.js";
import { onChange } from "./theme.js";

const AGAIN_MS = 2000;
const SETTLED_MS = 150;
const VIEWS = ["profile", "status"];
let view = "profile";

async function show() {
  address.write(view, $("user").value.trim(), question());
  if (view === "status") await status.show();
  else if (await profile.show()) await ranking.again();
}

function look(at) {
  view = at;
  VIEWS.forEach((name) => {
    $(`${name}-view`).hidden = name !== view;
    $(`to-${name}`).setAttribute("aria-current", name === view ? "page" : "false");
  });
  $("live").parentElement.hidden = view === "status";
  document.title = view === "status" ? "Penchant: the pipeline" : "Penchant: what a user likes";
  return show();
}

function listen() {
  let waiting;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, SETTLED_MS);
  };
  const act = (id, event, does) => $(id).addEventListener(event, (happened) => (happened.preventDefault(), does()));
  VIEWS.forEach((name) => act(`to-${name}`, "click", () => look(name)));
  act("who", "submit", () => look("profile"));
  act("any", "click", async () => (await profile.showAny()) && look("profile"));
  act("question", "submit", soon);
  $("question").addEventListener("input", soon);
  act("ranking", "submit", ranking.rank);
  act("pick", "click", ranking.pick);
  act("copy", "click", () => navigator.clipboard.writeText($("curl").textContent));
  act("enter-key", "click", () => $("key-dialog").showModal());
  $("key-dialog").addEventListener("close", enterKey);
  onChange(() => (view === "status" ? status : profile).redraw());
  setInterval(() => !document.hidden && catalogue.name && (view === "status" || $("live").checked) && show(), AGAIN_MS);
}

function enterKey() {
  if ($("key-dialog").returnValue) keep($("key-dialog").returnValue === "save" ? $("key").value.trim() : "");
  $("key").value = "";
  start();
}

function fold() {
  const narrow = window.matchMedia("(max-width: 52rem)");
  const set = () => ($("controls").open = !narrow.matches);
  narrow.addEventListener("change", set);
  set();
}

async function start() {
  try {
    if (!catalogue.name) {
      build(await ask("/v1/catalogue"));
      fill(address.read());
    }
    say("");
    await look(address.read().get("view") === "status" ? "status" : "profile");
  } catch (error) {
    explain(error);
    if (!key() && error.status === 401) $("key-dialog").showModal();
  }
}

fold();
listen();
start();
