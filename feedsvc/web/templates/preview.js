// In the preview alone: loads the page again when a file is saved, and moves along the time line.
"use strict";
{
  const { state, version } = document.currentScript.dataset;
  const look = async () => {
    try {
      const answer = await fetch(state, { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== version) return location.reload();
    } catch {
      // The preview is being started again: look once more.
    }
    setTimeout(look, document.hidden ? 3000 : 500);
  };
  setTimeout(look, 500);

  const slider = document.getElementById("preview-slider");
  if (slider) {
    const stops = [...document.querySelectorAll(".preview-stops ol a")];
    const say = () => { slider.nextElementSibling.value = stops[slider.value].textContent; };
    slider.addEventListener("input", say);
    slider.addEventListener("change", () => { location.href = stops[slider.value].href; });
    slider.parentElement.hidden = false;
    say();
  }
}
