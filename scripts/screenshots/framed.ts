/** Screenshots beside each other as the README shows them. */
import sharp from "sharp";

const MARGIN = 28;
const DESKTOP_WIDTH = 1120;
const ROUND = 14;
const PAPER = "#dfe3e6";

/** Paths of screenshots of a desktop and, beside it, of a phone. Resolves with a WebP picture. */
export async function framed({
  desktop,
  phone,
}: {
  readonly desktop: string;
  readonly phone?: string;
}): Promise<Buffer> {
  const left = await rounded(desktop, { width: DESKTOP_WIDTH });
  const right = phone === undefined ? undefined : await rounded(phone, { height: left.info.height });
  const width = left.info.width + (right === undefined ? 0 : right.info.width + MARGIN) + 2 * MARGIN;
  return await sharp({
    create: { width, height: left.info.height + 2 * MARGIN, channels: 3, background: PAPER },
  })
    .composite([
      { input: left.data, left: MARGIN, top: MARGIN },
      ...(right === undefined ? [] : [{ input: right.data, left: left.info.width + 2 * MARGIN, top: MARGIN }]),
    ])
    .webp({ quality: 80, effort: 6 })
    .toBuffer();
}

async function rounded(path: string, size: { readonly width?: number; readonly height?: number }) {
  const { data, info } = await sharp(path).resize(size).png().toBuffer({ resolveWithObject: true });
  const corners = `<svg width="${info.width}" height="${info.height}"><rect width="100%" height="100%" rx="${ROUND}"/></svg>`;
  return await sharp(data)
    .composite([{ input: Buffer.from(corners), blend: "dest-in" }])
    .png()
    .toBuffer({ resolveWithObject: true });
}
