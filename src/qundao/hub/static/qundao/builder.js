// What the builder gains with script: after a part was added or removed, the reader is put there.
// Everything works without it.
document.body.addEventListener("htmx:afterSettle", () => {
  const parts = document.getElementById("parts");
  const place = parts?.dataset.go;
  if (!place) return;
  delete parts.dataset.go;
  const part = document.getElementById(`f-${place}`) ?? document.getElementById(`p-${place}`);
  const field = part?.matches("input, select") ? part
    : part?.querySelector("input:not([type=hidden]), select, button");
  (field ?? part)?.focus();
});
