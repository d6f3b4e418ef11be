import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withWriteErrors } from '../base/files/files.ts';
import { escapeHtml } from './html/escape.ts';

const fontFolder = dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'));

const fontSettings = (cache: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${escapeHtml(fontFolder)}</dir><cachedir>${escapeHtml(cache)}</cachedir></fontconfig>
`;

/** Creates a folder with fontconfig's settings and room for its cache. @throws UserError exit code 73 or 74 naming TMPDIR. */
function makeFontFolder(): string {
  const place = join(tmpdir(), 'doubletime-fonts-');
  return withWriteErrors(`${place}* (set TMPDIR to use another folder)`, () => {
    const folder = mkdtempSync(place);
    try {
      writeFileSync(join(folder, 'fonts.conf'), fontSettings(folder));
      return folder;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  });
}

/**
 * Calls `draw` while sharp can use only the font in the package. So an image is the same on every machine, also on one without
 * fonts. Fontconfig reads its settings once, when sharp first draws text.
 */
async function withFont<Result>(draw: () => Promise<Result>): Promise<Result> {
  const folder = makeFontFolder();
  const previous = process.env['FONTCONFIG_FILE'];
  try {
    process.env['FONTCONFIG_FILE'] = join(folder, 'fonts.conf');
    return await draw();
  } finally {
    if (previous === undefined) delete process.env['FONTCONFIG_FILE'];
    else process.env['FONTCONFIG_FILE'] = previous;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Converts SVGs to PNGs of twice their size in pixels, with at most 256 colours, in the same order. */
export async function toPngs(svgs: readonly string[]): Promise<Buffer[]> {
  return withFont(async () => {
    const { default: sharp } = await import('sharp');
    const images: Buffer[] = [];
    for (const svg of svgs) {
      const drawing = sharp(Buffer.from(svg), { density: 144, limitInputPixels: 1e8 });
      images.push(await drawing.png({ palette: true, compressionLevel: 9 }).toBuffer());
    }
    return images;
  });
}
