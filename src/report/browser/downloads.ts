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

/** The SVG as a PNG of twice its size, with the fonts of this computer. */
async function pngOf(svg: string): Promise<Blob> {
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
      else reject(new Error('this browser cannot make a PNG of the chart'));
    }, 'image/png');
  });
}

async function blobOf(kind: string | undefined, { svg, csv }: Files): Promise<Blob> {
  if (kind === 'png') return pngOf(svg);
  return kind === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : new Blob([csv], { type: 'text/csv' });
}

/** Connects the buttons under a chart. They save data from the page itself, so they also work in a page sent by mail. */
export function addDownloads(figure: HTMLElement, files: Files): void {
  const bar = figure.querySelector<HTMLElement>('.downloads');
  if (!bar) return;
  bar.hidden = false;
  for (const button of bar.querySelectorAll<HTMLElement>('[data-file]')) {
    const name = button.dataset['file'] ?? '';
    button.addEventListener('click', () => {
      void blobOf(name.split('.').pop(), files).then((blob) => {
        save(name, blob);
      });
    });
  }
}
