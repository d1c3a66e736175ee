// The question <-> the address bar: a view can be shared by its address. The key is never part of it.
export const read = () => new URLSearchParams(window.location.search);

export function write(view, user, question) {
  const all = new URLSearchParams({ ...(view === "status" ? { view } : {}), ...(user ? { user } : {}) });
  question.forEach((value, name) => all.set(name, value));
  window.history.replaceState(null, "", `${window.location.pathname}${String(all) ? `?${all}` : ""}`);
}
