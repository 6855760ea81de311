// What a page gains with script. Everything can be read and done without it.
import { openChart } from "./charts.js";

for (const button of document.querySelectorAll("button[data-opens-chart]")) {
  button.hidden = false;
  button.addEventListener("click", () => openChart(button));
}

// After a submission that came back with defects, put the reader at the list of them.
document.getElementById("defects")?.focus();

// htmx swaps a fragment only for answers in the 200s; a defect list (422) is worth showing too.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// A draft that has changed since it was last stored asks before the page is left.
for (const form of document.querySelectorAll("form[data-draft]")) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) changed = false;
  });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

// Rows pasted from a spreadsheet into a single-line list field become lines, not one long line.
for (const area of document.querySelectorAll("textarea[data-lines]")) {
  area.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!text.includes("\t")) return;
    event.preventDefault();
    const lines = text.split(/\r?\n/).map((line) => line.split("\t").map((c) => c.trim()).join(" "));
    area.setRangeText(lines.join("\n").trim(), area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
