// Numbers, shares and times as people read them.
export const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
export const between = ([low, high]) => `${percent(low)} to ${percent(high)}`;
export const plain = (text) => text.replaceAll("_", " ");

export function number(value) {
  const digits = Math.abs(value) < 10 ? 2 : 3;
  return Number(value.toPrecision(digits)).toLocaleString("en");
}

// A year is read without its unit, and without a comma.
export function measured(value, unit) {
  return unit === "year" ? String(Math.round(value)) : number(value);
}
export const unitOf = (summary) => (summary.unit && summary.unit !== "year" ? ` ${summary.unit}` : "");

export const whole = (count) => count.toLocaleString("en");
export const clock = (instant) => new Date(instant).toLocaleTimeString([], { hourCycle: "h23" });
export const seconds = (count) => (count < 120 ? `${Math.round(count)} s` : count < 7200 ? `${Math.round(count / 60)} min` : `${Math.round(count / 3600)} h`);
export const dayOf = (date) => new Date(date).toLocaleDateString("en", { day: "numeric", month: "short", timeZone: "UTC" });
