// How the pipeline does: what the job last told, asked again every two seconds while it is looked at.
import { ask } from "./asking.js";
import * as charts from "./charts.js";
import { $, explain, panel, say, tabulate, tiles } from "./dom.js";
import { clock, plain, seconds, whole } from "./formats.js";

const KEPT = 150;
const readings = [];

export async function show() {
  try {
    const status = await ask("/v1/status");
    say("");
    const report = readings.at(-1)?.reported_at;
    if (status.reported_at && status.reported_at !== report) readings.push(status);
    readings.splice(0, readings.length - KEPT);
    draw(status);
  } catch (error) {
    explain(error);
  }
}

export const redraw = () => readings.length && draw(readings.at(-1));

const known = (value, text) => (value === null ? "not known" : text(value));

function draw(status) {
  const refused = status.rejected && Object.values(status.rejected).reduce((sum, count) => sum + count, 0);
  tiles($("pipeline"), {
    Job: status.job === "unheard" ? "never heard of" : status.job,
    "Records a second": known(status.records_per_second, (rate) => whole(Math.round(rate * 10) / 10)),
    "Lag, records": known(status.lag, whole),
    "Fresh through": known(status.fresh_through, clock) + (status.stale ? " (stale)" : ""),
    "Dead letters": known(refused, whole),
    Generation: String(status.generation),
  });
  $("job-says").textContent = told(status);
  $("measures").hidden = !status.reported_at;
  if (status.reported_at) drawMeasures(status);
}

function told(status) {
  if (status.job === "unheard") return "The job has told nothing yet: was it ever started for this generation? Profiles are served from what is stored.";
  const when = `The last report is of ${clock(status.reported_at)}`;
  if (status.job === "silent") return `${when}: the job is down, or cannot reach Kafka or the store. Its present rate and lag are not known; profiles are served, as fresh as stated.`;
  const behind = (new Date(status.reported_at) - new Date(status.fresh_through)) / 1000;
  return `${when}; then profiles were ${seconds(Math.max(0, behind))} behind the log. What no completed checkpoint covers counts as lag.`;
}

function drawMeasures(status) {
  const times = readings.map((one) => clock(one.reported_at));
  drawLine("rate", "Records a second", times, readings.map((one) => one.records_per_second));
  drawLine("lag", "Lag, records", times, readings.map((one) => one.lag));
  const reasons = Object.entries(status.rejected).sort((a, b) => b[1] - a[1]).map(([reason, count]) => [plain(reason), count]);
  $("rejected-section").hidden = !reasons.length;
  if (reasons.length) panel($("rejected"), charts.counted(reasons), `Dead letters: ${reasons.map(([reason, count]) => `${reason} ${count}`).join(", ")}`, [["reason", "letters"], reasons.map(([reason, count]) => [reason, whole(count)])], reasons.length);
  const rows = status.partitions.map((one) => [one.partition, one.next_offset, one.log_end, one.lag].map(whole));
  tabulate($("partitions"), [["partition", "next offset", "log end", "lag"], rows]);
}

function drawLine(id, name, times, values) {
  const now = values.at(-1);
  panel($(id), charts.line(times, values), `${name} since this page was opened; now ${known(now, whole)}`, [["at", name], times.map((at, place) => [at, known(values[place], whole)])]);
}
