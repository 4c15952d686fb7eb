import { isRecord, type JsonRecord } from '../../base/json.js';
import type { ContentBlock } from '../../model/message.js';
import { text } from '../script.js';

/** The prompt that the demo starts Claude Code with. */
export const FIRST_PROMPT = 'The discount on large orders is off by a cent. Find out why.';

const SIDE_ANSWER = '{"title": "Discount off by a cent"}';
const TICKET_TOOL = 'mcp__tickets__read';
/** Its result is so long that Claude Code writes it to a file. */
const SEARCH_TOOL = 'mcp__tickets__search';
/** Its call fails. */
const WIKI_TOOL = 'mcp__wiki__page';

/** Versions with a tool search load the tools of MCP servers by it first (2.1.197 and 2.1.329 have it, 2.0.30 does not). */
const LOADER = 'ToolSearch';

/**
 * Answers the real Claude Code: the first prompt by solving it with tools that only read, all others by reading a file and
 * explaining the panel. It has no state: a retry gets the same answer.
 * @param cwd the folder of the project; the Read tool takes absolute paths only
 * @param panelKeys the keys that lead to the panel, and back
 */
export function demoModel(cwd: string, panelKeys: string): (body: JsonRecord) => ContentBlock[] {
  return (body) => {
    const tools = Array.isArray(body.tools) ? body.tools.filter(isRecord).map(({ name }) => name) : [];
    if (tools.length === 0) return [text(SIDE_ANSWER)];
    const { prompts, answers } = placeIn(body);
    const hasLoader = tools.includes(LOADER);
    const turns = prompts <= 1 ? solution(cwd, hasLoader, panelKeys) : tour(cwd, panelKeys, prompts - 2);
    // Ids of calls are unique.
    const turn = turns[Math.min(answers, turns.length - 1)] ?? [];
    return turn.map((block) => (block.type === 'tool_use' ? { ...block, id: `${block.id}_${prompts}` } : block));
  };
}

/** How many prompts were typed, and how many answers the model gave to the last. Messages with results are not prompts. */
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

function solution(cwd: string, hasLoader: boolean, panelKeys: string): ContentBlock[][] {
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
    ...(hasLoader
      ? [[call(LOADER, { query: `select:${[TICKET_TOOL, SEARCH_TOOL, WIKI_TOOL].join(',')}`, max_results: 3 })]]
      : []),
    [
      text('Each line is rounded before the sum. Is that known already?'),
      call(TICKET_TOOL, { target: 'BAKE-12' }),
      call(SEARCH_TOOL, { target: 'discount' }),
      call(WIKI_TOOL, { target: 'Discounts' }),
    ],
    [
      text(
        'Found it: `applyDiscount` in src/orders.ts rounds every line, and docs/rounding.md asks for one rounding of the sum. ' +
          'BAKE-12 reports the same from three customers.\n\n' +
          'This demo has no key and no network: a script answers in my place. Everything else is real, also what the ' +
          `panel shows. ${panelKeys} leads there (Enter opens a request, 3 lists sources, 7 MCP servers, + rates) and back. Type something ` +
          'more here, or press Ctrl-C twice to end.',
      ),
    ],
  ];
}

const tourStops = (panelKeys: string): readonly (readonly [file: string, says: string])[] => [
  [
    'CLAUDE.md',
    'A script answers, so I cannot help with that. But the last request contains what you typed: its source is ' +
      `\`user\`. ${panelKeys} then Enter shows the request piece by piece.`,
  ],
  [
    'src/orders.ts',
    'Still a script. Look at CACHE in the panel: nearly all of a conversation is read from the cache, at a tenth of the price.',
  ],
  [
    'docs/rounding.md',
    `Still a script. ${panelKeys} then 5 lists what the sources cost and what you could leave out, with the setting for it.`,
  ],
];

function tour(cwd: string, panelKeys: string, index: number): ContentBlock[][] {
  const stops = tourStops(panelKeys);
  const [file = '', says = ''] = stops[index % stops.length] ?? [];
  return [[call('Read', { file_path: `${cwd}/${file}` })], [text(says)]];
}

function call(name: string, input: Readonly<Record<string, unknown>>): ContentBlock {
  const about = String(input.file_path ?? input.target ?? name)
    .replace(/^.*\//, '')
    .replace(/\W/g, '_');
  return { type: 'tool_use', id: `toolu_demo_${about}`, name, input };
}
