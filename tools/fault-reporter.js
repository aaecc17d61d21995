/**
 * Prints, at the end of a run of the fault tests, how often each fault really hit and how long recovery took: what the tests have
 * left in the file that FLUXO_FAULT_REPORT names. Silent in every other run.
 */
import { existsSync, readFileSync } from 'node:fs';

export default class FaultReporter {
  onRunComplete() {
    const file = process.env.FLUXO_FAULT_REPORT;
    if (!file || !existsSync(file)) return;
    const reports = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(JSON.parse);
    console.log('\nFaults that hit, and how long recovery took (seconds: median, greatest)');
    for (const report of reports.toSorted((a, b) => a.row - b.row))
      for (const line of linesOf(report)) console.log(line);
  }
}

function linesOf({ row, counts, measured }) {
  const hits = Object.entries(counts).map(([fault, times]) => `${fault} ${times}×`);
  const durations = Object.entries(measured).map(([what, values]) => `${what}: ${summaryOf(values)}`);
  return [`row ${row}: ${hits.join(', ')}`, ...durations.map((line) => `        ${line}`)];
}

function summaryOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const shown = (value) => (Number.isInteger(value) ? String(value) : value.toPrecision(2));
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  return sorted.length === 1
    ? shown(median)
    : `${shown(median)}, ${shown(sorted.at(-1))} (${sorted.length} times)`;
}
