/**
 * Line coverage of the folders that must not fail. Code that only child processes of end-to-end tests run is not counted, so the
 * figures are lower bounds. Fails if a folder has less than 90 %.
 *
 * usage: npm run coverage                          all tests but those of the real CLI
 *        npm run coverage -- test/wire test/proxy  only these
 *        npm run coverage -- --reports FILE…       combines the reports of earlier runs (each leaves coverage/coverage-final.json)
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDERS = ['proxy', 'wire', 'capture', 'attribution', 'store', 'mcp', 'rules'];
const LEAST = 90;
/** Files with a lower percentage are listed. */
const LOW = 75;

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);
const reports = given[0] === '--reports' ? given.slice(1) : [measured(given)];
const files = linesByFile(reports);
let failed = false;
for (const folder of FOLDERS) {
  const own = [...files].filter(([file]) => file.startsWith(`src/${folder}/`));
  const { covered, all, percent } = sum(own.map(([, lines]) => lines));
  const isEnough = percent >= LEAST;
  failed ||= !isEnough;
  console.log(
    `${folder.padEnd(12)} ${percent.toFixed(1).padStart(5)} %  ${covered} of ${all} lines${isEnough ? '' : `: less than ${LEAST} %`}`,
  );
  for (const [file, lines] of own.sort()) {
    const { percent: low, all: size } = sum([lines]);
    if (low < LOW) console.log(`  ${low.toFixed(0).padStart(3)} % of ${size}  ${file}`);
  }
}
process.exitCode = failed ? 1 : 0;

/** @returns the report of a run of the tests */
function measured(args) {
  const coverage = ['--coverage.enabled', `--coverage.include=src/{${FOLDERS.join(',')}}/**`];
  const { status } = spawnSync('npx', ['vitest', 'run', ...coverage, ...args], { cwd: root, stdio: 'inherit' });
  // There is a report even then.
  if (status !== 0) console.log('Some tests failed.');
  return `${root}/coverage/coverage-final.json`;
}

/** The lines with code of each file, and whether any report has them covered. */
function linesByFile(paths) {
  const byFile = new Map();
  for (const path of paths) {
    for (const { path: file, statementMap, s } of Object.values(JSON.parse(readFileSync(path, 'utf8')))) {
      const name = relative(root, file);
      const lines = byFile.get(name) ?? new Map();
      byFile.set(name, lines);
      for (const [id, { start }] of Object.entries(statementMap)) {
        lines.set(start.line, (lines.get(start.line) ?? false) || s[id] > 0);
      }
    }
  }
  return byFile;
}

function sum(parts) {
  const lines = parts.flatMap((part) => [...part.values()]);
  const covered = lines.filter(Boolean).length;
  return { covered, all: lines.length, percent: lines.length === 0 ? 100 : (100 * covered) / lines.length };
}
