import type { FrameSummary } from '../../mcp/replay/frame-summary.js';
import type { FrameRow } from '../../mcp/replay/indexed-tape.js';
import type { Column } from '../../text/table.js';
import { formatBytes, formatDuration } from '../../text/units.js';
import { formatPlace } from './place.js';

export function frameColumns(): Column<FrameRow>[] {
  return [
    { heading: '#', width: 6, align: 'right', dropOrder: 1, cell: ({ seq }) => String(seq), tone: () => 'dim' },
    { heading: 'TIME', width: 9, align: 'right', cell: ({ at }) => formatPlace(at) },
    // Of the client, and of the server.
    {
      heading: '',
      width: 1,
      cell: ({ summary: { dir } }) => (dir === 'c' ? '→' : '←'),
      tone: ({ summary: { dir } }) => (dir === 'c' ? 'accent' : undefined),
    },
    {
      heading: 'MESSAGE',
      width: 24,
      grow: true,
      cut: 'middle',
      cell: ({ summary }) => messageOf(summary),
      tone: toneOf,
    },
    { heading: 'ID', width: 6, dropOrder: 2, cell: ({ summary: { id } }) => (id === null ? '' : String(id)) },
    { heading: 'SIZE', width: 8, align: 'right', dropOrder: 3, cell: ({ summary }) => formatBytes(summary.size) },
    {
      heading: 'LATENCY',
      width: 8,
      align: 'right',
      cell: ({ latencyMs }) => (latencyMs === null ? '' : formatDuration(latencyMs)),
    },
  ];
}

/** `tools/call find`, `answer: find`, `2 messages: …`. */
function messageOf({ kind, method, name, messages, isError }: FrameSummary): string {
  const what = [method, name].filter((part) => part !== null).join(' ');
  // The request is above it.
  const asked = name ?? method;
  const batch = messages > 1 ? `${messages} messages: ` : '';
  switch (kind) {
    case 'request':
    case 'notification':
      return batch + what;
    case 'response':
    case 'error':
      return `${batch}${isError ? 'error' : 'answer'}${asked === null ? '' : `: ${asked}`}`;
    case 'malformed':
      return 'not JSON-RPC';
  }
}

function toneOf({ summary: { kind, isError } }: FrameRow): 'bad' | 'dim' | undefined {
  if (isError || kind === 'malformed') return 'bad';
  return kind === 'notification' ? 'dim' : undefined;
}
