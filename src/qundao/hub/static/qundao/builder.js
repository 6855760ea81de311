// What the builder gains with script: after a part was added or removed, the reader is put there,
// after a save that failed, to the list of what is wrong;
// while the form is being renewed it takes no input, so that nothing typed is lost.
// Everything works without it.
const renewing = (event) => event.detail.target?.id === "parts";

function still(on) {
  const parts = document.getElementById("parts");
  if (parts) parts.inert = on;
}

let at = "";

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (!renewing(event)) return;
  at = document.activeElement?.id ?? "";
  window.htmx.trigger("#words", "htmx:abort"); // it would keep the form of before
  still(true);
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (renewing(event) && !event.detail.successful) still(false);
});

document.body.addEventListener("htmx:afterSettle", () => {
  const parts = document.getElementById("parts");
  const place = parts?.dataset.go;
  if (!place) {
    if (at && document.activeElement === document.body) document.getElementById(at)?.focus();
    at = "";
    return;
  }
  delete parts.dataset.go;
  const part = document.getElementById(`f-${place}`) ?? document.getElementById(`p-${place}`)
    ?? document.getElementById(place); // the list of defects
  const field = part?.matches("input, select") ? part
    : part?.querySelector("input:not([type=hidden]), select, button");
  (field ?? part)?.focus();
});
