// A link to a section opens what is folded in it.
function unfold() {
  const id = decodeURIComponent(location.hash.slice(1));
  const heading = document.getElementById(id);
  const level = /^H\d$/.test(heading?.tagName) ? heading.tagName : "";
  let next = level && heading.nextElementSibling;
  while (next && !(/^H\d$/.test(next.tagName) && next.tagName <= level)) {
    if (next.matches("details.proof")) next.open = true;
    next = next.nextElementSibling;
  }
}
addEventListener("hashchange", unfold);
unfold();
