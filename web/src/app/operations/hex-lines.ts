/** Bytes as people read them: offset, sixteen bytes in hexadecimal, and what of them is plain text. */
const LINE_BYTES = 16;

/** Of at most so many bytes; more of them nobody reads. */
export function hexLines(base64: string, bytesMax: number): readonly string[] {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const shown = bytes.subarray(0, bytesMax);
  const lines = Array.from({ length: Math.ceil(shown.length / LINE_BYTES) }, (_, index) =>
    hexLine(shown.subarray(index * LINE_BYTES, (index + 1) * LINE_BYTES), index * LINE_BYTES),
  );
  return bytes.length > bytesMax ? [...lines, `… ${bytes.length - bytesMax}`] : lines;
}

function hexLine(bytes: Uint8Array, from: number): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'));
  return `${from.toString(16).padStart(4, '0')}  ${hex.padEnd(LINE_BYTES * 3 - 1)}  ${text.join('')}`;
}
