/**
 * Sums vitest's JSON reports into one line, "N passed, N failed[, N skipped]", and exits with 1 when anything failed.
 * Failures are repeated right above that line: the end of a long log is all that some people get to see.
 * usage: sum-reports.mjs <0|1: another step failed> <report…>
 */
import { readFileSync } from 'node:fs';

const FAILURE_CHARACTERS = 1500;

const [otherFailure, ...files] = process.argv.slice(2);
const sum = { passed: 0, failed: Number(otherFailure), skipped: 0 };
for (const file of files) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    sum.passed += report.numPassedTests;
    sum.failed += report.numFailedTests;
    sum.skipped += report.numPendingTests + report.numTodoTests;
    // A file that could not even be loaded counts no test.
    if (!report.success && report.numFailedTests === 0) sum.failed += 1;
    for (const failure of failuresOf(report)) console.log(failure);
  } catch (error) {
    console.error(`no report ${file}: ${error.message}`);
    sum.failed += 1;
  }
}
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exitCode = sum.failed > 0 ? 1 : 0;

function failuresOf(report) {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (status === 'failed' && failed.length === 0) return [describe(name, '(the file)', [message])];
    return failed.map((test) => describe(name, test.fullName, test.failureMessages));
  });
}

function describe(file, test, messages) {
  return `failed: ${file}: ${test}\n${messages.join('\n').slice(0, FAILURE_CHARACTERS)}`;
}
