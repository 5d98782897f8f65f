// The server: what is asked of it, what it tells by itself, and the command line that asks the same.

/* A token, where one is set, comes behind # in the page's address or is asked for. */
let token = location.hash.slice(1);
const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});
/* The world that the page stands in; none: the default one. */
const worldName = decodeURIComponent(/^\/_claque\/worlds\/([^/]+)\//.exec(location.pathname)?.[1] ?? "");
const base = worldName ? `/_claque/worlds/${encodeURIComponent(worldName)}/` : "/_claque/";

async function request(path, init) {
  const answer = await fetch(path.startsWith("/") ? path : base + path, init);
  const text = await answer.text();
  let object = null;
  try { object = text ? JSON.parse(text) : null; } catch { object = { text }; }
  return { ok: answer.ok, status: answer.status, object };
}
async function ask(path, body, method = body ? "POST" : "GET") {
  const { ok, status, object } = await request(path, { method, headers: headers(), body: body ? JSON.stringify(body) : undefined });
  if (!ok) throw new Error(object?.error ?? (object?.Code ? `${object.Code}: ${object.Message}` : `${status}`));
  return object;
}
/* One question at a time, and once more where somebody asked meanwhile: what is shown last is the newest answer. */
function oneAtATime(job) {
  let running = null;
  let next = null;
  const rounds = async (about) => {
    for (let now = about; now; now = next) {
      next = null;
      await job(...now);
    }
  };
  return (...about) => {
    if (running) next = about;
    else running = rounds(about).finally(() => { running = null; });
    return running;
  };
}
const query = (pairs) => Object.entries(pairs).filter(([, value]) => value !== "" && value !== null && value !== undefined)
  .map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");

/* Command lines. */
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${String(word).replaceAll("'", "'\\''")}'`);
const where = (worlds = true) => [
  ...(location.host === "127.0.0.1:8787" || location.host === "localhost:8787" ? [] : ["--endpoint", location.host]),
  ...(worlds && worldName ? ["--world", worldName] : []),
];
const line = (words) => words.filter((word) => word !== null && word !== undefined && word !== "").map(quoted).join(" ");
const ctl = (...words) => line(["claque", "ctl", ...where(), ...words]);
const ctlOfServer = (...words) => line(["claque", "ctl", ...where(false), ...words]);
const option = (name, value) => (value === "" || value === null || value === undefined || value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, String(value)]);
const options = (pairs) => Object.entries(pairs).flatMap(([name, value]) => option(name, value));
const argument = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const callLine = (operation, parameters) =>
  line(["claque", "call", ...where(), operation, ...Object.entries(parameters).map(([name, value]) => `${name}=${argument(value)}`)]);
const curlLine = (path, body) =>
  line(["curl", "-X", "POST", ...(token ? ["-H", "Authorization: Bearer $CLAQUE_CONTROL_TOKEN"] : []), `${location.origin}${base}${path}`, "-d", JSON.stringify(body)])
    .replace("'Authorization: Bearer $CLAQUE_CONTROL_TOKEN'", '"Authorization: Bearer $CLAQUE_CONTROL_TOKEN"');
function showCommand(text) {
  $("command").textContent = text;
}
/* An action of the page: the command line that does the same is shown before it is done. */
const perform = (pressed, command, job, done) => {
  showCommand(command);
  return act(pressed, job, done);
};
$("copy-command").addEventListener("click", () => copy($("command").textContent));

/* What the server says by itself: server-sent events, read by hand so that a token can be sent. */
const state = { now: null, listeners: [], feedListeners: [] };
const onState = (listener) => state.listeners.push(listener);
const onFeed = (listener) => state.feedListeners.push(listener);
let newest = 0;
function status(text, up) {
  $("link").textContent = text;
  $("link").className = `badge ${up ? "live" : "off"}`;
}
function take(event, data) {
  if (event === "state") {
    state.now = JSON.parse(data);
    for (const listener of state.listeners) listener(state.now);
    // Live is a page whose figures are the server's, not one whose question was answered.
    status("live", true);
  } else if (event === "feed") {
    const fresh = JSON.parse(data);
    newest = fresh.newest;
    for (const listener of state.feedListeners) listener(fresh.events);
  }
}
async function follow() {
  const answer = await fetch(`${base}stream?after=${newest}`, { headers: headers() });
  if (answer.status === 401) {
    token = prompt("This server's control token:") ?? "";
    return;
  }
  if (!answer.ok) throw new Error(`${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event) take(event, data);
    }
  }
}

/* The texts behind names, asked for once. */
let reference = { rules: {}, readings: {}, limits: {}, operations: [], methods: [], failures: [], codes: [], scenarios: [] };
const rule = (id) => (id ? node("code", { class: "rule", title: reference.rules[id] ?? "" }, id) : "—");
const ruleSaid = (id) => [rule(id), " ", node("span", { class: "soft" }, reference.rules[id] ?? "")];
