import type { View } from 'vega';

/** Lets a click or Enter on a legend entry hide or show its series. */
export function connectLegend(figure: HTMLElement, view: View): void {
  const hidden = new Set<string>();
  for (const button of figure.querySelectorAll<HTMLElement>('[data-series]')) {
    button.addEventListener('click', () => {
      const series = button.dataset['series'] ?? '';
      if (!hidden.delete(series)) hidden.add(series);
      button.setAttribute('aria-pressed', String(!hidden.has(series)));
      void view.signal('hidden', [...hidden]).runAsync();
    });
  }
}
