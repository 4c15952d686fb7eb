import { HOW_TO_RECORD_MCP } from '../../../text/mcp-figures.js';
import type { McpRowFigures } from '../lines/mcp-nodes.js';
import { type CallsChoice, tableOf, visibleId } from '../state/state.js';
import type { TreeRow } from '../state/tree.js';
import { type Commands, say } from './commands.js';
import { sourceAt, toggled } from './tree-commands.js';
import { serverRows } from './tree-rows.js';

/** Enter: unfolds a server, lists the calls of a tool, opens a call, and from a call the request that carried its result. */
export function openInMcp(commands: Commands): void {
  const { store, views } = commands;
  const state = store.current();
  switch (tableOf(state)) {
    case 'servers': {
      const row = selectedServer(commands);
      if (row === undefined) return;
      if (row.isOpen === null && row.restOf === undefined) openCallsOf(commands, row.node.figures.choice);
      else store.dispatch(toggled(row));
      return;
    }
    case 'calls': {
      const call = views.calls.value?.rows[state.cursors.calls.selected];
      if (call !== undefined) store.dispatch({ type: 'openCall', id: call.id });
      return;
    }
    default: {
      const delivery = views.call.value?.call.delivery;
      const id = delivery?.carriedBy ?? delivery?.calledBy;
      if (id != null) store.dispatch({ type: 'openRequest', id });
      else say(store, 'dim', 'No stored request carried the result of this call.');
    }
  }
}

/** `m`: the calls of what is selected, if these can be MCP calls. */
export function openCalls(commands: Commands): void {
  const { store } = commands;
  const state = store.current();
  const table = state.help ? null : tableOf(state);
  if (table === 'servers') {
    const row = selectedServer(commands);
    if (row !== undefined && row.restOf === undefined) openCallsOf(commands, row.node.figures.choice);
    return;
  }
  const source = state.view === 'request' ? (state.only?.source ?? null) : sourceAt(commands);
  const requestId = visibleId(state) ?? undefined;
  if (source !== null && !source.startsWith('mcp:')) say(store, 'dim', 'That is not an MCP server.');
  else if (source !== null) openCallsOf(commands, { source, requestId });
  else if (requestId !== undefined) openCallsOf(commands, { requestId });
  else
    say(
      store,
      'dim',
      'm lists the calls of a request (1, 2), of an MCP server among the sources (1, 3), or of a server (7).',
    );
}

function openCallsOf({ store }: Commands, calls: CallsChoice | null): void {
  if (calls === null) say(store, 'dim', `No recording of it is stored. ${HOW_TO_RECORD_MCP[1]}`);
  else store.dispatch({ type: 'openCalls', calls });
}

/** What `y` copies: the id of the call, or the name of the server or tool. */
export function subjectInMcp(commands: Commands): string | null {
  const { store, views } = commands;
  const state = store.current();
  const table = tableOf(state);
  if (table === 'calls') return views.calls.value?.rows[state.cursors.calls.selected]?.id ?? null;
  if (table === null) return state.mcp.call;
  const choice = selectedServer(commands)?.node.figures.choice;
  return choice?.tool?.name ?? choice?.server ?? null;
}

function selectedServer({ store, views, size }: Commands): TreeRow<McpRowFigures> | undefined {
  const state = store.current();
  return serverRows(state, views, size)[state.cursors.servers.selected];
}
