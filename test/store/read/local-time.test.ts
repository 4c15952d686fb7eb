import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Keys of hours, each with the beginning of the period, in a time zone. It needs a process, whose zone is fixed at its start. */
function keysIn(
  zone: string,
  span: 'hour' | 'day' | 'week',
  times: readonly (readonly [hour: string, since?: string])[],
) {
  const module = fileURLToPath(new URL('../../../src/store/read/local-time.ts', import.meta.url));
  const program = `
    import { LOCAL_SPANS, timeOf } from ${JSON.stringify(module)};
    const keys = ${JSON.stringify(times)}.map(([hour, since]) =>
      LOCAL_SPANS.${span}.keyOf(timeOf(Date.parse(hour) / 3_600_000, since && Date.parse(since))));
    console.log(JSON.stringify(keys));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program],
    { env: { ...process.env, TZ: zone }, encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('the local day of an hour', () => {
  it('is the day in which it begins', () => {
    expect(
      keysIn('America/New_York', 'day', [['2026-03-08T04:00:00Z'], ['2026-03-08T05:00:00Z'], ['2026-03-09T03:00:00Z']]),
    ).toEqual(['2026-03-07', '2026-03-08', '2026-03-08']);
  });

  it('is the first day of a period that begins inside the hour, also in zones with half hours', () => {
    const midnight = '2026-05-01T18:30:00Z';
    expect(keysIn('Asia/Kolkata', 'day', [['2026-05-01T18:00:00Z'], ['2026-05-01T18:00:00Z', midnight]])).toEqual([
      '2026-05-01',
      '2026-05-02',
    ]);
    expect(keysIn('Asia/Kolkata', 'hour', [['2026-05-01T18:00:00Z', midnight]])).toEqual(['2026-05-01T18:00:00.000Z']);
  });

  it('belongs to a week that begins on Monday', () => {
    expect(keysIn('Europe/Berlin', 'week', [['2026-05-03T21:00:00Z'], ['2026-05-03T22:00:00Z']])).toEqual([
      '2026-04-27',
      '2026-05-04',
    ]);
  });
});
