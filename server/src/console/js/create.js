// Create applications and groups, let users join and leave, send as anybody, call any operation.

const groupKey = (group) => `${group.appId}/${group.groupId}`;
const chosenGroup = (form) => {
  const value = form.elements.group.value;
  if (!value) throw new Error("There is no group yet: create one under “Create and send”.");
  const cut = value.indexOf("/");
  return { app: value.slice(0, cut), group: value.slice(cut + 1) };
};
/* Makes a call of an operation, as `claque call` does, and gives its answer. */
async function call(operation, parameters) {
  const { ok, status, object } = await request("call", { method: "POST", headers: headers(), body: JSON.stringify({ operation, parameters }) });
  return { ok, status, answer: object };
}
async function called(operation, parameters) {
  const { ok, answer } = await call(operation, parameters);
  if (!ok) throw new Error(answer?.error ?? `${answer?.Code}: ${answer?.Message}`);
  return answer;
}
const operate = (pressed, operation, parameters, done = `${operation} was accepted.`) =>
  perform(pressed, callLine(operation, parameters), () => called(operation, parameters), done);

/* What to do on an empty server, in order. */
function firstSteps() {
  const now = state.now;
  if (!now || now.apps.length === 0) return [button("Create an application and a group", ({ currentTarget }) => firstShow(currentTarget), { class: "main" })];
  const groups = now.groups.filter((group) => group.live);
  if (groups.length === 0) return [button("Create a group", ({ currentTarget }) => firstGroup(currentTarget, now.apps.at(-1).appId), { class: "main" })];
  const { appId, groupId } = groups.at(-1);
  return [
    button("Let ada join", ({ currentTarget }) => member(currentTarget, "join", { app: appId, group: groupId, user: "ada" })),
    button(`Send “hello” to ${groupId}`, ({ currentTarget }) => operate(currentTarget, "SendLiveMessageGroup", { AppId: appId, GroupId: groupId, SenderId: "host", MsgType: 10001, Body: "hello" }), { class: "main" }),
  ];
}
const firstGroup = (pressed, AppId) => operate(pressed, "CreateLiveMessageGroup", { AppId, GroupId: "show", CreatorId: "host" }, "The group “show” is there.");
async function firstShow(pressed) {
  const app = await operate(pressed, "CreateLiveMessageApp", { AppName: "show" }, "The application is there.");
  if (app) await firstGroup(pressed, app.AppId);
}
const member = (pressed, verb, who) => perform(pressed, ctl(verb, ...options(who)), () => ask(verb, who), verb === "join" ? `${who.user} is in ${who.group}.` : `${who.user} left ${who.group}.`);

const submitted = (id, job) => $(id).addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const pressed = event.submitter ?? form.querySelector("button");
  try {
    job(Object.fromEntries(new FormData(form)), form, pressed);
  } catch (error) {
    say(error.message, true);
  }
});
submitted("app-form", ({ name, callbacks }, _, pressed) => operate(pressed, "CreateLiveMessageApp", { AppName: name, ...(callbacks ? { EventCallbackUrl: callbacks } : {}) }, (answer) => `Application ${answer.AppId} is there.`));
submitted("group-form", ({ app, group, owner }, _, pressed) => {
  if (!app) throw new Error("There is no application yet: create one first.");
  operate(pressed, "CreateLiveMessageGroup", { AppId: app, GroupId: group, CreatorId: owner }, `The group ${group} is there.`);
});
submitted("member-form", ({ user }, form, pressed) => member(pressed, pressed.value || "join", { ...chosenGroup(form), user }));
submitted("send-form", ({ as, user, level: name, type, body }, form, pressed) => {
  const { app, group } = chosenGroup(form);
  if (as === "client") {
    const asked = { app, group, user, body, level: name, type: Number(type) };
    perform(pressed, ctl("say", ...options(asked)), () => ask("say", asked), "It was accepted.");
    return;
  }
  // The documented weights: likes, texts, gifts.
  const Weight = { NORMAL: 1, MEDIUM: 5, HIGH: 1_000_000 }[name];
  operate(pressed, "SendLiveMessageGroup", { AppId: app, GroupId: group, SenderId: user, MsgType: Number(type), Body: body, Weight }, "It was accepted.");
});

/* Any operation: a field for each documented parameter. */
const operationOf = (name) => reference.operations.find((its) => its.name === name);
function showParameters(given = {}) {
  const spec = operationOf($("operation-name").value.trim());
  $("operation-says").textContent = spec ? `${spec.says} ${spec.callsPerSecond} calls a second.` : "";
  $("operation-parameters").replaceChildren(...(spec?.parameters ?? []).map((its) => {
    const value = given[its.name];
    const suggested = its.name === "AppId" ? state.now?.apps.at(-1)?.appId : its.name === "GroupId" ? state.now?.groups.at(-1)?.groupId : "";
    return node("label", { title: its.says }, node("span", {}, its.name, its.required ? node("b", {}, " *") : null, node("span", { class: "soft" }, ` ${its.kind}`)),
      node("input", { name: its.name, "data-kind": its.kind, autocomplete: "off", required: its.required, value: value === undefined ? (its.required ? suggested : "") : argument(value) }),
      node("span", { class: "soft hint" }, its.says));
  }));
}
function fillOperation(name, parameters) {
  showView("act");
  $("operation-name").value = name;
  showParameters(parameters);
  $("operation-form").scrollIntoView({ block: "start" });
  $("operation-parameters").querySelector("input")?.focus();
}
$("operation-name").addEventListener("input", () => showParameters());
submitted("operation-form", (_, form, pressed) => {
  const operation = $("operation-name").value.trim();
  if (!operationOf(operation)) throw new Error(`${operation} is none of the documented operations.`);
  const inputs = all("input[data-kind]", form).filter((input) => input.value !== "");
  const parameters = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
  perform(pressed, callLine(operation, parameters), async () => {
    const { status: code, answer } = await call(operation, parameters);
    $("operation-answer").hidden = false;
    $("operation-answer").textContent = `${code}\n${pretty(answer)}`;
  });
});

onState((now) => {
  const live = now.groups.filter((group) => group.live);
  const groups = live.map((group) => [groupKey(group), `${group.groupId} (${shortly(group.appId, 8)})`]);
  for (const select of all("select[data-groups]")) showOptions(select, groups.length ? groups : [["", "no group yet"]]);
  const apps = now.apps.map((app) => [app.appId, `${app.name} (${shortly(app.appId, 8)})`]);
  for (const select of all("select[data-apps]")) showOptions(select, apps.length ? apps : [["", "no application yet"]]);
  showOptions($("users"), [...new Set(now.sessions.map((session) => session.user))].slice(0, 50).map((user) => [user, user]));
  showOptions($("group-ids"), [...new Set(live.map((group) => group.groupId))].map((id) => [id, id]));
});
