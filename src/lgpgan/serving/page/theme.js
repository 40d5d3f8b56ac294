// The colours that were chosen by hand, before anything is drawn. A module would come too late.
try {
  const chosen = localStorage.getItem("lgpgan.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // No storage: the system's colours.
}
