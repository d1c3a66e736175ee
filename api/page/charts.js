// A dimension, a score or a history -> a chart, and the same numbers as a table for whoever cannot see it.
import { between, dayOf, measured, percent, plain, unitOf, whole } from "./formats.js";
import { PARTS, animated, colours } from "./theme.js";

const isLog = (summary) => summary.geometric_mean !== null;
const middle = (summary, bin) => measured(isLog(summary) ? Number(Math.sqrt(bin.low * bin.high).toPrecision(2)) : (bin.low + bin.high) / 2, summary.unit);
const open = new Map();

new ResizeObserver(() => open.forEach((chart) => chart.resize())).observe(document.documentElement);

export function redraw(element, option, description) {
  let chart = open.get(element);
  if (!chart || chart.isDisposed()) {
    chart = window.echarts.init(element, null, { renderer: "canvas" });
    open.set(element, chart);
  }
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", description);
  const { ink } = colours();
  chart.setOption({ animation: animated(), animationDuration: 300, textStyle: { color: ink, fontFamily: family() }, ...option }, true);
}

export function forget(root) {
  open.forEach((chart, element) => {
    if (root.contains(element)) {
      chart.dispose();
      open.delete(element);
    }
  });
}

// Tooltips as HTML would need inline styles, which the page's policy forbids.
const tooltip = (formatter) => ({ trigger: "item", renderMode: "richText", confine: true, formatter });
const narrow = () => window.matchMedia("(max-width: 52rem)").matches;
const family = () => window.getComputedStyle(document.body).fontFamily;
// The font is named again here because labels are measured by it, to leave them room.
const axis = (label = {}, more = {}) => ({
  axisLabel: { color: colours().quiet, fontFamily: family(), hideOverlap: true, ...label },
  splitLine: { lineStyle: { color: colours().line } },
  axisLine: { show: false },
  axisTick: { show: false },
  ...more,
});
const unlined = { splitLine: { show: false } };
const shares = (more) => axis({ formatter: (share) => `${Math.round(100 * share)} %` }, { type: "value", min: 0, splitNumber: 4, ...more });
const names = (data, width = 110) => axis({ color: colours().ink, width, overflow: "truncate" }, { type: "category", data });
const grid = (more = {}) => ({ left: 6, right: 16, top: 8, bottom: 4, containLabel: true, ...more });

export function categorical(summary) {
  const { user, baseline, ink } = colours();
  const rows = [...summary.categories, { ...summary.other, category: "all others" }].reverse();
  const whisker = (_, api) => {
    const [low, y] = api.coord([api.value(0), api.value(2)]);
    const [high] = api.coord([api.value(1), api.value(2)]);
    const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: ink, lineWidth: 1.5 } });
    return { type: "group", children: [line(low, y, high, y), line(low, y - 4, low, y + 4), line(high, y - 4, high, y + 4)] };
  };
  const tick = (_, api) => {
    const [x, y] = api.coord([api.value(0), api.value(1)]);
    return { type: "line", shape: { x1: x, y1: y - 9, x2: x, y2: y + 9 }, style: { stroke: baseline, lineWidth: 3 } };
  };
  const told = ({ dataIndex: place }) => {
    const row = rows[place];
    return `${plain(row.category)}: ${percent(row.share)}\n${between(row.interval)}\nbaseline ${percent(row.baseline)}`;
  };
  return {
    grid: grid({ right: 20 }),
    tooltip: tooltip(told),
    xAxis: shares(),
    yAxis: names(rows.map((row) => plain(row.category))),
    series: [
      { type: "bar", barWidth: "55%", itemStyle: { color: user }, data: rows.map((row) => row.share) },
      { type: "custom", renderItem: tick, data: rows.map((row, place) => [row.baseline, place]), z: 3 },
      { type: "custom", renderItem: whisker, data: rows.map((row, place) => [...row.interval, place]), z: 4 },
    ],
  };
}

export function numeric(summary) {
  const { user, baseline } = colours();
  const bins = summary.bins;
  const told = ({ dataIndex: place }) => {
    const bin = bins[place];
    return `${measured(bin.low, summary.unit)} to ${measured(bin.high, summary.unit)}${unitOf(summary)}\n${percent(bin.share)}, baseline ${percent(bin.baseline)}`;
  };
  const inside = (bin) => bin.high > summary.typical_range[0] && bin.low < summary.typical_range[1];
  return {
    grid: grid(),
    tooltip: tooltip(told),
    xAxis: axis({}, { type: "category", data: bins.map((bin) => middle(summary, bin)), ...unlined }),
    yAxis: shares(),
    series: [
      { type: "bar", barCategoryGap: "8%", data: bins.map((bin) => ({ value: bin.share, itemStyle: { color: user, opacity: inside(bin) ? 1 : 0.4 } })) },
      { type: "line", step: "middle", symbol: "none", lineStyle: { color: baseline, width: 2 }, data: bins.map((bin) => bin.baseline), z: 3 },
    ],
  };
}

export function scored(scores, labels) {
  const { ink, quiet } = colours();
  const size = new Map();
  scores.forEach((score) => Object.entries(score.parts).forEach(([name, part]) => size.set(name, (size.get(name) ?? 0) + Math.abs(part))));
  const named = [...size.entries()].sort((a, b) => b[1] - a[1]).slice(0, PARTS.length - 1).map(([name]) => name);
  const rest = (score) => Object.entries(score.parts).filter(([name]) => !named.includes(name)).reduce((sum, [, part]) => sum + part, 0);
  const rows = [...scores].reverse();
  const series = [...named.map((name) => [labels[name] ?? name, (score) => score.parts[name] ?? 0]), ["the rest", rest]];
  return {
    grid: grid({ top: 48, bottom: 28 }),
    legend: { type: "scroll", top: 8, textStyle: { color: ink }, pageTextStyle: { color: quiet } },
    tooltip: tooltip(({ seriesName, value, name }) => `${name}\n${seriesName}: ${value.toFixed(2)} nats`),
    xAxis: axis({}, { type: "value", name: "log lift, nats", nameLocation: "middle", nameGap: 28, nameTextStyle: { color: quiet } }),
    yAxis: names(rows.map((score) => score.title), narrow() ? 110 : 230),
    series: series.map(([name, part], place) => ({ name, type: "bar", stack: "parts", itemStyle: { color: PARTS[place] }, data: rows.map((score) => part(score)) })),
  };
}

export function activity(from, to, days) {
  const items = new Map(days.map((day) => [day.date, day.items]));
  return {
    grid: grid(),
    tooltip: tooltip(({ name, value }) => `${name}: ${value} items`),
    xAxis: axis({ formatter: dayOf }, { type: "category", data: dates(from, to), ...unlined }),
    yAxis: axis({}, { type: "value", minInterval: 1, splitNumber: 3 }),
    series: [{ type: "bar", itemStyle: { color: colours().user }, data: dates(from, to).map((date) => items.get(date) ?? 0) }],
  };
}

function dates(from, to) {
  const found = [];
  for (let at = new Date(from); at <= new Date(to); at.setUTCDate(at.getUTCDate() + 1)) found.push(at.toISOString().slice(0, 10));
  return found;
}

export function line(times, values) {
  const { user } = colours();
  return {
    grid: grid({ left: 16, right: 36 }),
    tooltip: { ...tooltip(([{ name, value }]) => `${name}: ${value == null ? "not known" : whole(value)}`), trigger: "axis" },
    xAxis: axis({}, { type: "category", data: times, boundaryGap: false, ...unlined }),
    yAxis: axis({}, { type: "value", min: 0, minInterval: 1, splitNumber: 4 }),
    // What is not known leaves a gap.
    series: [{ type: "line", showSymbol: values.length < 2, lineStyle: { color: user, width: 2 }, itemStyle: { color: user }, areaStyle: { color: user, opacity: 0.15 }, data: values }],
  };
}

export function counted(pairs) {
  const { baseline, ink } = colours();
  const rows = [...pairs].reverse();
  return {
    grid: grid({ right: 48 }),
    tooltip: tooltip(({ name, value }) => `${name}: ${whole(value)}`),
    xAxis: axis({}, { type: "value", minInterval: 1, splitNumber: 4 }),
    yAxis: names(rows.map(([name]) => name), 160),
    series: [{ type: "bar", barMaxWidth: 18, itemStyle: { color: baseline }, label: { show: true, position: "right", color: ink }, data: rows.map(([, count]) => count) }],
  };
}

export function sentence(summary) {
  if (summary.kind === "categorical") {
    const first = summary.categories[0];
    return first ? `${plain(first.category)}: ${percent(first.share)} (${between(first.interval)})` : "nothing stands out";
  }
  const [low, high] = summary.typical_range;
  const or = summary.top_coded !== null && high >= summary.top_coded ? " or more" : "";
  return `mostly ${measured(low, summary.unit)} to ${measured(high, summary.unit)}${or}${unitOf(summary)}${summary.multimodal ? ", more than one mode" : ""}`;
}

export function table(summary) {
  return summary.kind === "categorical"
    ? [["category", "share", "interval", "baseline"], [...summary.categories, { ...summary.other, category: "all others" }].map((row) => [plain(row.category), percent(row.share), between(row.interval), percent(row.baseline)])]
    : [["from", "to", "share", "baseline"], summary.bins.map((bin) => [measured(bin.low, summary.unit), measured(bin.high, summary.unit), percent(bin.share), percent(bin.baseline)])];
}

export const scoreTable = (scores) => [["item", "lift, nats", "deviation", "coverage"], scores.map((score) => [score.title, score.lift.toFixed(2), score.deviation.toFixed(2), percent(score.coverage)])];
export const activityTable = (days) => [["date", "items"], days.map((day) => [day.date, String(day.items)])];
