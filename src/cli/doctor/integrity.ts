import { codeOf } from '../../base/error-text.js';
import { type Damage, type Repair, repairFile, type Unused, type Verification, verifyFile } from '../../store/index.js';
import { createProgress } from '../../text/output/progress.js';
import { printableLine } from '../../text/text.js';
import { counted, formatBytes } from '../../text/units.js';
import { describeStoreError, howToRepair } from './advice.js';
import { type Finding, note, ok, problem } from './finding.js';

const VERIFICATION = 'verification';

/** `doctor --verify`: reads everything that is stored, and checks its hashes. */
export function checkIntegrity(database: string): Finding[] {
  return withProgress('verifying', VERIFICATION, (onProgress) => {
    const started = performance.now();
    const verification = verifyFile(database, onProgress);
    return describeVerification(verification, (performance.now() - started) / 1_000, database);
  });
}

/** `doctor --repair`: reports what was wrong, what was done, and what is lost. */
export function repairDatabase(database: string): Finding[] {
  return withProgress('repairing', 'repair', (onProgress) =>
    describeRepair(repairFile(database, onProgress), database),
  );
}

function describeVerification(
  { damage, requests, mcpMessages, bytes, slices, unused }: Verification,
  seconds: number,
  database: string,
): Finding[] {
  const findings = damage.map((each) => problem('damage', describeDamage(each)));
  if (damage.length === 0) {
    const speed = formatBytes(bytes / Math.max(seconds, 0.001));
    const ofMcp = mcpMessages === 0 ? '' : `, ${counted(mcpMessages, 'MCP message')}`;
    const what = `${counted(requests, 'request')}${ofMcp} and ${counted(slices, 'slice')}`;
    findings.push(ok(VERIFICATION, `${what} are as captured: ${formatBytes(bytes)} of bodies, at ${speed}/s`));
  } else if (damage.some(({ kind }) => kind !== 'content')) {
    findings.push(note(VERIFICATION, howToRepair(database)));
  } else {
    findings.push(note(VERIFICATION, 'the other requests are intact; the damaged content cannot be restored.'));
  }
  return [...findings, ...describeUnused(unused)];
}

function describeUnused(unused: Unused | null): Finding[] {
  if (unused === null || (unused.slices === 0 && unused.links === 0)) return [];
  const what = `${formatBytes(unused.bytes)} in ${unused.slices} slices are no longer used`;
  return [note(VERIFICATION, `${what}: \`claude-trace prune\` frees them`)];
}

function describeDamage({ what, count, examples }: Damage): string {
  return printableLine(`${count} ${what}: ${examples.join(', ')}${count > examples.length ? ', …' : ''}`);
}

function describeRepair({ done, found, left, lost, textsEmptied, kept }: Repair, database: string): Finding[] {
  const findings = found.map((each) => note('damage', describeDamage(each)));
  if (found.length === 0) findings.push(ok('repair', `${database} is intact: nothing was changed`));
  else if (done === 'mended') findings.push(ok('repair', `${database} was repaired in place`));
  else if (done === 'rebuilt') {
    findings.push(ok('repair', `${database} is a new file with all rows that could be read`));
    findings.push(note('repair', `the damaged file is kept as ${kept}`));
  }
  for (const { table, count } of lost) {
    if (table !== 'request_texts') findings.push(note('repair', `about ${count} rows of ${table} are lost`));
  }
  if (lost.length > 0 || textsEmptied) {
    const texts = textsEmptied ? 'the text index is empty; ' : '';
    findings.push(note('repair', `${texts}\`claude-trace reattribute --all\` restores what can be derived`));
  }
  findings.push(...left.map((each) => problem('damage', describeDamage(each))));
  if (left.length > 0) {
    findings.push(note('repair', 'the requests named above were kept; their damaged content cannot be restored'));
  }
  return findings;
}

/** Shows a progress line for each part of the work: the total of a part is known when it begins. */
function withProgress(
  activity: string,
  what: string,
  work: (onProgress: (done: number, total: number) => void) => Finding[],
): Finding[] {
  let shownTotal = 0;
  let line = createProgress(activity, 0);
  try {
    return work((done, total) => {
      if (total !== shownTotal) {
        line.end();
        line = createProgress(activity, total);
        shownTotal = total;
      }
      line.show(done);
    });
  } catch (error) {
    const isEmpty = codeOf(error) === 'empty';
    return [(isEmpty ? note : problem)(what, describeStoreError(error))];
  } finally {
    line.end();
  }
}
