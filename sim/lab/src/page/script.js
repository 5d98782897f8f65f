"use strict";
// A long diagram opens where the rule broke: what led there is above.
for (const broken of document.querySelectorAll(".sequence .broken")) {
  const box = broken.closest(".scroll");
  box.scrollTop = broken.getBBox().y + 32 - box.clientHeight * 0.8;
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
  });
}
