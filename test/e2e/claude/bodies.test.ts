import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createThreads, type FinishedExchange } from '../../../src/attribution/index.js';
import { type JsonRecord, parseRecord } from '../../../src/base/json.js';
import { attributed } from '../../support/attributed.js';
import { usage } from '../../support/bodies.js';
import { MARKERS } from '../../support/claude/markers.js';
import { makeProject } from '../../support/claude/project.js';
import { runClaude } from '../../support/claude/run.js';
import { ALLOWED_TOOLS, everySource, PROMPT } from '../../support/claude/session.js';
import { CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { bodyFaults, exchangeFaults, lostStrings } from '../../support/invariants.js';
import { mutated, mutations } from '../../support/mutations.js';
import { removeFolder } from '../../support/remove-folder.js';
import { messagesApi, startScriptedApi } from '../../support/scripted-api.js';
import { MILD } from '../../support/truth/rates.js';
import { usageOf } from '../../support/truth/session.js';
import { createBiller } from '../../support/truth/truth.js';

/** Newer models get reminders as bare text in `role: system` messages, older ones in tags. */
const SESSIONS = [
  ...CLAUDE_VERSIONS.map((version) => [version, 'claude-sonnet-4-5'] as const),
  ['2.1.332', 'opus'] as const,
];

/** What must hold for any body, for the bodies that the real CLI sends. They stay in memory: they hold its prompts. */
describe.each(SESSIONS)('bodies of Claude Code %s with %s', (version, model) => {
  let bodies: JsonRecord[];

  beforeAll(async () => {
    const root = await mkdtemp(join(tmpdir(), 'claude-trace-bodies-'));
    try {
      const project = await makeProject(root);
      const api = await startScriptedApi({ script: messagesApi(everySource(version, project)) });
      const args = ['--allowedTools', ALLOWED_TOOLS, '--model', model];
      await runClaude({ version, project, api, prompt: PROMPT, args });
      await runClaude({ version, project, api, prompt: `/greet ${MARKERS.commandArgument}`, args });
      bodies = api.received
        .filter(({ path }) => path.startsWith('/v1/messages'))
        .map(({ body }) => parseRecord(body.toString()) ?? {});
      await api.close();
    } finally {
      await removeFolder(root);
    }
  });

  it('are partitioned, and summed to any bill', () => {
    expect(bodies.length).toBeGreaterThan(8);
    const [bill] = fc.sample(usage, { numRuns: 1, seed: 3 });
    for (const body of bodies) {
      expect(bodyFaults(body, { usage: null })).toEqual([]);
      expect(lostStrings(body, JSON.stringify(body), attributed(body))).toEqual([]);
      expect(bodyFaults(body, { usage: bill ?? null, model: 'claude-sonnet-4-5' })).toEqual([]);
    }
  });

  it('are partitioned and summed to their own bills as a session', () => {
    const threads = createThreads({});
    const { meter } = createBiller(MILD);
    for (const [index, body] of bodies.entries()) {
      const exchange = exchangeOf(body, index);
      expect(exchangeFaults(threads, { ...exchange, usage: usageOf(meter.bill(body, 40)) })).toEqual([]);
    }
  });

  it('may be broken anywhere', () => {
    fc.assert(
      fc.property(fc.nat(), mutations(5), usage, (index, changes, bill) => {
        const body = mutated(bodies[index % bodies.length], changes);
        expect(bodyFaults(body, { usage: bill, model: 'claude-sonnet-4-5' })).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('may break in the course of a session', () => {
    fc.assert(
      fc.property(fc.array(mutations(3), { minLength: 3, maxLength: 3 }), usage, (plans, bill) => {
        const threads = createThreads({});
        for (const [index, body] of bodies.entries()) {
          const broken = index % 3 === 1 ? mutated(body, plans[index % plans.length] ?? []) : body;
          expect(exchangeFaults(threads, { ...exchangeOf(broken, index), usage: bill })).toEqual([]);
        }
      }),
      { numRuns: 4 },
    );
  });
});

function exchangeOf(body: unknown, index: number): Omit<FinishedExchange, 'usage'> {
  return {
    id: `req_${index}`,
    sessionId: 'session',
    agentId: null,
    headers: [],
    model: 'claude-sonnet-4-5',
    at: Date.UTC(2026, 0, 15) + index,
    body,
    // A mutation may drop the whole of it.
    text: JSON.stringify(body) ?? '',
    message: null,
  };
}
