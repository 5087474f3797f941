// The question box: instant results, suggestions and two keys. Everything works without this file.
"use strict";

document.documentElement.classList.add("js");

const WAIT_MS = 150;
const box = document.getElementById("q");
const live = document.getElementById("filter") ?? box;
const outcome = document.getElementById("uitkomst");

// The one line that tells a screen reader what happened; it is on every page from the start.
const say = (text) => {
  document.getElementById("melding").textContent = text;
};

const pageAt = async (url, signal) => {
  const response = await fetch(url, { signal });
  return new DOMParser().parseFromString(await response.text(), "text/html");
};

// --- The results follow what is typed; the rest of the page, and the focus, stay where they are.

let follow = null;

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
      const page = await pageAt(url, running.signal);
      outcome.replaceChildren(...page.getElementById("uitkomst").childNodes);
      for (const part of page.querySelectorAll("[data-follows]")) {
        document.getElementById(part.id).replaceChildren(...part.childNodes);
      }
      document.title = page.title;
      shown = new URL(url, location.href).search;
      document.dispatchEvent(new Event("ververst"));
      return true;
    } catch {
      return false;
    }
  };

  follow = async () => {
    clearTimeout(timer);
    const url = address();
    const empty = live.required && !live.value.trim();
    if (empty || new URL(url, location.href).search === shown || !(await show(url))) return;
    history[typing ? "replaceState" : "pushState"](null, "", url);
    typing = true;
  };

  live.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(follow, WAIT_MS);
  });

  live.form.addEventListener("submit", async (event) => {
    event.preventDefault();
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

// --- Suggestions: a combobox as in the ARIA Authoring Practices; the arrows choose, Enter goes, Esc closes.

const list = document.getElementById("suggesties");
let closeList = () => false;

if (box && list) {
  let timer = 0;
  let running = null;
  let chosen = -1;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) {
    box.setAttribute(name, value);
  }

  const choose = (number) => {
    list.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = number;
    const option = list.children[chosen];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) box.setAttribute("aria-activedescendant", option.id);
    else box.removeAttribute("aria-activedescendant");
  };

  // Closes the list; false when it was closed already. What is still under way may not open it again.
  closeList = () => {
    clearTimeout(timer);
    running?.abort();
    if (list.hidden) return false;
    choose(-1);
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    say("");
    return true;
  };

  const open = async () => {
    running?.abort();
    running = new AbortController();
    try {
      const page = await pageAt(`/suggesties?${new URLSearchParams({ q: box.value })}`, running.signal);
      const options = page.querySelectorAll("li");
      if (!options.length || document.activeElement !== box) {
        closeList();
        return;
      }
      chosen = -1;
      box.removeAttribute("aria-activedescendant");
      list.replaceChildren(...options);
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
      say(` ${options.length === 1 ? "1 suggestie" : `${options.length} suggesties`}, kies met de pijlen`);
    } catch {
      // Overtaken by a newer one, or the server did not answer: the box works without.
    }
  };

  const take = (option) => {
    closeList();
    if (option.dataset.href) {
      location.assign(option.dataset.href);
      return;
    }
    box.value = option.dataset.value;
    box.form.requestSubmit();
  };

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(open, WAIT_MS);
  });
  box.addEventListener("blur", () => closeList());
  box.form.addEventListener("submit", () => closeList());
  box.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "ArrowDown" && box.value.trim()) open();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      // One place more than there are options: the box itself, where nothing is chosen.
      const places = list.children.length + 1;
      choose(((chosen + 1 + step + places) % places) - 1);
    }
    if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take(list.children[chosen]);
    }
  });
  // The box keeps the focus while the mouse chooses.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("li");
    if (option) take(option);
  });
}

// --- "/" goes to the question box, unless switched off; Esc closes the suggestions, and then empties the box.

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
  if (event.key === "Escape" && event.target === box) {
    // A search field empties itself on Esc in some browsers: not while it only closes the list.
    event.preventDefault();
    if (!closeList()) box.value = "";
  }
});
