// /try: sends without leaving the page, waits for answers, shows that the bot is writing.

const SHORTEST = 450; // milliseconds the bot is seen to write
const thread = document.querySelector(".thread");
const composer = document.querySelector(".composer");
const reply = document.querySelector("#reply");
const typing = document.querySelector(".typing");
const nothing = document.querySelector(".nothing");
const spoken = document.querySelector(".spoken");
const words = composer.elements.text;
const address = thread.dataset.address;
let after = Number(thread.dataset.after);
let quiet;
let began = 0;

document.documentElement.classList.add("scripted");
const here = new URL(location.href);
here.searchParams.delete("key");
here.searchParams.delete("after");
here.hash = "";
history.replaceState(null, "", here);
if (!here.searchParams.has("lang")) {
  for (const form of [composer, reply]) form.elements.locale.value = navigator.language;
}

const toEnd = () => { thread.scrollTop = thread.scrollHeight; };

function writing(now) {
  clearTimeout(quiet);
  typing.classList.toggle("now", now);
  spoken.textContent = now ? spoken.dataset.typing : "";
  if (now) {
    began = performance.now();
    quiet = setTimeout(writing, 6000, false);
  }
  toEnd();
}

function place(row) {
  row.classList.add("arriving");
  nothing.hidden = true;
  thread.insertBefore(row, typing);
  toEnd();
}

function own(text) {
  const row = document.createElement("li");
  const bubble = document.createElement("div");
  const line = document.createElement("p");
  row.className = "own waiting";
  bubble.className = "bubble";
  bubble.dir = "auto";
  line.textContent = text;
  bubble.append(line);
  row.append(bubble);
  place(row);
  return row;
}

function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function send(message, row) {
  writing(true);
  try {
    const body = JSON.stringify(message);
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/try/messages", { method: "POST", headers, body });
    if (!answer.ok) throw new Error(answer.status);
    row.classList.remove("waiting");
  } catch {
    writing(false);
    offerAgain(message, row);
  }
}

function offerAgain(message, row) {
  const again = document.createElement("button");
  again.type = "button";
  again.className = "retry";
  again.textContent = thread.dataset.failed;
  again.addEventListener("click", () => { again.remove(); send(message, row); });
  row.append(again);
  toEnd();
}

function say(said, shown) {
  send({ address, locale: reply.elements.locale.value, id: freshId(), ...said }, own(shown));
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = words.value.trim();
  if (text) say({ text }, text);
  words.value = "";
  words.focus();
});

words.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

reply.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, value, textContent } = event.submitter;
  event.submitter.closest("details")?.removeAttribute("open");
  say({ [name]: value }, name === "start" ? "/start" : textContent.trim());
  if (matchMedia("(pointer: fine)").matches) words.focus();
});

document.querySelector(".language select").addEventListener("change", (event) => event.target.form.submit());

thread.addEventListener("toggle", (event) => {
  event.target.closest("li").scrollIntoView({ block: "end" });
}, true);

thread.addEventListener("click", async (event) => {
  const code = event.target.closest("code");
  if (!code || !navigator.clipboard) return;
  await navigator.clipboard.writeText(code.textContent);
  code.classList.add("copied");
  setTimeout(() => code.classList.remove("copied"), 900);
});

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

async function listen() {
  for (;;) {
    try {
      const query = new URLSearchParams({ address, after });
      const answer = await fetch(`/try/messages?${query}`);
      if (!answer.ok) throw new Error(answer.status);
      const found = await answer.json();
      if (found.messages.length) {
        await pause(Math.max(0, began + SHORTEST - performance.now()));
        writing(false);
      }
      for (const message of found.messages) {
        const holder = document.createElement("template");
        holder.innerHTML = message.html;
        place(holder.content.firstElementChild);
      }
      after = found.after;
    } catch {
      await pause(2000);
    }
  }
}

toEnd();
if (matchMedia("(pointer: fine)").matches) words.focus();
listen();
