import { type Intent, type Need, VIEW_TITLES } from './intents.js';
import { VIEWS } from './state.js';

/** Something that can be done in the panel: by a key, or by its name in the palette. */
export interface PanelAction {
  name: string;
  /** As people write them. */
  keys: readonly string[];
  intent: Intent;
  /** Without it the action is possible everywhere. */
  needs?: Need | undefined;
}

/** Actions that belong together: a line of the help. */
export interface ActionLine {
  does: string;
  actions: readonly PanelAction[];
}

type Way = readonly [way: string, keys: readonly string[], intent: Intent];

/** Names each action by what the line does and its own way. */
function line(does: string, ways: readonly Way[], needs?: Need): ActionLine {
  return {
    does: `${does} ${ways.map(([way]) => way).join(', ')}`.trim(),
    actions: ways.map(([way, keys, intent]) => ({ name: `${does} ${way}`.trim(), keys, intent, needs })),
  };
}

/** Everything that can be done in the panel, in the order of the help. Keys, help and palette follow from this table. */
export const ACTION_GROUPS: readonly { title: string; lines: readonly ActionLine[] }[] = [
  {
    title: 'Move',
    lines: [
      line('one row', [
        ['up', ['↑', 'k'], { type: 'move', motion: 'up' }],
        ['down', ['↓', 'j'], { type: 'move', motion: 'down' }],
      ]),
      line('one page', [
        ['up', ['PgUp', 'b', 'Ctrl-b', 'Ctrl-u'], { type: 'move', motion: 'pageUp' }],
        ['down', ['PgDn', 'Space', 'Ctrl-f', 'Ctrl-d'], { type: 'move', motion: 'pageDown' }],
      ]),
      line('go to the', [
        ['first row', ['g', 'Home'], { type: 'move', motion: 'first' }],
        ['last row', ['G', 'End'], { type: 'move', motion: 'last' }],
      ]),
      line('open what is selected', [['', ['Enter'], { type: 'open' }]]),
      line('go one step back, then remove all filters', [['', ['Esc'], { type: 'back' }]]),
    ],
  },
  {
    title: 'Views',
    lines: [
      line(
        'show',
        VIEWS.map((view, index) => [VIEW_TITLES[view], [String(index + 1)], { type: 'view', view }]),
      ),
      line('go to the', [
        ['next view', ['Tab'], { type: 'turn', by: 1 }],
        ['previous view', ['Shift-Tab'], { type: 'turn', by: -1 }],
      ]),
    ],
  },
  {
    title: 'Lists of requests, sources, sessions, MCP',
    lines: [
      line('search requests; narrow other lists; find in a text', [['', ['/'], { type: 'ask', kind: 'search' }]]),
      line('only requests with a source', [['', ['s'], { type: 'ask', kind: 'source' }]], 'list'),
      line('only requests with a status', [['', ['f'], { type: 'ask', kind: 'status' }]], 'list'),
      line('another order: by time, cost, tokens, …', [['', ['o'], { type: 'nextSort' }]], 'order'),
      line('release the oldest message that a rule holds', [['', ['r'], { type: 'resume' }]]),
      line('list the MCP calls of the selected request, source or server', [['', ['m'], { type: 'calls' }]]),
      line('show or hide side calls', [['', ['e'], { type: 'toggleSideCalls' }]], 'turns'),
    ],
  },
  {
    title: 'Sources of a request, its text, findings, help',
    lines: [
      line(
        'go to the sources of a request; unfold; next section',
        [['', ['→', 'l'], { type: 'section', by: 1 }]],
        'sections',
      ),
      line('go back to the list; fold; previous section', [['', ['←', 'h'], { type: 'section', by: -1 }]], 'sections'),
      line(
        'go to the',
        [
          ['next piece or match', ['n'], { type: 'heading', by: 1 }],
          ['previous piece or match', ['p'], { type: 'heading', by: -1 }],
        ],
        'text',
      ),
      line('show the body of the request in $PAGER', [['', ['v'], { type: 'page' }]], 'request'),
      line('copy', [
        ['the id, name or setting', ['y'], { type: 'copy', what: 'id' }],
        ['the whole text', ['Y'], { type: 'copy', what: 'text' }],
      ]),
    ],
  },
  {
    title: 'Rate the request',
    lines: [
      line(
        'rate',
        [
          // `=` is the key of + without Shift on most keyboards.
          ['good', ['+', '='], { type: 'rate', rating: 1 }],
          ['bad', ['-'], { type: 'rate', rating: -1 }],
          ['neither', ['0'], { type: 'rate', rating: 0 }],
        ],
        'request',
      ),
      line('comment', [['', ['c'], { type: 'ask', kind: 'comment' }]], 'request'),
      line('undo the last rating', [['', ['u'], { type: 'undo' }]]),
    ],
  },
  {
    title: 'The panel',
    lines: [
      line('find an action by its name', [['', [':'], { type: 'ask', kind: 'action' }]]),
      line('next to a command: take the whole terminal, or give it back', [['', ['z'], { type: 'zoom' }]], 'child'),
      line(
        'next to a command: make the panel',
        [
          ['larger', ['<'], { type: 'resize', steps: 1 }],
          ['smaller', ['>'], { type: 'resize', steps: -1 }],
        ],
        'child',
      ),
      line('show the keys', [['', ['?'], { type: 'help' }]]),
      line('quit', [['', ['q', 'Ctrl-c'], { type: 'quit' }]]),
    ],
  },
];

export const ACTIONS: readonly PanelAction[] = ACTION_GROUPS.flatMap(({ lines }) =>
  lines.flatMap(({ actions }) => actions),
);
