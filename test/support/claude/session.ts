import type { ContentBlock } from '../../../src/model/message.js';
import type { Conversation } from '../../../src/scripted/messages-api.js';
import { MARKERS } from './markers.js';
import type { Project } from './project.js';
import { type ClaudeVersion, toolNames } from './versions.js';

/** The prompt of the session that `everySource` scripts. */
export const PROMPT = `Have a look around. ${MARKERS.prompt}`;

/** Tools that the session calls, for `--allowedTools`: a headless run asks nobody. */
export const ALLOWED_TOOLS = 'Read,Bash,Skill,Task,Agent,ToolSearch,mcp__atlas,mcp__ledger';

const ATLAS_TOOL = 'mcp__atlas__find_place';
const LEDGER_TOOL = 'mcp__ledger__post__entry';

/** A conversation that makes the real CLI use every kind of context source: what the model "says". */
export function everySource(version: ClaudeVersion, project: Project): Conversation {
  const names = toolNames(version);
  return {
    sideCall: '{"title": "Looking around"}',
    threads: [
      {
        opensWith: MARKERS.agentTask,
        turns: [[call('Read', { file_path: project.notes }, 's1')], [text(`Clear ahead. ${MARKERS.agentAnswer}`)]],
      },
      {
        opensWith: MARKERS.prompt,
        turns: [
          [
            { type: 'thinking', thinking: `Read first. ${MARKERS.thinking}`, signature: 'c2NyaXB0ZWQ=' },
            text('I read the notes and run a command.'),
            call('Read', { file_path: project.notes }, 'm1'),
            call('Bash', { command: `printf '%s-%s\\n' zorblax bash-output`, description: 'Print' }, 'm2'),
          ],
          ...(names.deferred
            ? [[call('ToolSearch', { query: `select:${ATLAS_TOOL},${LEDGER_TOOL}`, max_results: 5 }, 'm0')]]
            : []),
          [call(ATLAS_TOOL, { topic: 'river' }, 'm3'), call(LEDGER_TOOL, { topic: 'rent' }, 'm4')],
          [call('Skill', { [names.skillField]: 'tidy' }, 'm5')],
          [
            call(
              names.agent,
              {
                description: 'Look ahead',
                subagent_type: 'scout',
                prompt: `What is ahead? ${MARKERS.agentTask}`,
                // Newer versions start agents in the background unless told; then the order of turns is a race.
                ...(names.deferred ? { run_in_background: false } : {}),
              },
              'm6',
            ),
          ],
          [text(`All seen. ${MARKERS.reply}`)],
        ],
      },
      {
        opensWith: MARKERS.commandBody,
        turns: [[text('Good morning.')]],
      },
    ],
  };
}

function text(content: string): ContentBlock {
  return { type: 'text', text: content };
}

function call(name: string, input: object, id: string): ContentBlock {
  return { type: 'tool_use', id: `toolu_scripted_${id}`, name, input };
}
