// A dimension, a score or a history -> a chart, and the same numbers as a table for whoever cannot see it.
import { PARTS, animated, colours } from "./theme.js";

const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
const number = (value) => (Math.abs(value) >= 10000 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(4)).toString());
// A year is read without its unit.
const unit = (summary) => (summary.unit === "year" ? "" : ` ${summary.unit}`).trimEnd();
const isLog = (summary) => summary.geometric_mean !== null;
const middle = (summary, bin) => number(isLog(summary) ? Number(Math.sqrt(bin.low * bin.high).toPrecision(2)) : (bin.low + bin.high) / 2);
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
  chart.setOption({ animation: animated(), animationDuration: 300, textStyle: { color: ink, fontFamily: "inherit" }, ...option }, true);
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
const axis = () => ({ axisLabel: { color: colours().quiet, hideOverlap: true }, splitLine: { lineStyle: { color: colours().line } }, axisLine: { show: false }, axisTick: { show: false } });

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
    return `${row.category}: ${percent(row.share)}\n${percent(row.interval[0])} to ${percent(row.interval[1])}\nbaseline ${percent(row.baseline)}`;
  };
  return {
    grid: { left: 4, right: 16, top: 4, bottom: 4, containLabel: true },
    tooltip: tooltip(told),
    xAxis: { type: "value", min: 0, ...axis(), axisLabel: { color: colours().quiet, formatter: (share) => `${Math.round(100 * share)} %` } },
    yAxis: { type: "category", data: rows.map((row) => row.category), ...axis(), axisLabel: { color: ink, width: 110, overflow: "truncate" } },
    series: [
      { type: "bar", barWidth: "55%", itemStyle: { color: user }, data: rows.map((row) => row.share) },
      { type: "custom", renderItem: tick, data: rows.map((row, place) => [row.baseline, place]), z: 3 },
      { type: "custom", renderItem: whisker, data: rows.map((row, place) => [...row.interval, place]), z: 4 },
    ],
  };
}

export function numeric(summary) {
  const { user, baseline, quiet } = colours();
  const bins = summary.bins;
  const told = ({ dataIndex: place }) => {
    const bin = bins[place];
    return `${number(bin.low)} to ${number(bin.high)}${unit(summary)}\n${percent(bin.share)}, baseline ${percent(bin.baseline)}`;
  };
  const inside = (bin) => bin.high > summary.typical_range[0] && bin.low < summary.typical_range[1];
  return {
    grid: { left: 4, right: 12, top: 8, bottom: 4, containLabel: true },
    tooltip: tooltip(told),
    xAxis: { type: "category", data: bins.map((bin) => middle(summary, bin)), ...axis(), splitLine: { show: false } },
    yAxis: { type: "value", ...axis(), axisLabel: { color: quiet, formatter: (share) => `${Math.round(100 * share)} %` } },
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
    grid: { left: 4, right: 16, top: 56, bottom: 4, containLabel: true },
    legend: { type: "scroll", top: 0, textStyle: { color: ink }, pageTextStyle: { color: quiet } },
    tooltip: tooltip(({ seriesName, value, name }) => `${name}\n${seriesName}: ${value.toFixed(2)} nats`),
    xAxis: { type: "value", ...axis() },
    yAxis: { type: "category", data: rows.map((score) => score.id), ...axis(), axisLabel: { color: ink, width: 120, overflow: "truncate" } },
    series: series.map(([name, part], place) => ({ name, type: "bar", stack: "parts", itemStyle: { color: PARTS[place] }, data: rows.map((score) => part(score)) })),
  };
}

export function activity(days) {
  const { user, quiet } = colours();
  return {
    grid: { left: 4, right: 12, top: 8, bottom: 4, containLabel: true },
    tooltip: tooltip(({ name, value }) => `${name}: ${value} items`),
    xAxis: { type: "category", data: days.map((day) => day.date), ...axis(), splitLine: { show: false } },
    yAxis: { type: "value", minInterval: 1, ...axis(), axisLabel: { color: quiet } },
    series: [{ type: "bar", itemStyle: { color: user }, data: days.map((day) => day.items) }],
  };
}

export function sentence(summary) {
  if (summary.kind === "categorical") {
    const first = summary.categories[0];
    return first ? `${first.category} ${percent(first.share)}, ${percent(first.interval[0])} to ${percent(first.interval[1])}` : "nothing stands out";
  }
  const [low, high] = summary.typical_range;
  const or = summary.top_coded !== null && high >= summary.top_coded ? " or more" : "";
  return `mostly ${number(low)} to ${number(high)}${or}${unit(summary)}${summary.multimodal ? ", more than one mode" : ""}`;
}

export const effective = (n) => `${number(n)} effective observations`;

export function table(summary) {
  return summary.kind === "categorical"
    ? [["category", "share", "interval", "baseline"], [...summary.categories, { ...summary.other, category: "all others" }].map((row) => [row.category, percent(row.share), row.interval.map(percent).join(" to "), percent(row.baseline)])]
    : [["from", "to", "share", "baseline"], summary.bins.map((bin) => [number(bin.low), number(bin.high), percent(bin.share), percent(bin.baseline)])];
}

export const scoreTable = (scores) => [["item", "lift, nats", "deviation", "coverage"], scores.map((score) => [score.id, score.lift.toFixed(2), score.deviation.toFixed(2), percent(score.coverage)])];
export const activityTable = (days) => [["date", "items"], days.map((day) => [day.date, String(day.items)])];
