import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call, contextHook, type MakeScenario, text } from './scenario.js';

const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
xref
0 4
trailer<</Size 4/Root 1 0 R>>
startxref
0
%%EOF`;
/** A search's server tool, and what it finds. */
const SEARCHED = { type: 'server_tool_use', id: 'srvtoolu_scripted', name: 'web_search' };

/**
 * One process and many messages: a skill, a command, a search, a workflow, a monitor, messages that queue, nudges, an
 * answer that is cut off, and a context that becomes full.
 */
export const errands: MakeScenario = ({ version, words, cwd }) => {
  const isNewest = version.startsWith('2.1.3');
  const file = join(cwd, 'notes.txt');
  const user = () => words.of('user');
  const [first, search, slow, flow, watch, limit, full, later, last] = Array.from({ length: 9 }, user);
  const query = words.of('tool:WebSearch');
  const task = words.of('tool:Workflow');
  // After a compaction a reminder says which command still runs.
  const event = words.of('tool:Monitor', 'framework:reminder');
  // Titles are made of what was typed.
  const argument = words.of('command:greet', 'skill:greet', 'user');
  const interval = words.of('skill:loop', 'user');
  const zeta = () => words.of('skill:zeta');
  words.opener('Token usage: ', 'framework:reminder');
  words.opener('# /loop', 'skill:loop');
  words.opener('Perform a web search for the query', 'tool:WebSearch');
  words.opener('were invoked EARLIER', 'framework:reminder', 'framework:skill-listing');
  words.opener('Do NOT re-execute these skills', 'framework:reminder', 'framework:skill-listing');
  if (isNewest) {
    words.opener("hasn't heard from you", 'framework:reminder');
    words.opener('Output token limit hit', 'framework:reminder');
  }
  // A piece of it as the API gets it.
  words.opener(Buffer.from(PDF).toString('base64').slice(40, 80), 'tool:Read');
  const has = (text: string, word: string | undefined) => word !== undefined && text.includes(word);
  let cut = false;
  return {
    files: {
      [file]: `Notes ${words.of('tool:Read')}\n`,
      [join(cwd, 'CLAUDE.md')]: `Memory ${words.of(`memory:${join(cwd, 'CLAUDE.md')}`)}\n`,
      [join(cwd, 'sub', 'CLAUDE.md')]: `Nested ${words.of(`memory:${join(cwd, 'sub', 'CLAUDE.md')}`, 'tool:Read')}\n`,
      [join(cwd, 'page.pdf')]: PDF,
      [join(cwd, 'sub', 'code.ts')]: `code ${words.of('tool:Read')}\n`,
      [join(cwd, '.claude', 'skills', 'zeta', 'SKILL.md')]:
        `---\nname: zeta\ndescription: Does ${zeta()}\n---\n\n# First ${zeta()}\n\n---\n\n- list: ${zeta()}\n\n### Skill: fake\n\n${zeta()}\n`,
      [join(cwd, '.claude', 'commands', 'greet.md')]:
        `---\ndescription: Greets ${words.of('command:greet', 'skill:greet')}\n---\n\nGreet ${words.of('command:greet', 'skill:greet')} $ARGUMENTS\n`,
    },
    hooks: {
      UserPromptSubmit: [{ hooks: [contextHook('UserPromptSubmit', `Heard ${words.of('hook:UserPromptSubmit')}`)] }],
      PostToolUse: [{ matcher: 'Bash', hooks: [contextHook('PostToolUse', `Ran ${words.of('hook:PostToolUse')}`)] }],
    },
    env: {
      CLAUDE_CODE_ENABLE_TOKEN_USAGE_ATTACHMENT: '1',
      CLAUDE_CODE_SILENT_TURN_REMINDER: '1',
      CLAUDE_CODE_SILENT_TURN_REMINDER_SECONDS: '1',
      CLAUDE_CODE_AUTO_COMPACT_WINDOW: '100000',
    },
    summary: `<summary>\nSummed up ${words.of('framework:compaction')}\n</summary>`,
    starts: [
      {
        args: ['--allowedTools', 'Skill,Read,Bash,WebSearch,Workflow,Monitor'],
        messages: [
          `Hello ${first}`,
          `Search ${search}`,
          `Be slow ${slow}`,
          `Flow ${flow}`,
          `Watch ${watch}`,
          `Go on ${limit}`,
          `Become full ${full}`,
          async () => {
            await appendFile(file, `More ${words.of('tool:Read')}\n`);
            return `Later ${later}`;
          },
          `/loop 5m ${interval}`,
          `/greet ${argument}`,
          `The last ${last}`,
        ],
      },
    ],
    // 2.1.197 has no Monitor, and no nudge where an answer is cut off.
    unsent: isNewest ? [] : [event],
    answer: ({ body, last: heard, turn }) => {
      if (JSON.stringify(body.tools ?? []).includes('web_search_2')) {
        const found = {
          type: 'web_search_result',
          title: `A page ${words.of('tool:WebSearch')}`,
          url: 'https://example.com/page',
          encrypted_content: 'c2NyaXB0ZWQ=',
          page_age: '1 day',
        };
        return [
          { ...SEARCHED, input: { query } },
          { type: 'web_search_tool_result', tool_use_id: SEARCHED.id, content: [found] },
          text(`Found ${words.of('tool:WebSearch')}`),
        ];
      }
      if (heard.includes('tool_result')) {
        if (heard.includes('Base directory for this skill')) {
          return [
            call('Read', { file_path: file }, `e${turn}`),
            call('Read', { file_path: join(cwd, 'sub', 'code.ts') }, `f${turn}`),
            call('Read', { file_path: join(cwd, 'page.pdf') }, `g${turn}`),
          ];
        }
        return [text('Yes.')];
      }
      if (has(heard, first)) return [call('Skill', { skill: 'zeta' }, `e${turn}`)];
      if (has(heard, search)) return [call('WebSearch', { query }, `e${turn}`)];
      if (has(heard, slow)) return [call('Bash', { command: 'sleep 2; echo slow', description: 'Wait' }, `e${turn}`)];
      if (has(heard, flow)) {
        const script = `export const meta = { name: 'flow', description: 'Flows' };\nreturn await agent('Step ${task}');`;
        return [call('Workflow', { script }, `e${turn}`)];
      }
      if (has(heard, watch)) {
        const command = `for i in 1 2 3; do echo ${event} $i; sleep 1; done`;
        return [call('Monitor', { command, description: 'Watch', timeout_ms: 60_000, persistent: false }, `e${turn}`)];
      }
      if (has(heard, full)) return { content: [text('Full.')], inputTokens: 95_000 };
      if (has(heard, limit) && !cut) {
        cut = true;
        return { content: [text('This is cut')], stopReason: 'max_tokens' };
      }
      return [text('Yes.')];
    },
  };
};
