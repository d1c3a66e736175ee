// Requests to the API. The key is entered once, kept for this tab, and sent in a header only.
const KEPT = "penchant-key";

export const key = () => window.sessionStorage.getItem(KEPT) ?? "";
export const keep = (value) => (value ? window.sessionStorage.setItem(KEPT, value) : window.sessionStorage.removeItem(KEPT));

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `the API answered ${status}`);
    this.status = status;
    this.scope = status === 403 && this.message.includes("scope");
  }
}

export async function ask(path, body) {
  const headers = key() ? { Authorization: `Bearer ${key()}` } : {};
  const options = body === undefined ? { headers } : { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refused(0, { detail: "the API does not answer; is it running?" });
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, found);
  return found;
}

export const pathOf = (user) => `/v1/users/${encodeURIComponent(user)}`;
export const queryOf = (given) => (String(given) ? `?${given}` : "");

export function curl(path) {
  const secret = key() ? ' -H "Authorization: Bearer $PENCHANT_KEY"' : "";
  return `curl${secret} '${window.location.origin}${path.replaceAll("'", "%27")}'`;
}
