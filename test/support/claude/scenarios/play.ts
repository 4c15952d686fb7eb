import { isRecord, type JsonRecord, parseRecord } from '../../../../src/base/json.js';
import type { ContentBlock } from '../../../../src/model/message.js';
import { createMeter } from '../../../../src/scripted/bill.js';
import { serializeEvent, streamEvents } from '../../../../src/scripted/message-stream.js';
import { messageOf, messagesApi } from '../../../../src/scripted/messages-api.js';
import type { Reply } from '../../../../src/scripted/reply.js';
import type { ReceivedRequest, Script } from '../../../../src/scripted/scripted-api.js';
import type { ScriptedApi } from '../../scripted-api.js';
import { chatWithClaude } from '../chat.js';
import { atTerminal } from '../claude-terminal.js';
import { type ClaudeSetup, claudeCommand, runClaude } from '../run.js';
import { settleIn } from '../settled.js';
import { type Asked, type Said, type Scenario, type Stage, type Start, text, writeScenario } from './scenario.js';

/**
 * The model's side of a scenario. A thread is known by its opening words in any user message, as files and reminders may
 * come before them; its turn by the assistant messages so far.
 */
export function scriptOf(scenario: Scenario): Script {
  const meter = createMeter();
  return (request) => {
    const body = parseRecord(request.body.toString());
    const said = body === null ? [] : sayNext(scenario, askedBy(request, body));
    if (body !== null && !Array.isArray(said)) return replyAsSaid(body, said, meter);
    // Of one turn only: which one is chosen here.
    return messagesApi(
      {
        threads: [{ opensWith: '', turns: [Array.isArray(said) ? said : []] }],
        sideCall: body === null ? '' : sideAnswer(scenario, body),
      },
      meter,
    )(request);
  };
}

/** An answer that stopped early, or that says it read so much. */
function replyAsSaid(
  body: JsonRecord,
  said: Exclude<Said, ContentBlock[]>,
  meter: ReturnType<typeof createMeter>,
): Reply {
  const { content, stopReason, inputTokens } = said;
  const message = messageOf(body, content, meter);
  if (stopReason !== undefined) message.stop_reason = stopReason;
  if (inputTokens !== undefined) {
    const none = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const cache_creation = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 };
    message.usage = { ...message.usage, ...none, cache_creation, input_tokens: inputTokens };
  }
  const events = [...streamEvents(message)].map(serializeEvent).join('');
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: events };
}

function askedBy(request: ReceivedRequest, body: JsonRecord): Asked {
  const messages = messagesOf(body);
  const header = (wanted: string) => request.headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
  const system = JSON.stringify(body.system ?? '');
  return {
    body,
    header,
    turn: messages.filter(({ role }) => role === 'assistant').length,
    last: JSON.stringify(messages.findLast(({ role }) => role === 'user') ?? null),
    all: JSON.stringify(messages),
    inAgent:
      header('x-claude-code-agent-id') !== null ||
      header('x-claude-code-request-class') === 'subagent' ||
      system.includes('cc_is_subagent=true'),
  };
}

function messagesOf(body: JsonRecord): JsonRecord[] {
  return Array.isArray(body.messages) ? body.messages.filter(isRecord) : [];
}

/** What a call without tools is answered: a title, or the word of auto mode's classifier. */
function sideAnswer({ summary }: Scenario, { system }: JsonRecord): string {
  if (JSON.stringify(system ?? '').includes('You are a security monitor')) return '<block>no</block>';
  return summary ?? '{"title": "Words"}';
}

function sayNext({ threads = [], summary, answer }: Scenario, asked: Asked): Said {
  const messages = messagesOf(asked.body);
  const said = messages.filter(({ role }) => role === 'user').map((message) => JSON.stringify(message));
  if (summary !== undefined && said.at(-1)?.includes('create a detailed summary') === true) return [text(summary)];
  const own = answer?.(asked) ?? null;
  if (own !== null) return own;
  const opening = said.find((message) => threads.some(({ opensWith }) => message.includes(opensWith)));
  const thread = threads.find(({ opensWith }) => opening?.includes(opensWith) === true) ?? threads.at(-1);
  return thread?.turns[asked.turn] ?? thread?.turns.at(-1) ?? [];
}

/** How a scenario is started: what stands before the CLI on the command line, and what it finds. */
interface Production {
  api: ScriptedApi;
  wrapArgv?: string[];
  env?: Record<string, string>;
}

/** Runs every start of a scenario, one after another. Returns what the CLI wrote to stderr when it failed. */
export async function playScenario(stage: Stage, scenario: Scenario, production: Production): Promise<string[]> {
  const mcpConfig = await writeScenario(stage, scenario);
  const { api, wrapArgv, env } = production;
  const failures: string[] = [];
  for (const start of scenario.starts) {
    const failure = await play(start, {
      version: stage.version,
      project: { home: stage.home, cwd: stage.cwd, mcpConfig },
      api,
      args: ['--model', stage.model, ...(start.args ?? [])],
      env: { ...env, ...scenario.env },
      ...(wrapArgv === undefined ? {} : { wrapArgv }),
    });
    if (failure !== null) failures.push(failure);
  }
  return failures;
}

async function play(start: Start, setup: ClaudeSetup): Promise<string | null> {
  if ('messages' in start) return chatWithClaude(setup, start.messages);
  if ('terminal' in start) {
    await settleIn(setup.project.home, setup.project.cwd);
    await atTerminal(await claudeCommand(setup, []), setup.api, start.terminal);
    return null;
  }
  const { prompt, stdin } = start;
  const result = await runClaude({ ...setup, prompt, ...(stdin === undefined ? {} : { stdin }) });
  return result.exitCode === 0 ? null : `${prompt}: ${result.exitCode} ${result.stderr}`;
}
