/**
 * The request bodies of one long conversation, as Claude Code sends them: the whole conversation again each time, two new
 * messages a turn, `cache_control` on the last blocks only, and a request header block that never changes.
 * Deterministic: the same turns give the same bytes.
 */
export function sessionBodies(turns: number, lastBodyBytes: number): Buffer[] {
  const random = mulberry32(7);
  const text = (length: number) => prose(random, length);
  const system = [
    { type: 'text', text: 'billing: test' },
    { type: 'text', text: text(14_000), cache_control: { type: 'ephemeral' } },
  ];
  const tools = Array.from({ length: 40 }, (_, index) => ({
    name: `tool_${index}`,
    description: text(1_200),
    input_schema: { type: 'object', properties: { path: { type: 'string', description: text(60) } } },
  }));
  const fixed = JSON.stringify({ system, tools }).length;
  const perTurn = Math.floor((lastBodyBytes - fixed) / turns);
  const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: text(perTurn - 300) }] }];
  const bodies: Buffer[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const sent = messages.map((message, index) => (index >= messages.length - 2 ? withCacheControl(message) : message));
    const metadata = { user_id: 'user_test_session_1' };
    bodies.push(
      Buffer.from(JSON.stringify({ model: 'claude-test', messages: sent, system, tools, metadata, stream: true })),
    );
    const id = `toolu_${turn}`;
    const said = [
      { type: 'text', text: text(200) },
      { type: 'tool_use', id, name: 'tool_1', input: { path: text(40) } },
    ];
    messages.push({ role: 'assistant', content: said });
    messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: text(perTurn - 600) }] });
  }
  return bodies;
}

interface Message {
  role: string;
  content: object[];
}

function withCacheControl(message: Message): Message {
  const last = message.content.length - 1;
  const content = message.content.map((block, at) =>
    at === last ? { ...block, cache_control: { type: 'ephemeral' } } : block,
  );
  return { ...message, content };
}

/** Words of varied letters, which compress about as well as text and code. */
function prose(random: () => number, length: number): string {
  let text = '';
  while (text.length < length) {
    const word = Array.from({ length: 2 + Math.floor(random() * 8) }, () => LETTERS[Math.floor(random() ** 1.5 * 26)]);
    text += `${word.join('')}${random() < 0.08 ? '\n' : ' '}`;
  }
  return text.slice(0, length);
}

const LETTERS = 'etaoinshrdlcumwfgypbvkjxqz';

/** A small generator with a seed: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
