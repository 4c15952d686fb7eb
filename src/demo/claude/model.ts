import { isRecord, type JsonRecord } from '../../base/json.js';
import type { ContentBlock } from '../../model/message.js';

/** What the person would have typed first. */
export const FIRST_PROMPT = 'The discount on large orders is off by a cent. Find out why.';

const SIDE_ANSWER = '{"title": "Discount off by a cent"}';
const TICKET_TOOL = 'mcp__tickets__read';

/** A tool search loads the ticket tool first, in versions that have one (2.1.197 and 2.1.329 do, 2.0.30 does not). */
const LOADER = 'ToolSearch';

/**
 * What the model of the demo answers the real Claude Code: to the first prompt by working it out with tools that only read,
 * to all others by reading a file and telling what there is to see. It keeps no place: a retry gets the same answer.
 * @param cwd of the project; the Read tool takes absolute paths only
 * @param toPanel the keys that lead to the panel, and back
 */
export function demoModel(cwd: string, toPanel = 'Ctrl-]'): (body: JsonRecord) => ContentBlock[] {
  return (body) => {
    const tools = Array.isArray(body.tools) ? body.tools.filter(isRecord).map(({ name }) => name) : [];
    if (tools.length === 0) return [text(SIDE_ANSWER)];
    const { prompts, answers } = placeIn(body);
    const hasLoader = tools.includes(LOADER);
    const turns = prompts <= 1 ? workedOut(cwd, hasLoader, toPanel) : shownAround(cwd, toPanel, prompts - 2);
    // A call's id is of one prompt only.
    const turn = turns[Math.min(answers, turns.length - 1)] ?? [];
    return turn.map((block) => (block.type === 'tool_use' ? { ...block, id: `${block.id}_${prompts}` } : block));
  };
}

/** How many prompts were typed, and how often the model has spoken since the last. Messages with results are no prompts. */
function placeIn({ messages }: JsonRecord): { prompts: number; answers: number } {
  const place = { prompts: 0, answers: 0 };
  for (const message of Array.isArray(messages) ? messages.filter(isRecord) : []) {
    if (message.role === 'assistant') place.answers += 1;
    if (message.role !== 'user' || hasResult(message.content)) continue;
    place.prompts += 1;
    place.answers = 0;
  }
  return place;
}

function hasResult(content: unknown): boolean {
  return Array.isArray(content) && content.some((block) => isRecord(block) && block.type === 'tool_result');
}

function workedOut(cwd: string, hasLoader: boolean, toPanel: string): ContentBlock[][] {
  return [
    [
      {
        type: 'thinking',
        thinking: 'A cent: something is rounded twice. Look at who applies the discount.',
        signature: 'ZGVtbw==',
      },
      text('I look for the code that applies the discount, and for the rule.'),
      call('Read', { file_path: `${cwd}/src/orders.ts` }),
      call('Read', { file_path: `${cwd}/docs/rounding.md` }),
    ],
    ...(hasLoader ? [[call(LOADER, { query: `select:${TICKET_TOOL}`, max_results: 1 })]] : []),
    [text('Each line is rounded before the sum. Is that known already?'), call(TICKET_TOOL, { target: 'BAKE-12' })],
    [
      text(
        'Found it: `applyDiscount` in src/orders.ts rounds every line, and docs/rounding.md asks for one rounding of the sum. ' +
          'BAKE-12 reports the same from three customers.\n\n' +
          'This demo has no key and no network: a script answers in my place. All else is real, also what the panel ' +
          `shows. ${toPanel} takes the keys there (Enter opens a request, 3 lists sources, + rates) and back. Type something ` +
          'more here, or press Ctrl-C twice to end.',
      ),
    ],
  ];
}

const tourWith = (toPanel: string): readonly (readonly [file: string, says: string])[] => [
  [
    'CLAUDE.md',
    'A script answers, so I cannot help with that. What you typed is a part of the last request all the same: its source is ' +
      `\`user\`. ${toPanel} then Enter shows the request piece by piece.`,
  ],
  [
    'src/orders.ts',
    'Still a script. Look at CACHE in the panel: nearly all of a conversation is read from the cache, and costs a tenth.',
  ],
  [
    'docs/rounding.md',
    `Still a script. ${toPanel} then 5 lists what the sources cost and what could be left out, with the setting that does it.`,
  ],
];

function shownAround(cwd: string, toPanel: string, index: number): ContentBlock[][] {
  const tour = tourWith(toPanel);
  const [file = '', says = ''] = tour[index % tour.length] ?? [];
  return [[call('Read', { file_path: `${cwd}/${file}` })], [text(says)]];
}

function text(content: string): ContentBlock {
  return { type: 'text', text: content };
}

function call(name: string, input: Readonly<Record<string, unknown>>): ContentBlock {
  const about = String(input.file_path ?? input.target ?? name)
    .replace(/^.*\//, '')
    .replace(/\W/g, '_');
  return { type: 'tool_use', id: `toolu_demo_${about}`, name, input };
}
