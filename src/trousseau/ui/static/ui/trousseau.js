"use strict"; // Enhancement only: every page works without this file.
const all = (selector, root = document) => root.querySelectorAll(selector);
const one = (selector, root) => all(selector, root)[0];
const aria = (element, name, value) => element.setAttribute(`aria-${name}`, value);
const json = async (url, options) => {
  const answer = await fetch(url, options);
  return answer.ok ? answer.json() : Promise.reject(answer.status);
};
const say = (text) => { one("#spoken").textContent = text; };
const later = (wait, action, timer) => () => {
  clearTimeout(timer);
  timer = setTimeout(action, wait);
};

// The eye inside a password field.
for (const button of all("[data-reveal]")) {
  const input = one("input", button.parentNode);
  const reveal = (shown) => {
    input.type = shown ? "text" : "password";
    aria(button, "pressed", shown);
  };
  button.hidden = false;
  button.onmousedown = () => false; // the caret stays in the field
  button.onclick = () => {
    reveal(input.type === "password");
    say(button.dataset[input.type]);
  };
  input.form.addEventListener("submit", () => reveal(false)); // else browsers keep it as plain text
}

// The line under a new password changes at once, and is spoken when typing pauses.
for (const input of all("[data-strength]")) {
  const line = one(".strength"), words = line.lastElementChild, advice = words.textContent;
  const speak = later(700, () => say(words.textContent));
  const tell = (state, text) => {
    line.dataset.state = state;
    words.textContent = text;
    speak();
  };
  const ask = later(250, async () => {
    const password = input.value, body = new URLSearchParams({ password });
    try {
      const { accepted, message } = await json(input.dataset.strength, { method: "POST", body });
      if (password === input.value) tell(accepted ? "done" : "wait", message);
    } catch { tell("wait", advice); }
  });
  input.oninput = () => {
    const n = input.dataset.minimum - [...input.value].length;
    if (n > 0) tell("wait", input.value ? line.dataset[n > 1 ? "many" : "one"].replace("{n}", n) : advice);
    else ask();
  };
}

// The picker of memberships.
const fold = (text) => text.replace(/./g, (c) => c.normalize("NFD")[0]).toLowerCase();
const fill = (row, { name, place }, query) => {
  const mark = document.createElement("mark"), start = fold(name).indexOf(fold(query)), end = start + query.length;
  mark.textContent = name.slice(start, end);
  one("b", row).replaceChildren(...(start < 0 ? [name] : [name.slice(0, start), mark, name.slice(end)]));
  one("small", row).textContent = place;
  one(".initials", row).textContent = (name.match(/[\p{L}\p{N}]+/gu) || []).slice(0, 2).map((word) => word[0]).join("");
};
const memory = (item) => {
  try {
    const known = JSON.parse(localStorage["trousseau.memberships"] || "[]");
    if (!item) return known;
    const others = known.filter(({ slug }) => slug !== item.slug);
    localStorage["trousseau.memberships"] = JSON.stringify([item, ...others].slice(0, 3));
  } catch { return []; }
};

for (const input of all("[data-picker]")) {
  const { form } = input, list = one("#results"), count = one("#count"), chosen = one(".chosen");
  let items = [], active, asked;
  const point = (index) => {
    active = index;
    all("li", list).forEach((row, i) => aria(row, "selected", i === index));
    aria(input, "activedescendant", index < 0 ? "" : `row-${index}`);
  };
  const choose = (item) => {
    memory(item);
    if (!chosen) return location.assign(`/${item.slug}/`);
    fill(chosen, item, "");
    one("[name=membership]").value = item.slug;
    form.hidden = !(chosen.hidden = false);
    one("[name=email]").focus();
  };
  const show = (found, text, query = "") => {
    items = found;
    list.role = "listbox";
    list.replaceChildren(...items.map((item, i) => {
      const row = one("#row").content.firstElementChild.cloneNode(true);
      fill(row, item, query);
      row.id = `row-${i}`;
      row.onclick = () => choose(item);
      return row;
    }));
    aria(input, "expanded", items.length > 0);
    count.textContent = text;
    say(text);
    point(query && items.length ? 0 : -1);
  };
  const look = later(80, async () => {
    const q = input.value.trim(), words = count.dataset;
    asked?.abort();
    if (!q) return show(memory(), memory()[0] ? words.remembered : "");
    asked = new AbortController();
    try {
      const url = `${input.dataset.picker}?${new URLSearchParams({ q })}`;
      const found = await json(url, { signal: asked.signal }), n = found.length;
      const text = words[n > 19 ? "most" : ["none", "one"][n] || "many"];
      show(found, text.replace("{n}", n).replace("{q}", q), q);
    } catch { /* Enter still sends the form */ }
  });
  input.onkeydown = (event) => {
    const last = items.length - 1, { key } = event;
    const to = { ArrowDown: active < last ? active + 1 : 0, ArrowUp: active > 0 ? active - 1 : last, Home: 0, End: last }[key];
    if (items[to]) {
      point(to);
      list.children[to].scrollIntoView({ block: "nearest" });
    } else if (key === "Enter" && active >= 0) choose(items[active]);
    else if (key === "Escape" && active >= 0) point(-1);
    else return;
    event.preventDefault();
  };
  input.oninput = () => {
    point(-1); // Enter never takes a row found for other words
    look();
  };
  input.role = "combobox";
  aria(input, "expanded", false);
  if (input.value || !list.children.length) look();
  for (const link of all("[data-change]")) link.onclick = () => {
    one("[name=membership]").value = "";
    form.hidden = !(chosen.hidden = true);
    input.focus();
    return false;
  };
}

// A passkey: the browser asks the device for it, the form carries it.
const keys = window.PublicKeyCredential;
if (keys?.parseCreationOptionsFromJSON) for (const form of all("[data-passkey]")) {
  const { passkey } = form.elements, failed = one("[data-failed]", form);
  for (const part of [form, ...all("[data-with-passkey]")]) part.hidden = false;
  form.onsubmit = async (event) => {
    if (passkey.value) return;
    event.preventDefault();
    event.stopPropagation();
    failed.hidden = true;
    try {
      const [[kind, options]] = Object.entries(await json(form.dataset.passkey, { method: "POST" }));
      const read = kind === "get" ? "parseRequestOptionsFromJSON" : "parseCreationOptionsFromJSON";
      passkey.value = JSON.stringify(await navigator.credentials[kind]({ publicKey: keys[read](options) }));
      form.requestSubmit();
    } catch {
      failed.hidden = false;
      say(failed.textContent);
    }
  };
}

// A form that only carries something on; its button does it without this file.
for (const form of all("[data-submit]")) form.requestSubmit();

// A form is sent once; the page comes back ready.
const busy = (form, on) => {
  form.toggleAttribute("data-busy", on);
  for (const button of all("button:not([type=button])", form)) aria(button, "disabled", on);
};
onsubmit = (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.hasAttribute("data-busy")) event.preventDefault();
  busy(form, true);
  setTimeout(busy, 9000, form, false); // a download never leaves the page
};
onpageshow = () => {
  all("[data-busy]").forEach((form) => busy(form, false));
  all("[name=passkey]").forEach((input) => { input.value = ""; });
};
