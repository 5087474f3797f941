// Instant results on the pages that search, and three small comforts. Everything works without this file.
"use strict";

document.documentElement.classList.add("js");

const WAIT_MS = 250;
const box = document.getElementById("q");
const live = document.getElementById("filter") ?? box;
const outcome = document.getElementById("uitkomst");

// --- The results follow what is typed; the rest of the page, and the focus, stay where they are.

if (live && outcome) {
  let timer = 0;
  let running = null;
  // True while the address already stands for a search that is still being typed: further typing replaces it, so that
  // "back" leads to the search before, not to every letter.
  let typing = false;
  let shown = location.search;

  const address = () => {
    const params = new URLSearchParams(new FormData(live.form));
    return `${live.form.getAttribute("action")}?${params}`;
  };

  // Puts the results of `url` on the page; false when a newer search overtook it or the server did not answer.
  const show = async (url) => {
    running?.abort();
    running = new AbortController();
    try {
      const response = await fetch(url, { signal: running.signal });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      outcome.replaceChildren(...page.getElementById("uitkomst").childNodes);
      for (const part of page.querySelectorAll("[data-follows]")) {
        document.getElementById(part.id).replaceChildren(...part.childNodes);
      }
      document.title = page.title;
      shown = new URL(url, location.href).search;
      return true;
    } catch {
      return false;
    }
  };

  const follow = async () => {
    const url = address();
    if ((live.required && !live.value.trim()) || new URL(url, location.href).search === shown || !(await show(url))) return;
    history[typing ? "replaceState" : "pushState"](null, "", url);
    typing = true;
  };

  live.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(follow, WAIT_MS);
  });

  live.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    await follow();
    typing = false;
  });

  addEventListener("popstate", () => {
    clearTimeout(timer);
    typing = false;
    // A jump to a heading on this page is a popstate too.
    if (location.search === shown) return;
    live.value = new URLSearchParams(location.search).get("q") ?? "";
    show(location.href);
  });
}

// --- "/" goes to the question box, unless switched off; Esc empties the box.

const KEY = "samenwijzer.sneltoets";
const toggle = document.getElementById("sneltoets");
const remembered = () => {
  try {
    return localStorage.getItem(KEY) !== "uit";
  } catch {
    return true;
  }
};

toggle.checked = remembered();
toggle.addEventListener("change", () => {
  try {
    localStorage.setItem(KEY, toggle.checked ? "aan" : "uit");
  } catch {
    // Storage is off: the choice holds for this page.
  }
});

addEventListener("keydown", (event) => {
  const inField = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (event.key === "/" && box && toggle.checked && !inField && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
    box.select();
  }
  if (event.key === "Escape" && event.target === box) box.value = "";
});

// --- Copy a quotation with its source.

addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (!button) return;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Gekopieerd";
  } catch {
    button.textContent = "Kopiëren lukt hier niet";
  }
  setTimeout(() => (button.textContent = label), 2000);
});
