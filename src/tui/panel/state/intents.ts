import type { Motion } from './cursor.js';
import type { PromptKind } from './prompt.js';
import { type PanelState, type Query, showsText, smallTableOf, tableOf, type View, visibleId } from './state.js';
import { hasTurns } from './turns.js';

/** What a key or the mouse means. Its effect depends on the view. */
export type Intent =
  | { type: 'move'; motion: Motion }
  | { type: 'view'; view: View }
  | { type: 'turn'; by: 1 | -1 }
  | { type: 'section'; by: number }
  | { type: 'heading'; by: 1 | -1 }
  | { type: 'ask'; kind: PromptKind }
  | { type: 'rate'; rating: -1 | 0 | 1 }
  | { type: 'copy'; what: 'id' | 'text' }
  | { type: 'back' }
  | { type: 'help' }
  | { type: 'nextSort' }
  | { type: 'toggleSideCalls' }
  | { type: 'calls' }
  | { type: 'query'; change: Partial<Query> }
  | { type: 'pick'; index: number }
  | { type: 'pickSource'; index: number }
  | { type: 'resize'; steps: 1 | -1 }
  | { type: 'wheelSources'; by: 1 | -1 }
  | { type: 'wheel'; by: 1 | -1 }
  | { type: 'open' | 'undo' | 'page' | 'resume' | 'zoom' | 'quit' };

export const VIEW_TITLES: Readonly<Record<View, string>> = {
  requests: 'requests',
  request: 'one request',
  sources: 'sources',
  sessions: 'sessions',
  findings: 'findings',
  context: 'the context of a conversation',
  mcp: 'MCP servers and their calls',
};

/** What must be on the screen for an action. */
export type Need = 'child' | 'list' | 'order' | 'request' | 'sections' | 'text' | 'turns';

const LEAVE_HELP = 'Esc leaves the help.';

/**
 * Why an action is not possible now; null if it is. Keys act on what is on the screen.
 * @param hasChild whether a command is beside the panel
 */
export function refusalOf(need: Need | undefined, state: PanelState, hasChild: boolean): string | null {
  const { view, help } = state;
  const unless = (isMet: boolean, otherwise: string) => {
    if (isMet && !help) return null;
    return help ? LEAVE_HELP : otherwise;
  };
  switch (need) {
    case undefined:
      return null;
    case 'child':
      return hasChild ? null : 'Only for a panel next to a command: this one has the whole terminal.';
    case 'text':
      return showsText(state) ? null : 'n and p go through a text: Enter opens the request that is selected.';
    case 'sections':
      return unless(
        view !== 'sessions' &&
          view !== 'findings' &&
          view !== 'context' &&
          (view !== 'mcp' || tableOf(state) === 'servers'),
        '← and → fold sources (1, 3) and MCP servers (7), and go through the sections of one request (2).',
      );
    case 'request':
      return unless(visibleId(state) !== null, 'No request is selected here: 1 lists requests.');
    case 'order':
      return unless(
        view === 'requests' || smallTableOf(state) !== null,
        'o changes the order of requests (1), sources (3), sessions (4) and MCP servers (7).',
      );
    case 'turns':
      return unless(
        view === 'requests' && hasTurns(state),
        'Side calls can only be hidden in the list of requests (1), sorted by time and without a filter.',
      );
    case 'list':
      return unless(view === 'requests', 'That filters the list of requests: 1 shows it.');
  }
}
