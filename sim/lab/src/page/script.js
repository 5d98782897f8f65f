"use strict";
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
const seconds = (micros) => {
  const all = Math.floor(micros / 1e6);
  const parts = [Math.floor(all / 3600) + "h", Math.floor(all / 60) % 60 + "m", all % 60 + "s"];
  return parts.slice(all >= 3600 ? 0 : all >= 60 ? 1 : 2).join(" ");
};
for (const plot of document.querySelectorAll(".plot")) {
  const lines = plot.dataset.values.split(";").map((line) => line.split(",").map(Number));
  const slice = Number(plot.dataset.slice);
  const last = lines[0].length - 1;
  const legend = [...plot.parentElement.querySelectorAll(".legend li")];
  const names = legend.map((item) => item.childNodes[1].textContent.trim());
  const values = legend.map((item) => item.querySelector("[data-value]"));
  const before = values.map((value) => value.textContent);
  const [cursor, now, area] = [".cursor", ".now", ".area"].map((name) => plot.querySelector(name));
  let at = -1;
  const show = (to, spoken) => {
    at = Math.max(0, Math.min(last, to));
    cursor.hidden = false;
    cursor.style.left = (last ? at / last : 0) * 100 + "%";
    lines.forEach((line, number) => { values[number].textContent = line[at].toLocaleString("en"); });
    const spoken_values = names.map((name, number) => `${name} ${lines[number][at]}`).join(", ");
    now.textContent = spoken ? `${seconds(at * slice)}: ${spoken_values}` : `at ${seconds(at * slice)}`;
  };
  const hide = () => {
    cursor.hidden = true;
    now.textContent = "";
    values.forEach((value, number) => { value.textContent = before[number]; });
  };
  area.addEventListener("pointermove", (event) => {
    const box = area.getBoundingClientRect();
    show(Math.round((event.clientX - box.left) / box.width * last), false);
  });
  area.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -last - 1, End: last + 1 };
    if (event.key === "Escape") return hide();
    if (!(event.key in steps)) return undefined;
    event.preventDefault();
    return show(at + steps[event.key], true);
  });
}
