"use strict";
// Everything here is a convenience: each page works without it.

// Copy buttons. Where there is no clipboard, the text can be selected and copied by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied: select the text";
    }
    setTimeout(() => { button.textContent = words; }, 3000);
  });
}

// One box ticks all that can be seen.
for (const box of document.querySelectorAll("[data-ticks]")) {
  const list = document.getElementById(box.dataset.ticks);
  if (!list) continue;
  box.closest("[hidden]")?.removeAttribute("hidden");
  box.addEventListener("change", () => {
    for (const item of list.querySelectorAll("[data-item]")) {
      const own = item.querySelector("input[type=checkbox]");
      if (own && !item.hidden) own.checked = box.checked;
    }
  });
}

// A choice in a filter holds at once.
for (const form of document.querySelectorAll("form[data-at-once]")) {
  for (const choice of form.querySelectorAll("select")) {
    choice.addEventListener("change", () => form.requestSubmit());
  }
}
