import type { ContentBlock } from '../../../src/model/message.js';
import { pick, type Random, whole } from '../truth/texts.js';
import type { Message } from './conversation.js';
import { block, type Piece, type Project, piece, toolSource } from './project.js';
import type { TextKind, Writer } from './writer.js';

/** An answer of the model. */
export interface Answer {
  content: ContentBlock[];
  pieces: Piece[];
}

/** A call and its result. */
export interface Turn {
  answer: Answer;
  reply: Message;
}

export interface TurnOptions {
  random: Random;
  writer: Writer;
  project: Project;
  scale: number;
}

const USES: readonly [tool: string, input: string, output: TextKind, share: number][] = [
  ['Read', 'file_path', 'code', 0.3],
  ['Bash', 'command', 'log', 0.25],
  ['Grep', 'pattern', 'code', 0.1],
  ['Edit', 'file_path', 'prose', 0.1],
  ['Read', 'file_path', 'cjk', 0.05],
  ['WebFetch', 'url', 'prose', 0.04],
];

/** A call of a built-in tool, or otherwise of a tool of an MCP server. */
export function toolUse({ random, writer, project, scale }: TurnOptions, id: string): Turn {
  let drawn = random();
  const use = USES.find(([, , , share]) => {
    drawn -= share;
    return drawn < 0;
  });
  const [tool, key, kind] = use ?? [pick(random, project.mcpTools), 'query', 'prose' as const];
  const source = toolSource(tool);
  const input = { [key]: writer.write('prose', whole(random, 10, tool === 'Edit' ? 1_500 : 80) * scale) };
  const output = writer.write(kind, resultLength(random) * scale);
  const words = random() < 0.4 ? writer.write('prose', whole(random, 30, 400) * scale) : null;
  const hook = random() < 0.05 ? `PostToolUse:${tool} hook additional context: ${writer.write('prose', 80)}` : null;
  return {
    answer: {
      content: [...(words === null ? [] : [block(words)]), { type: 'tool_use', id, name: tool, input }],
      pieces: [
        ...(words === null ? [] : [piece('assistant', 'text', words)]),
        piece(source, 'call', JSON.stringify(input)),
      ],
    },
    reply: {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: id, content: output },
        ...(hook === null ? [] : [block(`<system-reminder>\n${hook}\n</system-reminder>`)]),
      ],
      pieces: [piece(source, 'result', output), ...(hook === null ? [] : [piece('hook:PostToolUse', 'text', hook)])],
    },
  };
}

export function skillUse({ random, writer, project, scale }: TurnOptions, id: string): Turn {
  const skill = pick(random, project.skills);
  const body = `Base directory for this skill: ${project.folder}/${skill}\n\n${writer.write('prose', 3_000 * scale)}`;
  return {
    answer: {
      content: [{ type: 'tool_use', id, name: 'Skill', input: { skill } }],
      pieces: [piece(`skill:${skill}`, 'call', skill)],
    },
    reply: {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: id, content: `Launching skill: ${skill}` }, block(body)],
      pieces: [piece(`skill:${skill}`, 'result', skill), piece(`skill:${skill}`, 'body', body)],
    },
  };
}

export function finalAnswer(writer: Writer, characters: number): Answer {
  const thinking = writer.write('prose', characters / 2);
  const text = writer.write('prose', characters);
  return {
    content: [{ type: 'thinking', thinking, signature: 'c2lnbmVk' }, block(text)],
    pieces: [piece('assistant', 'thinking', thinking), piece('assistant', 'text', text)],
  };
}

/** Mostly short, sometimes a whole file. */
function resultLength(random: Random): number {
  const drawn = random();
  return whole(random, 20, drawn < 0.6 ? 600 : drawn < 0.9 ? 4_000 : 24_000);
}
