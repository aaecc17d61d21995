/**
 * Where a person goes after signing in. It comes in an address that anybody may have written, so only a path on this very site counts:
 * browsers read `//evil`, `/\evil` and paths with tabs or line ends in them as other sites.
 */
const PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}$/;

/** The path, or null if it is not one on this site. */
export function localPath(text: string): string | null {
  if (!PATH.test(text)) return null;
  const base = 'http://here.invalid';
  const url = URL.parse(text, base);
  if (url?.origin !== base) return null;
  const path = url.pathname + url.search + url.hash;
  // `/.//evil` is a path here and another site once its dots are taken out.
  return PATH.test(path) ? path : null;
}
