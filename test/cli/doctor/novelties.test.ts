import { describe, expect, it } from 'vitest';
import { checkNovelties, describeNovelties } from '../../../src/cli/doctor/novelties.js';
import type { VersionNovelties } from '../../../src/model/novelty.js';
import { VERSION } from '../../../src/settings/version.js';
import { tempDatabase } from '../../store/support/temp-database.js';

const version = (more: Partial<VersionNovelties> = {}): VersionNovelties => {
  return { version: '2.1.400', requests: 12, tokens: 10_000, unmatchedTokens: 10, novelties: [], ...more };
};

describe('describeNovelties', () => {
  it('is one line with names and counts', () => {
    const novelties = [
      { kind: 'header', name: 'x-claude-zorb', requests: 12 },
      { kind: 'text', name: 'reminder', requests: 3 },
    ] as const;
    expect(describeNovelties([version({ novelties: [...novelties] })])).toEqual([
      {
        level: 'note',
        what: 'Claude Code',
        message:
          `claude-trace ${VERSION} does not know these parts of Claude Code 2.1.400, seen in 12 requests: header x-claude-zorb (12), ` +
          'text reminder (3). Please paste this line into an issue; it contains nothing from your conversations',
      },
    ]);
  });

  it('names no more than fits a line', () => {
    const novelties = Array.from(
      { length: 50 },
      (_, n) => ({ kind: 'field', name: `zorb_${n}`, requests: 1 }) as const,
    );
    expect(describeNovelties([version({ novelties })])[0]?.message).toMatch(/field zorb_19 \(1\), 30 more\. /);
  });

  it('has a share of unknown text only if it is larger than in other versions', () => {
    const raised = version({ unmatchedTokens: 300 });
    expect(describeNovelties([raised, version()])[0]?.message).toContain('in 12 requests: text without a rule: 3 %.');
    expect(describeNovelties([raised, version({ version: '2.1.399', unmatchedTokens: 250 })])).toMatchObject([
      { level: 'ok' },
    ]);
  });

  it('names the last version with something unknown', () => {
    const strange = version({ version: '2.1.399', novelties: [{ kind: 'role', name: 'operator', requests: 1 }] });
    expect(describeNovelties([version(), strange])[0]?.message).toContain('of Claude Code 2.1.399,');
  });

  it('says that everything is known, and nothing without requests', () => {
    expect(describeNovelties([version()])).toEqual([
      { level: 'ok', what: 'Claude Code', message: '2.1.400: everything in 12 requests is known' },
    ]);
    expect(describeNovelties([])).toEqual([]);
    expect(checkNovelties({ database: tempDatabase() })).toEqual([]);
  });
});
