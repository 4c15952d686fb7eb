import { expect, it } from 'vitest';
import { advise } from '../../src/advice/index.js';
import { readEvidence } from '../../src/advice/read-evidence.js';
import { describeLoss, describeReason } from '../../src/text/reports/advice/finding.js';
import { describeAdvice, describeNoFindings } from '../../src/text/reports/advice/report.js';
import { describeSetting, settingText } from '../../src/text/reports/advice/setting.js';
import { findingBlocks } from '../../src/tui/panel/lines/findings.js';
import { aShare } from '../store/support/records.js';
import { defined, listed, type StoredSession, storedHistory } from './stored-history.js';

const DAY = 86_400_000;
const SHARES = [
  aShare('framework:system', 3_000, { part: 'prompt' }),
  defined('mcp:tickets', 2_000),
  listed('skill:tidy', 60),
  listed('skill:plugin-less', 50),
  aShare('user', 20),
];
const WORK: StoredSession = { id: 'a', at: 10 * DAY, requests: 120, shares: SHARES };
const adviceOf = (sessions: readonly StoredSession[], filter = {}) => {
  const reader = storedHistory(sessions);
  try {
    const evidence = readEvidence(reader, { version: 1, ...filter });
    return { evidence, advice: advise(evidence) };
  } finally {
    reader.close();
  }
};
const sourcesOf = (sessions: readonly StoredSession[], filter = {}) =>
  adviceOf(sessions, filter).advice.findings.flatMap(({ sources }) => sources);

it('counts prompts and hours of a period, with prompt ids and without', () => {
  const activityOf = (values: Partial<StoredSession>, filter = {}) =>
    adviceOf([{ ...WORK, ...values }], filter).evidence.activity;
  expect(activityOf({ prompts: 3 })).toEqual({ prompts: 3, hours: expect.closeTo(119 / 60, 2) });
  expect(activityOf({ prompts: 9, requests: 60 }).prompts).toBe(5);
  expect(activityOf({ prompts: 0, requests: 4 }).prompts).toBe(4);
  expect(activityOf({ requests: 61 }, { since: WORK.at + 30 * 60_000 }).hours).toBeCloseTo(0.5, 2);
  expect(activityOf({}, { sessionId: 'other' })).toEqual({ prompts: 0, hours: 0 });
});

it('gives no findings for a short session, but says what is missing', () => {
  const { advice } = adviceOf([{ ...WORK, requests: 6, prompts: 2 }]);
  expect(advice).toMatchObject({ findings: [], tooShort: { requests: 6, prompts: 2 } });
  expect(describeAdvice(advice, [], Number.POSITIVE_INFINITY)).toEqual([describeNoFindings(advice)]);
  expect(describeNoFindings(advice)).toContain('14 requests, 3 prompts and 25 minutes more of work are needed.');
  expect(adviceOf([{ ...WORK, requests: 40, prompts: 5 }]).advice.tooShort).toBeNull();
});

it('takes the version from the newest request', () => {
  const old = { ...WORK, version: '2.0.30' };
  const now = { ...WORK, id: 'b', at: WORK.at + DAY };
  expect(adviceOf([old, now]).evidence.claudeVersion).toBe('2.1.332');
  expect(adviceOf([now, old], { sessionId: 'a' }).evidence.claudeVersion).toBe('2.0.30');
  const unknown = adviceOf([{ ...WORK, requests: 40, version: 'next' }]).advice.findings;
  expect(unknown.map(({ settings }) => settings.length)).toEqual(unknown.map(() => 0));
});

it('advises only against sources that are in the newest session of a project', () => {
  const without = SHARES.filter(({ source }) => source !== 'mcp:tickets');
  const next = { ...WORK, id: 'b', at: WORK.at + DAY, shares: without };
  expect(sourcesOf([WORK])).toContain('mcp:tickets');
  expect(sourcesOf([WORK, next])).not.toContain('mcp:tickets');
  expect(sourcesOf([WORK, next])).toContain('skill:tidy');
  expect(sourcesOf([WORK, { ...next, cwd: '/other' }])).toContain('mcp:tickets');
  expect(sourcesOf([WORK, next], { sessionId: 'a' })).toContain('mcp:tickets');
});

it('takes sources and version only from the projects of the filter', () => {
  const next = { ...WORK, id: 'b', at: WORK.at + DAY, cwd: '/other', version: '2.0.30' };
  const { current, claudeVersion } = adviceOf([WORK, next], { project: '/project' }).evidence;
  expect(current?.get('mcp:tickets')).toEqual(['/project']);
  expect(claudeVersion).toBe('2.1.332');
  const elsewhere = { ...next, shares: [...SHARES, defined('mcp:elsewhere', 2_000)] };
  expect(adviceOf([WORK, elsewhere], { project: 'project' }).evidence.current?.has('mcp:elsewhere')).toBe(false);
});

it('knows the projects that carry a source now', () => {
  const next = { ...WORK, id: 'b', at: WORK.at + DAY, cwd: '/other', shares: [defined('mcp:tickets', 2_000)] };
  const { current } = adviceOf([WORK, next]).evidence;
  expect([...(current?.get('mcp:tickets') ?? [])].sort()).toEqual(['/other', '/project']);
  expect(current?.get('skill:tidy')).toEqual(['/project']);
});

it('counts a read resource as a use of its server, but not of its tools', () => {
  const read = { source: 'mcp:tickets', tool: 'ReadMcpResourceTool' };
  const attached = [...SHARES, aShare('mcp:tickets', 500, { part: 'body' })];
  for (const values of [{ calls: [read] }, { shares: attached }]) {
    const findings = adviceOf([{ ...WORK, ...values }]).advice.findings.filter(({ sources }) =>
      sources.includes('mcp:tickets'),
    );
    expect(findings.map((finding) => [finding.kind, describeLoss(finding), finding.tools])).toEqual([
      [
        'unused_server_tools',
        "these tools: mcp__tickets__find. The server's resources and prompts stay.",
        ['mcp__tickets__find'],
      ],
    ]);
  }
});

it('says the same in the panel and in suggest', () => {
  const { advice } = adviceOf([WORK]);
  expect(advice.findings.length).toBeGreaterThan(1);
  const panel = findingBlocks(advice).flatMap((block) => block(10_000));
  const shown = panel.map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trim(),
  );
  const printed = describeAdvice(advice, [], Number.POSITIVE_INFINITY).map((line) => line.trim());
  for (const finding of advice.findings) {
    for (const lines of [shown, printed]) {
      expect(lines).toContainEqual(expect.stringContaining(describeReason(finding)));
      expect(lines).toContainEqual(`Stops working: ${describeLoss(finding)}`);
      for (const setting of finding.settings) {
        expect(lines).toContain(`→ ${settingText(setting)}`);
        expect(lines).toContain(describeSetting(setting));
      }
    }
  }
  const common = printed.filter((line) => line !== '' && !/^What to change|^After a change/.test(line));
  expect(shown).toEqual(expect.arrayContaining(common));
  const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
  expect(advice.saved.tokens).toBe(sum(advice.findings.map(({ saved }) => saved?.tokens ?? 0)));
});
