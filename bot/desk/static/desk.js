// The desk: what changes comes by itself, forms are sent without leaving the page. All of it works as plain
// pages and forms too. HTML that is put into the page was made by our own templates, never by anybody's words.

const find = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const root = new URL("..", import.meta.url).pathname;
const lang = document.documentElement.lang || "en";
const me = document.body.dataset.staff;
const texts = find("#texts")?.dataset ?? {};
const talk = find("#conversation[data-member]");
const queue = find("#queue");
const thread = find("#thread");
const composer = find("#composer");
const field = composer && find("textarea", composer);
const banner = find("#cut");
const title = document.title;
const csrf = find("meta[name=csrf-token]")?.content ?? "";

let saying;
const say = (text) => {
  const status = find("#status");
  if (!status || !text) return;
  clearTimeout(saying);
  status.textContent = text;
  saying = setTimeout(() => { status.textContent = ""; }, 5000);
};

function fragment(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

// --- times, in the page's language

const ago = new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "short" });
const span = (unit) => new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 });
const [hours, minutes] = [span("hour"), span("minute")];

function since(instant) {
  const gone = Math.max(0, (Date.now() - instant) / 60000);
  if (gone < 60) return ago.format(-Math.floor(gone), "minute");
  return gone < 2880 ? ago.format(-Math.floor(gone / 60), "hour") : ago.format(-Math.floor(gone / 1440), "day");
}

function lasting(milliseconds) {
  const left = Math.max(0, Math.ceil(milliseconds / 60000));
  const whole = Math.floor(left / 60);
  return whole ? `${hours.format(whole)} ${minutes.format(left % 60)}` : minutes.format(left);
}

function tick() {
  for (const time of all(".case time, .who > time:not(.until), .waits time")) {
    const text = since(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
  for (const left of all("[data-until]")) {
    const rest = Number(left.dataset.until) / 1000 - Date.now();
    left.textContent = lasting(rest);
    left.classList.toggle("soon", rest < 3600000);
    if (rest <= 0 && !left.dataset.over) {
      left.dataset.over = "1";
      listen(); // the bar is drawn anew for whoever connects
    }
  }
}

// --- the conversation

const nearEnd = () => thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
const toEnd = () => { thread.scrollTop = thread.scrollHeight; };
const fresh = document.createElement("button");
fresh.type = "button";
fresh.className = "fresh";
fresh.hidden = true;
fresh.textContent = texts.new ?? "↓";
fresh.addEventListener("click", () => { toEnd(); fresh.hidden = true; });
const pending = [];

function dayBefore(entry) {
  const before = entry.previousElementSibling;
  if (!entry.dataset.day || before?.dataset.day === entry.dataset.day) return;
  const row = document.createElement("li");
  const time = document.createElement("time");
  row.className = "day";
  row.dataset.day = time.dateTime = entry.dataset.day;
  const format = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeZone: "UTC" });
  time.textContent = format.format(new Date(entry.dataset.day));
  row.append(time);
  entry.before(row);
}

function place({ id, html }) {
  const entry = find(".entry", fragment(html));
  if (!entry || !thread) return;
  const known = document.getElementById(`e${id}`);
  const stays = !nearEnd();
  if (known) {
    known.replaceWith(entry);
  } else {
    const others = all(".entry[data-id]", thread);
    const later = others.findLast((one) => BigInt(one.dataset.id) < BigInt(id));
    if (!later && others.length && find("#older")) return; // belongs to a page that is not loaded
    if (later) later.after(entry);
    else thread.prepend(entry);
    dayBefore(entry);
    if (entry.classList.contains("in")) say(texts.came);
    if (entry.classList.contains("out")) settle(find(".words", entry)?.textContent.trim());
  }
  if (!stays) toEnd();
  else if (!known) fresh.hidden = false;
}

function settle(text) {
  const at = pending.findIndex((one) => one.text === text);
  if (at >= 0) pending.splice(at, 1)[0].row.remove();
}

function promise(text) {
  const row = document.createElement("li");
  const line = document.createElement("p");
  const meta = document.createElement("p");
  row.className = "entry out waiting";
  row.dir = "auto";
  row.setAttribute("aria-hidden", "true"); // the real one is read out
  line.className = "words";
  line.dir = "auto";
  line.textContent = text;
  meta.className = "meta";
  meta.textContent = texts.sending ?? "…";
  row.append(line, meta);
  thread.append(row);
  toEnd();
  pending.push({ row, text });
  return row;
}

async function older(link) {
  const answer = await fetch(link.dataset.fragment, { headers: { "x-desk": "fetch" } });
  if (!answer.ok) return;
  const found = fragment(await answer.text());
  const rows = all("li.entry[data-id], li.day", found).filter((row) => !row.id || !document.getElementById(row.id));
  const first = thread.firstElementChild;
  const height = thread.scrollHeight;
  if (first?.classList.contains("day") && rows.some((row) => row.dataset.day === first.dataset.day)) first.remove();
  thread.prepend(...rows);
  thread.scrollTop += thread.scrollHeight - height;
  const next = answer.headers.get("x-desk-older");
  if (!next) link.remove();
  else {
    link.dataset.fragment = next;
    link.href = link.pathname + new URL(next, location).search;
  }
}

// --- the lease and the card

function lease({ version, html }) {
  const old = find("#lease");
  const made = find("#lease", fragment(html));
  if (!old || !made) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const act = focused?.closest("form")?.dataset.act;
  find("details", made)?.toggleAttribute("open", Boolean(find("details[open]", old)));
  old.replaceWith(made);
  if (focused) {
    const form = find(`form[data-act="${act}"]`, made);
    (form?.elements[focused.name] ?? find("button", form ?? made))?.focus({ preventScroll: true });
  }
  renew(version ?? made.dataset.version);
  tick();
  if (made.dataset.mine === old.dataset.mine && shut(made) === shut(old)) return;
  const mine = made.dataset.mine === "true";
  const may = mine && !shut(made);
  const templates = mine && shut(made) === "window_closed" && !find("#templates") && !find("#note-words")?.value;
  if (templates || (may && field?.disabled !== false)) location.reload(); // the page came without what is needed now
  composer?.toggleAttribute("inert", !may);
}

const shut = (bar) => find("[data-shut]", bar)?.dataset.shut ?? "";

function renew(version) {
  talk.dataset.version = version;
  for (const one of all("input[name=version]", talk)) one.value = version;
}

function card({ html }) {
  const place = find("#card");
  const begun = place && all("input:not([type=hidden]), textarea", place).some((one) => one.value !== one.defaultValue);
  if (!place || begun || place.contains(document.activeElement)) return;
  const made = fragment(html);
  place.replaceChildren(...(find("#card", made) ?? made).childNodes);
}

// --- the queue

let waiting = Infinity;

function showQueue({ html, waiting: count, unowned, mine }) {
  const list = find("#cases");
  if (!list) return;
  const focused = document.activeElement?.closest?.(".case")?.id;
  const top = list.scrollTop;
  list.replaceChildren(...all("li", fragment(html)));
  find("#no-cases")?.toggleAttribute("hidden", list.childElementCount > 0);
  dress();
  list.scrollTop = top;
  if (focused) find("a", document.getElementById(focused) ?? undefined)?.focus({ preventScroll: true });
  for (const [name, value] of Object.entries({ waiting: count, unowned, mine })) {
    const shown = document.getElementById(name);
    if (shown) shown.textContent = value.toLocaleString(lang);
  }
  document.title = count ? `(${count}) ${title}` : title;
  if (count > waiting && document.hidden && window.Notification?.permission === "granted") {
    new Notification(title, { body: texts.waits, tag: "desk" });
  }
  waiting = count;
}

function dress() {
  for (const row of all("#cases > .case")) {
    const here = talk !== null && row.dataset.member === talk.dataset.member;
    row.classList.toggle("mine", row.dataset.owner === me);
    row.classList.toggle("here", here);
    if (here) find("a", row)?.setAttribute("aria-current", "true");
  }
  tick();
}

// --- events

let source;
let stamp = talk?.dataset.after ?? "";
let wait = 2000;
let alarm;

const on = (name, work) => source.addEventListener(name, (event) => {
  if (event.lastEventId) stamp = event.lastEventId;
  work(JSON.parse(event.data));
});

function listen() {
  if (!talk && !queue) return;
  source?.close();
  const query = new URLSearchParams();
  if (talk) query.set("member", talk.dataset.member);
  if (stamp) query.set("after", stamp);
  if (queue) query.set("queue", queue.dataset.query ?? "");
  source = new EventSource(`${root}events?${query}`);
  source.addEventListener("open", () => { clearTimeout(alarm); alarm = undefined; wait = 2000; cut(false); });
  source.addEventListener("error", lost);
  on("entry", place);
  on("lease", lease);
  on("card", card);
  on("queue", showQueue);
  on("bye", () => { source.close(); location.reload(); });
  on("reload", () => { source.close(); location.reload(); });
}

function cut(is) {
  if (banner) banner.hidden = !is;
}

async function lost() {
  alarm ??= setTimeout(cut, 3000, true);
  if (source.readyState !== EventSource.CLOSED) return;
  const own = source;
  const answer = await fetch(`${root}queue`, { headers: { "x-desk": "fetch" } }).catch(() => null);
  if (answer?.status === 401) signIn();
  else if (source === own) setTimeout(listen, wait + Math.random() * 1000);
  wait = Math.min(wait * 2, 30000);
}

const signIn = () => location.assign(`${root}sign-in?${new URLSearchParams({ next: location.pathname + location.search })}`);

// --- forms

async function send(form, submitter) {
  const action = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  const data = new FormData(form, submitter);
  const text = form === composer ? String(data.get("words") ?? "").trim() : "";
  const filled = new Map(all("input:not([type=hidden]), textarea, select", form).map((one) => [one, held(one)]));
  const buttons = all("button", form);
  for (const button of buttons) button.disabled = true;
  form.setAttribute("aria-busy", "true");
  find(".wrong", form)?.remove();
  const bubble = text ? promise(text) : null;
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  const headers = { "x-desk": "fetch", "x-csrf-token": csrf };
  const answer = await fetch(action, { method: "POST", headers, body }).catch(() => null);
  const said = await answer?.json().catch(() => ({})) ?? {};
  for (const button of buttons) button.disabled = false;
  form.removeAttribute("aria-busy");
  if (answer?.status === 401) return signIn();
  if (answer?.ok) return sent(form, said, bubble, filled);
  if (bubble) settle(text);
  if (said.html) lease({ html: said.html });
  return refuse(form, said.error ?? texts.failed);
}

const held = (one) => one.files?.[0] ?? (one.type === "checkbox" ? one.checked : one.value);

// What was sent is cleared; what somebody typed meanwhile stays.
function clear(form, filled) {
  for (const [one, value] of filled) {
    if (held(one) !== value) continue;
    if (one.files) one.value = "";
    else if (one.type === "checkbox") one.checked = one.defaultChecked;
    else if (one.options) one.selectedIndex = Math.max(0, [...one.options].findIndex((option) => option.defaultSelected));
    else one.value = one.defaultValue;
  }
  const chosen = all("input[type=file]", form).some((one) => one.files.length);
  for (const output of all("output", form)) if (!chosen || !output.matches(".chosen")) output.textContent = "";
}

function sent(form, said, bubble, filled) {
  if (said.version !== undefined) renew(said.version);
  say(bubble ? texts.sent : texts.done);
  if (bubble) setTimeout(() => { settle(find(".words", bubble).textContent); }, 5000);
  if (form.matches(".act")) return;
  clear(form, filled);
  const key = form.elements.key;
  if (key) key.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  if (form !== composer) return;
  field.dispatchEvent(new Event("input")); // the draft is over
  field.focus();
}

function refuse(form, text) {
  const line = document.createElement("p");
  line.className = "wrong";
  line.setAttribute("role", "alert");
  line.textContent = text ?? "";
  (form.isConnected ? form : talk).prepend(line);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.closest("#conversation, #card") || form.dataset.plain !== undefined) return;
  event.preventDefault();
  send(form, event.submitter);
});

// --- begin

const bell = find("#notify");
if (bell && window.Notification?.permission === "default") {
  bell.hidden = false;
  bell.addEventListener("click", async () => { bell.hidden = await Notification.requestPermission() !== "default"; });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#older");
  if (!link || !thread) return;
  event.preventDefault();
  older(link);
});
if (thread) {
  thread.after(fresh);
  let [atEnd, top] = [!location.hash, 0];
  thread.addEventListener("scroll", () => {
    if (nearEnd()) atEnd = fresh.hidden = true;
    else if (thread.scrollTop < top) atEnd = false;
    top = thread.scrollTop;
  }, { passive: true });
  thread.addEventListener("load", () => { if (atEnd) toEnd(); }, true); // pictures arrive late, and make it longer
  if (!location.hash) toEnd();
}
document.documentElement.classList.add("scripted");
dress();
listen();
setInterval(tick, 15000);
let resting;
document.addEventListener("visibilitychange", () => {
  clearTimeout(resting); // a browser has six connections for all its tabs; who looks again is told what was missed
  if (document.hidden && talk) resting = setTimeout(() => source?.close(), 30000);
  else if (source?.readyState === EventSource.CLOSED) listen();
});
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
