/** Elements made by scripts. */

/** Resolves when the script has run. */
export function loadScript(source: string): Promise<void> {
  const script = document.createElement("script");
  script.src = source;
  return loaded(script);
}

export function loadStyle(source: string): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = source;
  return loaded(link);
}

function loaded(wanted: HTMLScriptElement | HTMLLinkElement): Promise<void> {
  return new Promise((resolve, reject) => {
    wanted.addEventListener("load", () => resolve());
    wanted.addEventListener("error", () => {
      // So that it can be asked for again.
      wanted.remove();
      reject(new Error("A part of the page cannot be loaded."));
    });
    document.head.append(wanted);
  });
}

export function element(name: string, className = "", text = ""): HTMLElement {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.textContent = text;
  return made;
}
