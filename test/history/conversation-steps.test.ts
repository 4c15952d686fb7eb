import { expect, it } from 'vitest';
import { createConversationSteps } from '../../src/history/conversation-steps.js';
import { openReader } from '../../src/store/index.js';
import {
  assistant,
  call,
  result,
  type SpokenTurn,
  spokenConversation,
  text,
  user,
} from '../support/spoken-conversation.js';

function stepsOf(turns: readonly SpokenTurn[]) {
  const { file, requests } = spokenConversation(turns);
  const reader = openReader(file);
  const stepOf = createConversationSteps(reader, {});
  const steps = requests.map(({ id }) => stepOf(reader.request(id)));
  reader.close();
  return steps;
}

const pieces = (list: readonly { source: string; part: string; text: string }[]) =>
  list.map(({ source, part, text }) => `${source} ${part}: ${text}`);

const GO = user(text('Read the file.'));
const READ = call('toolu_1', 'Read', { file_path: '/a.ts' });
const FILE = user(result('toolu_1', 'export {}'));

it('a step has what its request adds, and the answer; the answer is not repeated by the next one', () => {
  const [first, second] = stepsOf([
    { messages: [GO], answer: [text('I look.'), READ], more: { system: 'You are terse.' } },
    { messages: [GO, assistant(text('I look.'), READ), FILE], more: { system: 'You are terse.' } },
  ]);
  expect(first?.isOpening).toBe(true);
  expect(first?.frame.map(({ source }) => source)).toContain('framework:system');
  expect(pieces(first?.added ?? [])).toEqual(['user text: Read the file.']);
  expect(pieces(first?.answer ?? [])).toEqual(['assistant text: I look.', `tool:Read call: ${JSON.stringify(READ)}`]);
  expect(second).toMatchObject({ isOpening: false, frame: [], problems: [] });
  expect(pieces(second?.added ?? [])).toEqual(['tool:Read result: export {}']);
  expect(pieces(second?.answer ?? [])).toEqual(['assistant text: Done.']);
});

it('a conversation that was begun elsewhere shows what it began with, the answers too', () => {
  const [step] = stepsOf([{ messages: [GO, assistant(READ), FILE] }]);
  expect(pieces(step?.added ?? []).map((each) => each.split(':', 1)[0])).toEqual(['user text', 'tool', 'tool']);
});

it('a compaction opens the conversation again', () => {
  const [, second] = stepsOf([{ messages: [GO] }, { messages: [user(text('A summary.'))], continuation: 'compacted' }]);
  expect(second?.isOpening).toBe(true);
  expect(pieces(second?.added ?? [])).toEqual(['user text: A summary.']);
});

it('agents have conversations of their own beside the main one', () => {
  const agent = { purpose: 'subagent', agentId: 'a' } as const;
  const steps = stepsOf([
    { messages: [GO] },
    { messages: [user(text('Task.'))], ...agent },
    { messages: [GO, assistant(text('Done.')), user(text('Next.'))] },
  ]);
  expect(steps.map(({ added }) => pieces(added).map((each) => each.split(': ')[1]))).toEqual([
    ['Read the file.'],
    ['Task.'],
    ['Next.'],
  ]);
});

it('the same words said twice are new twice', () => {
  const yes = user(text('Yes.'));
  const [, second] = stepsOf([{ messages: [yes] }, { messages: [yes, assistant(text('Done.')), yes] }]);
  expect(pieces(second?.added ?? [])).toEqual(['user text: Yes.']);
});
