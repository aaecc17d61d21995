/**
 * Puts a Brotli copy beside each text file of the built page, so that whoever serves it sends the small one without work of its own
 * (RFC 7932; `preCompressed` of @fastify/static). Fonts and pictures are compressed already. Part of `npm run build -w web`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const folder = new URL('dist/browser/', import.meta.url).pathname;
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(?:js|css|svg)$/.test(name),
);
let [before, after] = [0, 0];
for (const name of names) {
  const text = readFileSync(join(folder, name));
  const small = brotliCompressSync(text);
  writeFileSync(join(folder, `${name}.br`), small);
  before += text.length;
  after += small.length;
}
console.log(
  `${names.length} files compressed: ${Math.round(before / 1_000)} kB to ${Math.round(after / 1_000)} kB`,
);
