import { type Cell, FEATURES } from './cell.js';

export interface CompatibilityTable {
  /** Of Claude Code, ascending. */
  versions: readonly string[];
  /** Major versions of Node. */
  nodes: readonly number[];
  cells: readonly Cell[];
  /** Of claude-trace. */
  tracer: string;
  /** Such as `linux x64`. */
  platform: string;
  at: Date;
}

const MAX_REASON_LENGTH = 200;

/** Every 20th version from the first of 2.0 on, and the newest. */
export function chosenVersions(published: readonly string[]): string[] {
  const since2 = published.filter((version) => /^[2-9]\d*\.\d+\.\d+$/.test(version));
  return since2.filter((_, index) => index % 20 === 0 || index === since2.length - 1);
}

/** docs/compatibility.md */
export function compatibilityPage({ versions, nodes, cells, tracer, platform, at }: CompatibilityTable): string {
  const reasons: string[] = [];
  const mark = (fault: string): string => {
    const reason = shortReason(fault);
    if (!reasons.includes(reason)) reasons.push(reason);
    return `[${reasons.indexOf(reason) + 1}]`;
  };
  const result = (version: string, node: number): string => {
    const cell = cells.find((each) => each.claude === version && majorOf(each) === node);
    if (cell === undefined) return 'not run';
    if (cell.unable !== null) return `no ${mark(`Also without claude-trace on this Node: ${cell.unable}`)}`;
    const faults = FEATURES.flatMap((feature) => {
      const fault = cell.faults[feature];
      return fault === null ? [] : [`${feature} ${mark(fault)}`];
    });
    return faults.length === 0 ? 'yes' : `no: ${faults.join(', ')}`;
  };
  const head = ['Claude Code', 'program', ...nodes.map((node) => `Node ${nodeVersion(cells, node)}`), 'unknown text'];
  const rows = versions.map((version) => {
    const own = cells.filter(({ claude }) => claude === version);
    return [version, programOf(own), ...nodes.map((node) => result(version, node)), unknownText(own)];
  });
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  const notes = reasons.map((reason, index) => `${index + 1}. ${reason}`);
  const date = at.toISOString().slice(0, 10);
  return `${[
    '# Compatibility',
    '',
    `\`npm run compat\` made this page on ${date}, with claude-trace ${tracer} on ${platform}. It has Claude Code 2.0.0, one of every 20 versions since, and`,
    'the newest, with each version of Node that claude-trace supports. Versions that are JavaScript also run on that Node;',
    '[versions of Node](networks.md#versions-of-node) says why they reach no proxy on Node 26.',
    '',
    'Each cell is one session of the real Claude Code at a terminal, under `claude-trace wrap --mcp -- claude`, against a scripted API. `yes` means that all',
    'of these work, and `no` names those that do not:',
    '',
    '- **capture**: each request that the API received is stored once, whole, with the usage that the API sent.',
    "- **sources**: words of the prompt, of two memory files, of an MCP server's instructions, definition and result, and of a skill are under their sources.",
    '  Versions before 2.0.20 have no skills.',
    "- **MCP**: the server's connection is recorded without loss, and its call is joined to the model's.",
    '- **split pane**: the conversation is on the left, and the panel with the sources of its request is on the right.',
    '',
    "Unknown text is the share of tokens that [no rule knows](attribution.md), the mean of the version's sessions.",
    '',
    ...table,
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n')}\n`;
}

/** The first line. The others are output of a program, or a screen. */
export function shortReason(fault: string): string {
  return (fault.split('\n')[0] ?? '').slice(0, MAX_REASON_LENGTH).replaceAll('|', '/');
}

function majorOf({ node }: Cell): number {
  return Number(/^v(\d+)/.exec(node)?.[1]);
}

/** The version in full if a session has run on it, or its major number. */
function nodeVersion(cells: readonly Cell[], node: number): string {
  return cells.find((cell) => majorOf(cell) === node)?.node.slice(1) ?? String(node);
}

function programOf([cell]: readonly Cell[]): string {
  if (cell === undefined) return '';
  return cell.program === 'js' ? 'JavaScript' : 'native';
}

function unknownText(cells: readonly Cell[]): string {
  const played = cells.filter(({ requests }) => requests > 0);
  if (played.length === 0) return '';
  const share = played.reduce((sum, { unmatched }) => sum + unmatched, 0) / played.length;
  return share === 0 ? '0 %' : `${(share * 100).toFixed(2)} %`;
}
