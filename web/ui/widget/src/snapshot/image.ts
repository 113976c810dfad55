// Pictures small enough to travel inside the snapshot.

export interface Picture {
  data: string;
}

/** Draws a loaded, readable image at the size it is shown, at most `max` characters as a data address; null where it may not be read. */
export type Encoder = (image: HTMLImageElement, width: number, height: number, max: number) => string | null;

const SAFE = /^data:image\/(?:webp|jpeg|png);base64,[A-Za-z0-9+/=]+$/;

export const encodeByCanvas: Encoder = (image, width, height, max) => {
  if (!image.complete || image.naturalWidth === 0 || width < 2 || height < 2) return null;
  for (const [side, quality] of [[640, 0.7], [400, 0.55], [240, 0.45]] as const) {
    const scale = Math.min(1, side / Math.max(width, height));
    const canvas = image.ownerDocument.createElement('canvas');
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const data = draw(canvas, image, quality);
    if (data === null) return null;
    if (data.length <= max) return data;
  }
  return null;
};

function draw(canvas: HTMLCanvasElement, image: HTMLImageElement, quality: number): string | null {
  try {
    const context = canvas.getContext('2d');
    if (!context) return null;
    const { sx, sy, sw, sh } = visiblePart(image, canvas.width / canvas.height);
    context.drawImage(image, sx, sy, sw, sh, 0, 0, canvas.width, canvas.height);
    // WebP keeps transparency; browsers that cannot write it answer PNG.
    const data = canvas.toDataURL('image/webp', quality);
    return SAFE.test(data) ? data : null;
  } catch {
    // Another origin's picture: it may be shown but not read.
    return null;
  }
}

/** What `object-fit: cover` shows; the whole picture otherwise. */
function visiblePart(image: HTMLImageElement, ratio: number): { sx: number; sy: number; sw: number; sh: number } {
  const w = image.naturalWidth;
  const h = image.naturalHeight;
  const fit = image.ownerDocument.defaultView?.getComputedStyle(image).objectFit;
  if (fit !== 'cover') return { sx: 0, sy: 0, sw: w, sh: h };
  const sw = Math.min(w, h * ratio);
  const sh = Math.min(h, w / ratio);
  return { sx: (w - sw) / 2, sy: (h - sh) / 2, sw, sh };
}
