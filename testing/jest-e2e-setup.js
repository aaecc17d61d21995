/**
 * Unpacks the browser before the first test: of two processes that each unpack it, one starts a file that the other is still
 * writing (ETXTBSY).
 */
export default async function unpackBrowser() {
  const { default: sparticuz } = await import('@sparticuz/chromium');
  await sparticuz.executablePath();
}
