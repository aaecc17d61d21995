/**
 * `npm run test:faults`: hurts real servers and processes on purpose, row by row of the table in docs/reliability.md section 3. Some
 * minutes; `-- --long` takes a night, `-- --quick` is what `npm test` runs, `-- --row 6` runs one row. Prints how often each fault
 * really hit, and ends with one line, `N passed, N failed`, and status 1 on any failure.
 *
 * Plain JavaScript, as `test-all.js` is: it runs on the machine's own Node.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Programs of the checkout come first: `node` is then Node 24, whatever the machine has. */
const path = `${join(checkout, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;

/** Rows that say much within a minute. */
const QUICK_ROWS = ['01', '03'];

const { values } = parseArgs({
  options: { long: { type: 'boolean' }, quick: { type: 'boolean' }, row: { type: 'string', multiple: true } },
});

function run(program, args, environment = {}) {
  const options = { cwd: checkout, stdio: 'inherit', env: { ...process.env, PATH: path, ...environment } };
  return spawnSync(program, args, options).status ?? 1;
}

function rows() {
  if (values.row !== undefined) return values.row.map((row) => row.padStart(2, '0'));
  return values.quick ? QUICK_ROWS : [];
}

function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'fluxo-faults-'));
  const scale = values.long ? 'long' : values.quick ? 'quick' : 'short';
  // One after the other: a second stack on the same cores would be a fault that nobody counted.
  const args = ['tools/jest.js', '--selectProjects', 'faults', '--maxWorkers=1'];
  const patterns = rows().map((row) => `test/faults/row-${row}`);
  const chosen = patterns.length > 0 ? ['--testPathPatterns', ...patterns] : [];
  try {
    const environment = { FLUXO_FAULTS: scale, FLUXO_FAULT_REPORT: join(folder, 'report.jsonl') };
    return run('node', [...args, ...chosen], environment);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = run(process.execPath, ['stack/setup.js', '--quiet']) || runTests();
