/** Text in windows-1252, which old formats mean by "text": Western European letters, and a question mark for everything else. */

/** The characters that windows-1252 has between 0x80 and 0x9F, where ISO 8859-1 has controls; a space where it has none. */
const BETWEEN = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';
const FIRST = 0x80;
const codes = new Map(Array.from(BETWEEN, (character, place) => [character, FIRST + place] as const));
codes.delete(' ');

const QUESTION_MARK = 0x3f;

/** What is composed of a letter and its accent is one character there. */
export function windows1252(text: string): Uint8Array {
  return Uint8Array.from(Array.from(text.normalize('NFC'), codeOf));
}

/** The text with a question mark for each character that windows-1252 lacks, and for controls. */
export function inWindows1252(text: string): string {
  const isThere = (character: string): boolean => character >= ' ' && codeOf(character) !== QUESTION_MARK;
  return Array.from(text.normalize('NFC'), (character) => (isThere(character) ? character : '?')).join('');
}

function codeOf(character: string): number {
  const code = character.codePointAt(0) as number;
  if (code < FIRST || (code > 0x9f && code <= 0xff)) return code;
  return codes.get(character) ?? QUESTION_MARK;
}
