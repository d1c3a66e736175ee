// Colours for light and dark. Blue and orange are told apart with every common colour blindness.
const LIGHT = { user: "#0072b2", baseline: "#b35900", ink: "#16191d", quiet: "#515a66", line: "#dfe3e8", against: "#b35900" };
const DARK = { user: "#56b4e9", baseline: "#e69f00", ink: "#eceff3", quiet: "#a9b2bd", line: "#3b434d", against: "#e69f00" };
// Okabe and Ito's palette, for the parts of a score.
export const PARTS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c00", "#7f7f7f"];

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

export const colours = () => (dark.matches ? DARK : LIGHT);
export const animated = () => !still.matches;
export const onChange = (act) => [dark, still].forEach((query) => query.addEventListener("change", act));
