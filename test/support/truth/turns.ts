import type { ContentBlock } from '../../../src/model/message.js';
import { base64, cjk, code, filePath, hex, json, log, name, pick, prose, type Random, whole } from './texts.js';
import { DEFERRED_TOOLS, reminder, SERVER_TOOLS, SKILLS, text } from './workbench.js';

/** What the model says, and what comes back: one turn of a thread. */
export interface Turn {
  answer: ContentBlock[];
  reply: ContentBlock[];
  /** Bare words of the harness, in a `role: system` message behind the reply. */
  aside?: string;
}

/** A turn of each kind that Claude Code makes; `id` names its calls. */
export type MakeTurn = (random: Random, id: string) => Turn;

const single: MakeTurn = (random, id) => {
  const [call, result] = use(random, id);
  return { answer: [call], reply: [result] };
};

const spoken: MakeTurn = (random, id) => {
  const [call, result] = use(random, id);
  const thinking = {
    type: 'thinking',
    thinking: prose(random, whole(random, 20, 120)),
    signature: base64(random, 160),
  };
  return { answer: [thinking, text(prose(random, whole(random, 8, 60))), call], reply: [result] };
};

const parallel: MakeTurn = (random, id) => {
  const uses = Array.from({ length: whole(random, 2, 4) }, (_, index) => use(random, `${id}_${index}`));
  return { answer: uses.map(([call]) => call), reply: uses.map(([, result]) => result) };
};

const prompt: MakeTurn = (random) => ({
  answer: [text(prose(random, whole(random, 40, 200)))],
  reply: [text(random() < 0.3 ? cjk(random, whole(random, 20, 90)) : prose(random, whole(random, 8, 90)))],
});

const skill: MakeTurn = (random, id) => {
  const used = pick(random, SKILLS);
  const body = `Base directory for this skill: /home/ada/shop/.claude/skills/${used}\n\n# ${used}\n\n${prose(random, 350)}`;
  return {
    answer: [call('Skill', { skill: used }, id)],
    reply: [result(id, `Launching skill: ${used}`), text(body)],
  };
};

/** Loads the deferred definitions. */
export const search: MakeTurn = (_random, id) => ({
  answer: [call('ToolSearch', { query: `select:${DEFERRED_TOOLS.join(',')}`, max_results: 5 }, id)],
  reply: [
    {
      type: 'tool_result',
      tool_use_id: id,
      content: DEFERRED_TOOLS.map((tool_name) => ({ type: 'tool_reference', tool_name })),
    },
  ],
});

const hooked: MakeTurn = (random, id) => {
  const [use1, result1] = use(random, id);
  const hook = `PostToolUse:Edit hook additional context: ${prose(random, whole(random, 10, 60))}`;
  return { answer: [use1], reply: [result1, reminder(hook)] };
};

const aside: MakeTurn = (random, id) => {
  const [use1, result1] = use(random, id);
  return { answer: [use1], reply: [result1], aside: `PostToolUse:Bash hook additional context: ${prose(random, 40)}` };
};

const image: MakeTurn = (_random, id) => ({
  answer: [call('Read', { file_path: '/home/ada/shop/plan.png' }, id)],
  reply: [{ type: 'tool_result', tool_use_id: id, content: [png(900, 600)] }],
});

/** Every kind, the usual ones more often. */
export const TURNS: readonly MakeTurn[] = [
  ...[single, spoken, parallel, prompt, single],
  ...[skill, hooked, aside, image, spoken, single],
];

/** A tool call and its result, of some tool and some kind of text. */
function use(random: Random, id: string): [call: ContentBlock, result: ContentBlock] {
  const [tool, input, output] = pick(random, USES)(random, whole(random, 1, 12));
  return [call(tool, input, id), result(id, output)];
}

type Use = (random: Random, size: number) => [tool: string, input: object, output: string | ContentBlock[]];

const USES: readonly Use[] = [
  (random, size) => ['Read', { file_path: filePath(random) }, code(random, size * 14)],
  (random, size) => ['Read', { file_path: filePath(random) }, cjk(random, size * 60)],
  (random, size) => [
    'Bash',
    { command: `npm test ${filePath(random)}`, description: prose(random, 5) },
    log(random, size * 5),
  ],
  (random, size) => ['Bash', { command: `base64 ${filePath(random)}` }, base64(random, size * 120)],
  (random, size) => ['Grep', { pattern: name(random), output_mode: 'content' }, code(random, size * 6)],
  (random) => [
    'Edit',
    { file_path: filePath(random), old_string: code(random, 6), new_string: code(random, 9) },
    `The file ${filePath(random)} has been updated.`,
  ],
  (random, size) => [
    pick(random, SERVER_TOOLS),
    { query: prose(random, 6), cursor: hex(random, 20) },
    [text(json(random, size * 2))],
  ],
  (random, size) => [pick(random, DEFERRED_TOOLS), { [name(random)]: hex(random, 12) }, [text(json(random, size))]],
  (random, size) => [
    'WebFetch',
    { url: `https://example.org/${hex(random, 8)}`, prompt: prose(random, 14) },
    prose(random, size * 70),
  ],
];

export function call(tool: string, input: object, id: string): ContentBlock {
  return { type: 'tool_use', id, name: tool, input };
}

export function result(id: string, content: string | ContentBlock[]): ContentBlock {
  return { type: 'tool_result', tool_use_id: id, content };
}

/** As much of a PNG as tells its size. */
function png(width: number, height: number): ContentBlock {
  const header = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width);
  size.writeUInt32BE(height, 4);
  const data = Buffer.concat([header, size, Buffer.alloc(3000, 7)]).toString('base64');
  return { type: 'image', source: { type: 'base64', media_type: 'image/png', data } };
}
