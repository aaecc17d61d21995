/** XML 1.0 as the forms write it: elements of text, and what a text may not contain. */

/** An element with this content, which is XML already. */
export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** An element of this text; none where there is nothing to say, because fields of other people's formats may not be empty. */
export function textElement(name: string, text: string): string {
  const content = xmlText(text);
  return content.trim() === '' ? '' : element(name, content);
}

/** What XML 1.0 has no way to say (section 2.2) becomes a space. */
function xmlText(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}
