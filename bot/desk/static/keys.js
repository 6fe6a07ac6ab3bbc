// Single letters as keys, on pages with a queue or a conversation. Who does not want them turns them off in the help.

const find = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const root = new URL("..", import.meta.url).pathname;
const wish = find("#keys");
const act = (name) => find(`#lease form[data-act="${name}"]`)?.requestSubmit();

function write(field) {
  field?.closest("details")?.setAttribute("open", "");
  field?.focus();
}

function move(step) {
  const links = all("#cases .case > a");
  const at = links.indexOf(document.activeElement);
  const from = at >= 0 ? at : links.findIndex((link) => link.getAttribute("aria-current") === "true");
  links[Math.min(links.length - 1, Math.max(0, from + step))]?.focus();
}

function search() {
  const box = find("input[name=q]");
  if (box) box.focus();
  else location.assign(`${root}search`);
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  r: () => write(find("#composer textarea")),
  n: () => {
    find(".noting")?.setAttribute("open", "");
    write(find("#note textarea"));
  },
  t: () => act("take"),
  e: () => act("resolve"),
  "/": search,
  "?": () => find("#help")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const { key, target } = event;
  const typing = target.closest("input, textarea, select, dialog");
  if (key === "Escape" && typing && !target.closest("dialog")) target.blur();
  if (key === "Enter" && (event.ctrlKey || event.metaKey) && target.form) target.form.requestSubmit();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !wish?.checked || !keys[key]) return;
  event.preventDefault();
  keys[key]();
});

for (const button of all("[data-help]")) button.hidden = false;
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) find("#help")?.showModal();
});

if (wish) {
  wish.checked = localStorage.getItem("desk.keys") !== "off";
  wish.addEventListener("change", () => localStorage.setItem("desk.keys", wish.checked ? "on" : "off"));
}
