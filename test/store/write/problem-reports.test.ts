import { describe, expect, it } from 'vitest';
import { LockedError, RejectedRecordError } from '../../../src/store/index.js';
import { createProblemReports } from '../../../src/store/write/problem-reports.js';

function startReports() {
  const codes: string[] = [];
  return { reports: createProblemReports(({ code }) => codes.push(code)), codes };
}

const locked = new LockedError('/data/trace.db', null);

describe('problem reports', () => {
  it('are made once for each code until writing works again', () => {
    const { reports, codes } = startReports();
    reports.failed(locked);
    reports.failed(locked);
    reports.overflowed();
    reports.recovered(0);
    reports.recovered(0);
    reports.failed(locked);
    expect(codes).toEqual(['locked', 'overflow', 'recovered', 'locked']);
  });

  it('need no recovery from a refused record, which is reported only once', () => {
    const { reports, codes } = startReports();
    reports.failed(new RejectedRecordError('no run'));
    reports.recovered(1);
    reports.failed(new RejectedRecordError('no run'));
    expect(codes).toEqual(['rejected']);
  });
});
