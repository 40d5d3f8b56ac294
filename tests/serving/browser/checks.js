// What tests look at on the page; each returns what is wrong.
({
  /** Whether the focus can be seen where it is. */
  focusIsSeen() {
    const element = document.activeElement;
    if (element === document.body) return true;
    const drawn = (of) => of && getComputedStyle(of).outlineStyle !== "none";
    return element.matches("input[type=range]") || drawn(element) || drawn(element.querySelector(".knob"));
  },

  /** Controls without a name for screen readers. */
  nameless() {
    const named = (element) =>
      element.ariaLabel ||
      element.getAttribute("aria-labelledby") ||
      element.textContent.trim() ||
      element.labels?.length;
    return [...document.querySelectorAll("button, input, select, [role=slider], [role=radiogroup]")]
      .filter((element) => element.checkVisibility() && !named(element))
      .map((element) => element.outerHTML.slice(0, 90));
  },

  /** What reaches beyond the screen, where it can be scrolled sideways. */
  tooWide() {
    if (document.scrollingElement.scrollWidth <= innerWidth) return [];
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .map((element) => element.id || element.className);
  },

  /** Controls that are hard to hit with a finger: WCAG 2.2, 2.5.8. */
  tooSmall() {
    return [...document.querySelectorAll("button, select, input, summary")]
      .filter((element) => element.checkVisibility() && !element.matches(".for-readers, .check *"))
      .map((element) => [element.id || element.className, element.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 24 || height < 24)
      .map(([name, { width, height }]) => `${name} ${width} ${height}`);
  },

  /** Texts with less contrast than 4.5 to what is behind them: WCAG 2.2, 1.4.3. */
  faint() {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const pixel = (colour) => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data];
    };
    const linear = (value) => (value <= 10.3 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = pixel(getComputedStyle(at).backgroundColor);
        if (colour[3] > 180) return colour;
      }
      return [255, 255, 255];
    };
    const faint = [];
    for (const element of document.querySelectorAll("body *")) {
      const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      if (!text || element.closest(":disabled, .for-readers, option") || !element.checkVisibility()) continue;
      const one = luminance(pixel(getComputedStyle(element).color));
      const other = luminance(behind(element));
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      if (contrast < 4.5) faint.push(`${element.outerHTML.slice(0, 60)} ${contrast.toFixed(2)}`);
    }
    return faint;
  },
})
