// Writing an answer: what it costs while it is typed, ready answers, files by name, a draft that outlives the page.

const find = (selector, inside = document) => inside.querySelector(selector);
const composer = find("#composer");
const field = composer && find("textarea", composer);
const csrf = find("meta[name=csrf-token]")?.content ?? "";
const draft = `desk.draft.${find("#conversation")?.dataset.member}`;
let measuring;
let later;

async function measure() {
  measuring?.abort();
  measuring = new AbortController();
  const output = find("#measure");
  if (!output || !field.value.trim()) {
    if (output) output.textContent = "";
    return;
  }
  const body = new URLSearchParams({ words: field.value, csrf });
  const headers = { "x-desk": "fetch", "x-csrf-token": csrf };
  const asked = { method: "POST", headers, body, signal: measuring.signal };
  const answer = await fetch(composer.dataset.measure, asked).catch(() => null);
  if (!answer?.ok) return;
  const found = await answer.json();
  output.textContent = found.words;
}

function typed() {
  if (field.value) sessionStorage.setItem(draft, field.value);
  else sessionStorage.removeItem(draft);
  clearTimeout(later);
  later = setTimeout(measure, 250);
}

if (field) {
  field.value ||= sessionStorage.getItem(draft) ?? "";
  field.addEventListener("input", typed);
  if (field.value) measure();
  find("#canned")?.addEventListener("change", ({ target }) => {
    const text = target.selectedOptions[0]?.dataset.text;
    if (text) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    target.value = "";
    field.focus();
    typed();
  });
}

document.addEventListener("change", ({ target }) => {
  if (target.type !== "file") return;
  const format = { style: "unit", unit: "kilobyte", unitDisplay: "short" };
  const size = new Intl.NumberFormat(document.documentElement.lang || "en", format);
  const shown = find("output.chosen", target.form) ?? document.createElement("output");
  shown.className = "chosen";
  shown.textContent = [...target.files].map((one) => `${one.name} (${size.format(Math.ceil(one.size / 1024))})`).join(", ");
  target.form.append(shown);
});
