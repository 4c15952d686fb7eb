import { isRecord, type JsonRecord, parseRecord } from '../../../../src/demo/json.js';
import { messagesApi } from '../../../../src/demo/messages-api.js';
import type { Script } from '../../../../src/demo/scripted-api.js';
import type { ContentBlock } from '../../../../src/model/message.js';
import type { ScriptedApi } from '../../scripted-api.js';
import { runClaude } from '../run.js';
import { type Scenario, type Stage, writeScenario } from './scenario.js';

/**
 * The model's side of a scenario. A thread is known by its opening words in any user message, as files and reminders may
 * come before them; its turn by the assistant messages so far.
 */
export function scriptOf(scenario: Scenario): Script {
  return (request) => {
    const body = parseRecord(request.body.toString());
    const turn = body === null ? [] : nextTurn(scenario, body);
    // Of one turn only: which one is chosen here.
    return messagesApi({
      threads: [{ opensWith: '', turns: [turn] }],
      sideCall: scenario.summary ?? '{"title": "Words"}',
    })(request);
  };
}

function nextTurn({ threads, summary }: Scenario, body: JsonRecord): ContentBlock[] {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isRecord) : [];
  const said = messages.filter(({ role }) => role === 'user').map((message) => JSON.stringify(message));
  if (summary !== undefined && said.at(-1)?.includes('create a detailed summary') === true) {
    return [{ type: 'text', text: summary }];
  }
  const opening = said.find((text) => threads.some(({ opensWith }) => text.includes(opensWith)));
  const thread = threads.find(({ opensWith }) => opening?.includes(opensWith) === true) ?? threads.at(-1);
  const turn = messages.filter(({ role }) => role === 'assistant').length;
  return thread?.turns[turn] ?? thread?.turns.at(-1) ?? [];
}

/** How a scenario is started: with which model, and what stands before the CLI on the command line. */
interface Production {
  api: ScriptedApi;
  model: string;
  wrapArgv?: string[];
  env?: Record<string, string>;
}

/** Runs every start of a scenario, one after another. Returns what the CLI wrote to stderr when it failed. */
export async function playScenario(stage: Stage, scenario: Scenario, production: Production): Promise<string[]> {
  const mcpConfig = await writeScenario(stage, scenario);
  const project = { home: stage.home, cwd: stage.cwd, mcpConfig };
  const { api, model, wrapArgv, env } = production;
  const failures: string[] = [];
  for (const { prompt, stdin, args = [] } of scenario.starts) {
    const run = { version: stage.version, project, api, prompt, args: ['--model', model, ...args] };
    const result = await runClaude({
      ...run,
      ...(stdin === undefined ? {} : { stdin }),
      ...(wrapArgv === undefined ? {} : { wrapArgv }),
      ...(env === undefined ? {} : { env }),
    });
    if (result.exitCode !== 0) failures.push(`${prompt}: ${result.exitCode} ${result.stderr}`);
  }
  return failures;
}
