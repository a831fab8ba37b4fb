// On paper: the style, and a block's output beside it, if both fit.
const style = document.createElement("link");
style.href = document.currentScript.src.replace("print.js", "print.css");
style.rel = "stylesheet";
style.media = "print";
document.head.append(style);
addEventListener("beforeprint", () => {
  const outputs = ".language-python + .language-text:not(.pair > *)";
  for (const output of document.querySelectorAll(outputs)) {
    const pair = document.createElement("div");
    pair.className = "pair";
    output.previousElementSibling.before(pair);
    pair.append(pair.nextElementSibling, output);
  }
});
