// Keys of the rating page: a digit chooses, Enter sends. Without scripts the same form works with Tab and the arrows.
document.addEventListener("keydown", (event) => {
  const form = document.querySelector("form[data-rating]");
  if (!form || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea, select")) return;
  const choice = form.querySelector(`input[data-key="${CSS.escape(event.key)}"]`);
  if (choice) {
    choice.checked = true;
    choice.focus();
    event.preventDefault();
  } else if (event.key === "Enter" && form.querySelector("input[name=value]:checked") && !event.target.matches("button, a")) {
    form.requestSubmit(form.querySelector("button[name=rate]"));
    event.preventDefault();
  }
});
