import { codeOf } from '../../base/error-text.js';
import { type Damage, type Repair, repairFile, type Unused, type Verification, verifyFile } from '../../store/index.js';
import { createProgress, type Progress } from '../../text/output/progress.js';
import { printableLine } from '../../text/text.js';
import { counted, formatBytes } from '../../text/units.js';
import { describeStoreError, REPAIR } from './advice.js';
import type { Finding } from './finding.js';

const WHAT = 'verification';

/** `doctor --verify`: reads everything that is stored, and proves it. */
export function checkIntegrity(database: string): Finding[] {
  return withProgress('verifying', (onProgress) => {
    try {
      const started = performance.now();
      const verification = verifyFile(database, onProgress);
      return describeVerification(verification, (performance.now() - started) / 1_000);
    } catch (error) {
      return [{ level: isNothing(error) ? 'note' : 'problem', what: WHAT, message: describeStoreError(error) }];
    }
  });
}

/** `doctor --repair`: says what was wrong, what was done, and what is lost. */
export function repairDatabase(database: string): Finding[] {
  return withProgress('repairing', (onProgress) => {
    try {
      return describeRepair(repairFile(database, onProgress), database);
    } catch (error) {
      return [{ level: isNothing(error) ? 'note' : 'problem', what: 'repair', message: describeStoreError(error) }];
    }
  });
}

function isNothing(error: unknown): boolean {
  return codeOf(error) === 'empty';
}

function describeVerification(verification: Verification, seconds: number): Finding[] {
  const { damage, requests, bytes, slices, unused } = verification;
  const findings = damage.map((each) => describeDamage(each, 'problem'));
  if (damage.length === 0) {
    const speed = formatBytes(bytes / Math.max(seconds, 0.001));
    findings.push({
      level: 'ok',
      what: WHAT,
      message:
        `${counted(requests, 'request')} and ${counted(slices, 'slice')} are as they were captured: ` +
        `${formatBytes(bytes)} of bodies, at ${speed}/s`,
    });
  } else if (damage.some(({ kind }) => kind !== 'content')) {
    findings.push({
      level: 'note',
      what: WHAT,
      message: REPAIR,
    });
  } else {
    findings.push({
      level: 'note',
      what: WHAT,
      message: 'the other requests are whole; what is damaged of these cannot be brought back.',
    });
  }
  return [...findings, ...describeUnused(unused)];
}

function describeUnused(unused: Unused | null): Finding[] {
  if (unused === null || (unused.slices === 0 && unused.links === 0)) return [];
  const message = `${formatBytes(unused.bytes)} in ${unused.slices} slices are not used any more: \`claude-trace prune\` frees them`;
  return [{ level: 'note', what: WHAT, message }];
}

function describeDamage({ what, count, examples }: Damage, level: Finding['level']): Finding {
  const more = count > examples.length ? ', …' : '';
  return { level, what: 'damage', message: printableLine(`${count} ${what}: ${examples.join(', ')}${more}`) };
}

function describeRepair({ done, found, left, lost, textsEmptied, kept }: Repair, database: string): Finding[] {
  const what = 'repair';
  const findings = found.map((each) => describeDamage(each, 'note'));
  if (found.length === 0) {
    findings.push({ level: 'ok', what, message: `${database} is whole: nothing was changed` });
  } else if (done === 'mended') {
    findings.push({ level: 'ok', what, message: `${database} was mended in its place` });
  } else if (done === 'rebuilt') {
    findings.push({ level: 'ok', what, message: `${database} is a new file with all rows that could be read` });
    findings.push({ level: 'note', what, message: `the damaged file is kept as ${kept}` });
  }
  for (const { table, count } of lost) {
    if (table !== 'request_texts')
      findings.push({ level: 'note', what, message: `lost of ${table}: ${count} rows or so` });
  }
  if (lost.length > 0 || textsEmptied) {
    const texts = textsEmptied ? 'the text index is empty; ' : '';
    findings.push({
      level: 'note',
      what,
      message: `${texts}\`claude-trace reattribute --all\` derives anew what it can`,
    });
  }
  for (const damage of left) findings.push(describeDamage(damage, 'problem'));
  if (left.length > 0) {
    const message = 'the requests named above stay; what is damaged of them cannot be brought back';
    findings.push({ level: 'note', what, message });
  }
  return findings;
}

/** A line of progress for each part of the work: its total is known only when it begins. */
function withProgress<Result>(
  what: string,
  work: (onProgress: (done: number, total: number) => void) => Result,
): Result {
  const line: { of: number; progress: Progress } = { of: 0, progress: createProgress(what, 0) };
  try {
    return work((done, total) => {
      if (total !== line.of) {
        line.progress.end();
        line.progress = createProgress(what, total);
        line.of = total;
      }
      line.progress.show(done);
    });
  } finally {
    line.progress.end();
  }
}
