"use strict";
// The page can be read without this: it adds searching, showing what failed alone, and sorting.
const words = {
  "zh-hans": { find: "按表、字段、检查名筛选", open: "全部展开", close: "全部收起", hits: "项",
    failed: "只看未通过" },
  en: { find: "Find a table, field or check", open: "Open all", close: "Close all", hits: "found",
    failed: "Failed only" },
};

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text || "";
  return made;
}

function filter(section, sought, failedOnly, told, said) {
  let hits = 0;
  for (const question of section.querySelectorAll(".question")) {
    const named = question.querySelector("summary").textContent.toLowerCase();
    const all = named.includes(sought);
    let found = 0;
    for (const row of question.querySelectorAll(".rows > tbody > tr:not(.examples), .places > code")) {
      const table = row.closest("table");
      const passed = !table || table.querySelectorAll("thead th").length < 8;
      const shown = (all || row.textContent.toLowerCase().includes(sought)) && !(failedOnly && passed);
      row.hidden = !shown;
      const keys = row.nextElementSibling;
      if (keys && keys.classList.contains("examples")) keys.hidden = !shown;
      found += shown;
    }
    question.hidden = found === 0;
    for (const inner of question.querySelectorAll("details")) {
      const held = inner.querySelectorAll(".rows > tbody > tr:not(.examples), .places > code");
      const some = Array.from(held).some((row) => !row.hidden);
      inner.hidden = !some;
      if (sought && some && !all) inner.open = true;
    }
    if (sought && found && !all) question.open = true;
    hits += found;
  }
  told.textContent = sought || failedOnly ? `${hits.toLocaleString()} ${said.hits}` : "";
}

function addTools(article) {
  const said = words[article.className];
  const section = article.querySelector(".checks");
  const tools = element("div");
  tools.className = "tools";
  const search = element("input");
  search.type = "search";
  search.placeholder = said.find;
  search.setAttribute("aria-label", said.find);
  const label = element("label");
  const failed = element("input");
  failed.type = "checkbox";
  label.append(failed, " " + said.failed);
  const told = element("span");
  told.setAttribute("role", "status");
  const run = () => filter(section, search.value.trim().toLowerCase(), failed.checked, told, said);
  search.addEventListener("input", run);
  failed.addEventListener("change", run);
  tools.append(search, label);
  for (const open of [true, false]) {
    const button = element("button", open ? said.open : said.close);
    button.type = "button";
    button.addEventListener("click", () => {
      for (const question of section.querySelectorAll(".question")) question.open = open;
    });
    tools.append(button);
  }
  tools.append(told);
  section.querySelector("h2").after(tools);
}

function value(row, column) {
  const text = row.cells[column].textContent.trim();
  const number = parseFloat(text.replace(/[,%+<]/g, "").replace("−", "-"));
  return row.cells[column].classList.contains("n") && !Number.isNaN(number) ? number : text;
}

function sort(table, header) {
  const down = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const groups = [];
  for (const row of table.tBodies[0].rows) {
    if (row.classList.contains("examples")) groups[groups.length - 1].push(row);
    else groups.push([row]);
  }
  const column = header.cellIndex;
  groups.sort((a, b) => {
    const [one, other] = [value(a[0], column), value(b[0], column)];
    const both = typeof one === "number" && typeof other === "number";
    const order = both ? one - other : String(one).localeCompare(String(other));
    return down ? -order : order;
  });
  table.tBodies[0].append(...groups.flat());
}

function addSorting(table) {
  for (const header of table.tHead.rows[0].cells) {
    const button = element("button", header.textContent);
    button.type = "button";
    button.addEventListener("click", () => sort(table, header));
    header.replaceChildren(button);
  }
}

for (const article of document.querySelectorAll("article")) addTools(article);
for (const table of document.querySelectorAll("table.rows")) addSorting(table);
for (const choice of document.querySelectorAll("input[name=language]")) {
  choice.addEventListener("change", () => {
    document.documentElement.lang = choice.id === "en" ? "en" : "zh-Hans";
  });
}
