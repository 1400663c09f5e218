// Chooses the theme before the first paint. `src/lib/theme.ts` writes the same key.
(function () {
  let chosen = null;
  try {
    chosen = localStorage.getItem("tokenboard.theme");
  } catch {
    // Storage may be refused; then the system decides.
  }
  const dark =
    chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
