import type { ContentBlock } from '../../../src/model/message.js';
import type { Purpose } from '../../../src/model/purpose.js';
import { pick, whole } from '../truth/texts.js';
import { MAIN_MODELS, SIDE_MODEL } from './bill.js';
import { type Conversation, createConversation, type Opening } from './conversation.js';
import type { Ending, HistoryExchange } from './exchange.js';
import { block, type Piece, piece } from './project.js';
import { createRecorder, type Sender } from './recorder.js';
import type { SessionOptions } from './session-options.js';
import { type Answer, finalAnswer, skillUse, toolUse } from './turns.js';

/** A conversation is summarized at this number of tokens, at scale 1. */
const CONTEXT_LIMIT = 150_000;

/** How often a request ends differently before it is answered. */
const MISHAPS: readonly [ending: Ending, chance: number][] = [
  ['overloaded', 0.02],
  ['refused', 0.005],
  ['aborted', 0.008],
  ['failed', 0.003],
];

/** An endless session as in Claude Code: a title, prompts, tool calls, subagents, summaries. */
export function* playSession(options: SessionOptions): Generator<HistoryExchange, never> {
  const { random, writer, project, scale } = options;
  const recorder = createRecorder(options);
  const main: Sender = { purpose: 'main', model: pick(random, MAIN_MODELS), agentId: null };
  const chance = (share: number) => random() < share;
  let calls = 0;

  /** Sends the conversation until it is answered, and adds the answer. */
  function* ask(conversation: Conversation, sender: Sender, { content, pieces }: Answer): Generator<HistoryExchange> {
    const mishap = MISHAPS.find(([, share]) => chance(share));
    if (mishap !== undefined) yield recorder.send(conversation, sender, mishap[0], []);
    yield recorder.send(conversation, sender, 'answered', [...content]);
    conversation.add({ role: 'assistant', content, pieces });
  }

  function* askAside(purpose: Purpose, prompt: string, words: string): Generator<HistoryExchange> {
    const aside = createConversation(openingOf(`You name conversations: ${purpose}.`));
    aside.add(spoken(prompt));
    yield* ask(aside, { purpose, model: SIDE_MODEL, agentId: null }, answerOf(words));
  }

  function* runAgent(task: string, id: string): Generator<HistoryExchange, string> {
    const sender: Sender = { purpose: 'subagent', model: main.model, agentId: `agent-${id}`, startedBy: id };
    const agent = createConversation(openingOf(writer.write('prose', 2_000 * scale)));
    agent.add(spoken(task));
    for (let turn = whole(random, 1, 6); turn > 0; turn -= 1) {
      const use = toolUse({ random, writer, scale, project }, `${id}_${turn}`);
      yield* ask(agent, sender, use.answer);
      agent.add(use.reply);
      recorder.pass(whole(random, 50, 6_000));
    }
    const report = writer.write('prose', 1_200 * scale);
    yield* ask(agent, sender, answerOf(report));
    return report;
  }

  function* callTool(conversation: Conversation): Generator<HistoryExchange> {
    calls += 1;
    const id = `toolu_${options.sessionId.slice(0, 8)}_${calls}`;
    if (chance(0.03)) {
      const task = writer.write('prose', 400 * scale);
      const call = { type: 'tool_use', id, name: 'Agent', input: { subagent_type: 'scout', prompt: task } };
      yield* ask(conversation, main, { content: [call], pieces: [piece('agent:scout', 'call', task)] });
      const report = yield* runAgent(task, id);
      conversation.add({
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: id, content: report }],
        pieces: [piece('agent:scout', 'result', report)],
      });
      return;
    }
    const { answer, reply } = (chance(0.03) ? skillUse : toolUse)({ random, writer, scale, project }, id);
    yield* ask(conversation, main, answer);
    conversation.add(reply);
    recorder.pass(chance(0.03) ? whole(random, 30_000, 120_000) : whole(random, 50, 8_000));
  }

  const conversation = createConversation(project);
  for (let prompts = 0; ; prompts += 1) {
    const prompt = writer.write(chance(0.15) ? 'cjk' : 'prose', whole(random, 40, 1_200) * scale);
    if (prompts === 0) {
      yield recorder.telemetry();
      yield* askAside('title', prompt, writer.write('prose', 30));
      const pieces = [...project.reminderPieces, piece('user', 'text', prompt)];
      conversation.add({ role: 'user', content: [...project.reminders, block(prompt)], pieces });
    } else {
      if (chance(0.1)) yield* askAside('topic', prompt, writer.write('prose', 20));
      conversation.add(spoken(prompt));
    }
    for (let turn = whole(random, 0, 14); turn > 0; turn -= 1) yield* callTool(conversation);
    yield* ask(conversation, main, finalAnswer(writer, whole(random, 100, 2_400) * scale));
    if (conversation.tokens > CONTEXT_LIMIT * scale) {
      conversation.add(spoken('Your task is to create a detailed summary of the conversation.'));
      const summary = writer.write('prose', 6_000 * scale);
      yield* ask(conversation, { ...main, purpose: 'compaction' }, answerOf(summary));
      const opening = `This session is being continued from a previous conversation that ran out of context. ${summary}`;
      conversation.restart({
        role: 'user',
        content: [...project.reminders, block(opening)],
        pieces: [...project.reminderPieces, piece('framework:compaction', 'text', opening)],
      });
      yield* ask(conversation, main, finalAnswer(writer, 400 * scale));
    }
    // Sometimes long enough for the cache to expire.
    recorder.pass(chance(0.12) ? whole(random, 6, 60) * 60_000 : whole(random, 10, 200) * 1_000);
  }
}

function openingOf(prompt: string): Opening {
  const pieces: Piece[] = [piece('framework:system', 'prompt', prompt)];
  return { system: JSON.stringify([block(prompt)]), tools: null, pieces };
}

function spoken(text: string) {
  const content: ContentBlock[] = [block(text)];
  return { role: 'user' as const, content, pieces: [piece('user', 'text', text)] };
}

function answerOf(text: string): Answer {
  return { content: [block(text)], pieces: [piece('assistant', 'text', text)] };
}
