/* One key for each verdict. Inside a field keys are letters; there Ctrl and Enter saves the wording. */
(() => {
  const form = document.getElementById("annotation");
  if (!form) {
    return;
  }
  const press = (key) => form.querySelector(`[data-key="${key}"]`)?.click();
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      press("e");
    } else if (event.key === "Escape" && typing) {
      typing.blur();
    } else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && "aers".includes(event.key.toLowerCase())) {
      event.preventDefault();
      press(event.key.toLowerCase());
    }
  });
})();
