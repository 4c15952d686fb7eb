import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isRecord, type JsonRecord, parseRecord } from '../../../src/base/json.js';
import { segmentsOf } from '../../../src/history/segments.js';
import { openReader } from '../../../src/store/index.js';
import { makeProject } from '../../support/claude/project.js';
import { runClaude } from '../../support/claude/run.js';
import { ALLOWED_TOOLS, PROMPT } from '../../support/claude/session.js';
import { newTrace, type Trace } from '../../support/claude/traced.js';
import { MAIN } from '../../support/product.js';
import { removeFolder } from '../../support/remove-folder.js';
import { messagesApi, startScriptedApi } from '../../support/scripted-api.js';
import { weightySession } from '../../support/truth/claude-session.js';
import { type Comparison, type CountedSegment, compare, type Step } from '../../support/truth/compare.js';
import { HARSH, MILD } from '../../support/truth/rates.js';
import { createBiller } from '../../support/truth/truth.js';

const shown = z.object({
  tokens: z.object({ input: z.number() }),
  segments: z.array(z.object({ path: z.string(), source: z.string(), tokens: z.number(), text: z.string() })),
});

/** An API that bills with a tokenizer of its own; what `show` says beside what that API knows. */
describe.each([
  { version: '2.0.30', rates: MILD, arrival: 'alone', within: 0.01 },
  // It puts a reminder behind the results of every turn, so that nothing comes alone.
  { version: '2.1.332', rates: HARSH, arrival: 'together', within: 0.05 },
] as const)('tokens of a session of Claude Code $version', ({ version, rates, arrival, within }) => {
  let trace: Trace;
  let comparisons: Comparison[];
  let measured: Comparison[];
  let totals: [shown: number, billed: number, summed: number][];

  beforeAll(async () => {
    const root = await mkdtemp(join(tmpdir(), 'claude-trace-truth-'));
    trace = await newTrace();
    const project = await makeProject(root);
    const biller = createBiller(rates);
    let steps: ShownStep[];
    const api = await startScriptedApi({ script: messagesApi(await weightySession(version, project), biller.meter) });
    try {
      const args = ['--allowedTools', ALLOWED_TOOLS];
      await runClaude({ version, project, api, prompt: PROMPT, args, wrapArgv: trace.wrapArgv, env: trace.env });
      steps = await stepsOf(trace);
      await execa(process.execPath, [MAIN, 'measure'], {
        env: { ...trace.env, ANTHROPIC_API_KEY: 'sk-ant-api03-of-the-user', ANTHROPIC_BASE_URL: api.url },
      });
    } finally {
      await api.close();
      await removeFolder(root);
    }
    measured = compare(
      measuredSteps(trace),
      ({ segments }) => segments,
      ({ body, segments }) => biller.truthOf(body, segments),
    );
    totals = steps.map(({ input, segments, body }) => [input, biller.meter.countInput(body), sum(segments)]);
    comparisons = compare(
      steps,
      ({ segments }) => segments,
      ({ body, segments }) => biller.truthOf(body, segments),
    );
  });
  afterAll(() => trace.remove());

  it('are billed to the last one', () => {
    expect(totals.length).toBeGreaterThan(10);
    expect(totals.filter(([input, billed, segments]) => input !== billed || segments !== billed)).toEqual([]);
  });

  it(`are within ${100 * within} % of the truth for what commands printed in later turns`, () => {
    const printed = comparisons.filter((one) => one.source === 'tool:Bash' && one.arrival === arrival);
    expect(printed.length).toBeGreaterThan(5);
    expect(printed.filter(({ error }) => error > within)).toEqual([]);
  });

  // A token or two around each reminder belong to no segment.
  it('are within 1 % of the truth, or a few tokens, for every source once they were measured', () => {
    const judged = measured.filter(({ arrival, source }) => arrival === 'opening' || source !== 'framework:reminder');
    expect(judged.length).toBeGreaterThan(300);
    expect(judged.filter(({ error, tokens, truth }) => error > 0.01 && Math.abs(tokens - truth) > 6)).toEqual([]);
  });
});

interface ShownStep extends Step {
  input: number;
  segments: CountedSegment[];
}

/** The stored messages in the order in which they were sent; a thread is what opens with the same words. */
async function stepsOf(trace: Trace): Promise<ShownStep[]> {
  const steps: ShownStep[] = [];
  for (const { row, requestBody } of trace.stored().toReversed()) {
    if (row.kind !== 'messages') continue;
    const { segments, tokens } = shown.parse(JSON.parse((await trace.run('show', row.id, '--json')).toString()));
    const body = parseRecord(requestBody.toString()) ?? {};
    steps.push({ thread: openingOf(body), body, counted: null, input: tokens.input, segments });
  }
  return steps;
}

/** The same after `measure`. */
function measuredSteps(trace: Trace): (Step & { segments: CountedSegment[] })[] {
  const reader = openReader(trace.database);
  try {
    return trace
      .stored()
      .toReversed()
      .flatMap(({ row, detail, requestBody }) => {
        if (row.kind !== 'messages') return [];
        const segments = segmentsOf(reader, detail, {}).map(({ segment, text }) => ({ ...segment, text }));
        const body = parseRecord(requestBody.toString()) ?? {};
        return [{ thread: openingOf(body), body, counted: null, segments }];
      });
  } finally {
    reader.close();
  }
}

function openingOf({ messages }: JsonRecord): string {
  const [first] = Array.isArray(messages) ? messages : [];
  const content = isRecord(first) && Array.isArray(first.content) ? first.content : [first];
  return JSON.stringify(content.map((block: unknown) => (isRecord(block) ? block.text : block)));
}

function sum(segments: readonly CountedSegment[]): number {
  return segments.reduce((total, { tokens }) => total + tokens, 0);
}
