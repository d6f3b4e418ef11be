/** A chart's tooltip: a list of names and values next to the pointer or to the point selected by keys. */
export interface Tooltip {
  /** Shows the entries of an object at a position in the window; hides the tooltip for any other value. */
  show(value: unknown, x: number, y: number): void;
  hide(): void;
}

const gap = 14;

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

/** Places the box next to the position, on the side with room, inside the window. */
function place(box: HTMLElement, x: number, y: number): void {
  const { width, height } = box.getBoundingClientRect();
  const room = document.documentElement.clientWidth;
  const left = x + gap + width > room ? x - gap - width : x + gap;
  const top = y + gap + height > window.innerHeight ? y - gap - height : y + gap;
  box.style.left = `${Math.max(4, Math.min(left, room - width - 4))}px`;
  box.style.top = `${Math.max(4, top)}px`;
}

export function tooltipFor(figure: HTMLElement): Tooltip {
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
