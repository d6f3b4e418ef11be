/** The tooltip of a chart: names and values next to the pointer, or next to the point that is selected with the keyboard. */
export interface Tooltip {
  /** Shows the entries of an object at a position in the window; hides the tooltip for any other value. */
  show(value: unknown, x: number, y: number): void;
  hide(): void;
}

/** The distance from the pointer in pixels. */
const GAP = 14;

function fill(box: HTMLElement, value: object): void {
  box.replaceChildren(
    ...Object.entries(value).flatMap(([name, text]) => {
      const term = document.createElement('dt');
      const description = document.createElement('dd');
      term.textContent = name;
      description.textContent = String(text);
      return [term, description];
    }),
  );
}

/** Moves the box next to a position of the window, on a side with room. */
function place(box: HTMLElement, x: number, y: number): void {
  const { width, height } = box.getBoundingClientRect();
  const windowWidth = document.documentElement.clientWidth;
  const left = x + GAP + width > windowWidth ? x - GAP - width : x + GAP;
  const top = y + GAP + height > window.innerHeight ? y - GAP - height : y + GAP;
  box.style.left = `${Math.max(4, Math.min(left, windowWidth - width - 4))}px`;
  box.style.top = `${Math.max(4, top)}px`;
}

/** Adds a tooltip to a figure. */
export function addTooltip(figure: HTMLElement): Tooltip {
  const box = document.createElement('dl');
  box.className = 'tooltip';
  box.hidden = true;
  figure.append(box);
  const hide = (): void => {
    box.hidden = true;
  };
  return {
    show(value, x, y) {
      if (typeof value !== 'object' || value === null) {
        hide();
        return;
      }
      fill(box, value);
      box.hidden = false;
      place(box, x, y);
    },
    hide,
  };
}
