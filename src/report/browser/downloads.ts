/** The files of a chart, as text. */
interface Files {
  readonly svg: string;
  readonly csv: string;
}

function save(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 10_000);
}

/** Converts an SVG to a PNG of twice its size, with the fonts of this computer. */
async function toPng(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * 2;
  canvas.height = image.naturalHeight * 2;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('this browser cannot make a PNG of the chart: save the SVG'));
    }, 'image/png');
  });
}

/** A file as a blob. @param kind svg, png or csv. */
async function toBlob(kind: string | undefined, { svg, csv }: Files): Promise<Blob> {
  if (kind === 'png') return toPng(svg);
  return kind === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : new Blob([csv], { type: 'text/csv' });
}

/** Connects the buttons under a chart. They save data of the page itself, so they also work without a network. */
export function addDownloads(figure: HTMLElement, files: Files): void {
  const buttons = figure.querySelector<HTMLElement>('.downloads');
  if (!buttons) return;
  buttons.hidden = false;
  for (const button of buttons.querySelectorAll<HTMLElement>('[data-file]')) {
    const name = button.dataset['file'] ?? '';
    button.addEventListener('click', () => {
      void toBlob(name.split('.').pop(), files).then((blob) => {
        save(name, blob);
      });
    });
  }
}
