// Copy, share and keep. What is kept stays in this browser: no account, no cookie, nothing goes to the server but ids.
"use strict";

const STORE = "samenwijzer.bewaard";
const MOST = 100;

const kept = () => {
  try {
    const ids = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
};

// False when the browser does not let us remember.
const remember = (ids) => {
  try {
    localStorage.setItem(STORE, JSON.stringify(ids.slice(0, MOST)));
    return true;
  } catch {
    return false;
  }
};

const listAddress = (ids) => `/bewaard?${new URLSearchParams(ids.map((id) => ["id", id]))}`;

// Says something in the place of a button's own words, for two seconds.
const brief = (element, text) => {
  if (element.dataset.busy) return;
  const before = [...element.childNodes];
  element.dataset.busy = "ja";
  element.replaceChildren(text);
  setTimeout(() => {
    element.replaceChildren(...before);
    delete element.dataset.busy;
  }, 2000);
};

const copy = async (element, text, done, otherwise) => {
  try {
    await navigator.clipboard.writeText(text);
    brief(element, done);
  } catch {
    otherwise();
  }
};

// --- What is kept shows: on its buttons, in the menu, and on the page with the list.

const link = document.getElementById("bewaard");
const own = document.body.classList.contains("kept");
const here = own ? new URLSearchParams(location.search).getAll("id") : [];

const mark = () => {
  const ids = kept();
  for (const button of document.querySelectorAll("button[data-keep]")) {
    const on = ids.includes(button.dataset.keep);
    button.setAttribute("aria-pressed", on);
    button.firstChild.textContent = on ? "Bewaard" : "Bewaar";
  }
  document.getElementById("bewaard-aantal").textContent = ids.length ? `(${ids.length})` : "";
  link.href = ids.length ? listAddress(ids) : "/bewaard";
  const same = here.length === ids.length && here.every((id) => ids.includes(id));
  const take = document.getElementById("overnemen");
  if (take) take.hidden = same;
  const clear = document.getElementById("leegmaken");
  if (clear) clear.hidden = !same;
};

if (own && !here.length && kept().length) location.replace(listAddress(kept()));
mark();
document.addEventListener("ververst", mark);
addEventListener("storage", mark);
addEventListener("pageshow", mark);

addEventListener("click", (event) => {
  const button = event.target.closest?.("button, a");
  if (!button) return;
  if (button.dataset.copy) {
    copy(button, button.dataset.copy, "Gekopieerd", () => brief(button, "Kopiëren lukt hier niet"));
  }
  if ("share" in button.dataset) {
    event.preventDefault();
    copy(button, button.href, "Link gekopieerd", () => location.assign(button.href));
  }
  if (button.dataset.keep) {
    const id = button.dataset.keep;
    const ids = kept();
    const changed = ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
    if (changed.length > MOST) brief(button, `Uw lijst is vol (${MOST})`);
    else if (remember(changed)) mark();
    else brief(button, "Uw browser bewaart hier niets");
  }
  if (button.dataset.drop) remember(kept().filter((id) => id !== button.dataset.drop));
  if (button.id === "overnemen" && remember([...new Set([...kept(), ...here])])) mark();
  if (button.id === "leegmaken" && remember([])) location.assign("/bewaard");
});
