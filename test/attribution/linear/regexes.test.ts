import { appendFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nameOf, proofFault, regexesIn } from '../../support/regexes.js';

/** Code that reads captured text. */
const FOLDERS = [
  'base',
  'wire',
  'proxy',
  'capture',
  'attribution',
  'store',
  'history',
  'advice',
  'text',
  'export',
  'api',
];
/** Of those, what reads what the user's own machine says. */
const OWN_FILES = ['src/proxy/upstream/trust.ts', 'src/proxy/certificates/authority-file.ts'];

/**
 * Proofs take seconds, so they are kept: one expression a line. A new one is proven here; with
 * CLAUDE_TRACE_PROVE=1 it is then added to the list, and all are proven again with CLAUDE_TRACE_PROVE=all.
 */
const PROVEN = fileURLToPath(new URL('./proven.txt', import.meta.url));
const mode = process.env.CLAUDE_TRACE_PROVE;

test('every regular expression over captured text takes linear time', () => {
  const proven = new Set(mode === 'all' ? [] : readFileSync(PROVEN, 'utf8').split('\n'));
  const faults: string[] = [];
  for (const regex of FOLDERS.flatMap((folder) => regexesIn(`src/${folder}`))) {
    const name = nameOf(regex);
    if (proven.has(name) || OWN_FILES.includes(regex.file)) continue;
    proven.add(name);
    const fault = proofFault(regex);
    if (fault !== null) faults.push(`${regex.file} ${name}: ${fault}`);
    else if (mode === '1') appendFileSync(PROVEN, `${name}\n`);
  }
  expect(faults).toEqual([]);
}, 600_000);

test('an expression that is not linear does not pass', () => {
  expect(proofFault({ pattern: 'a+$', flags: '' })).toMatch('2nd degree polynomial');
  expect(proofFault({ pattern: '([^\\n]+?)[ \\t]*(?:\\n|$)', flags: 'y' })).toMatch('2nd degree polynomial');
});
