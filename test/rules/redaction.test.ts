import { describe, expect, it } from 'vitest';
import { redactBytes } from '../../src/rules/index.js';
import { answer, CONTEXT, call, decide, engineOf, fromServer } from './support/decide.js';

describe('redact', () => {
  it('names the values in the params, or in the result', () => {
    const then = '[{ redact: [$.arguments.password, "$.content[*].text"] }]';
    expect(decide('{}', then, call('login', { password: 'x', user: 'y' }))?.redactions).toEqual([
      "$['params']['arguments']['password']",
    ]);
    expect(decide('{}', then, answer({ content: [{ text: 'a' }, { text: 'b' }] }))?.redactions).toEqual([
      "$['result']['content'][0]['text']",
      "$['result']['content'][1]['text']",
    ]);
  });

  it('names a value by its place before and after a change', () => {
    const engine = engineOf(`
  - id: a
    then: [{ redact: "$..secret" }, { modify: { rename: { $.arguments: moved } } }]`);
    expect(engine.decide(call('x', { secret: 1 }), CONTEXT)?.redactions).toEqual([
      "$['params']['arguments']['secret']",
      "$['params']['moved']['secret']",
    ]);
  });

  it('names everything where it cannot search, or would find too much', () => {
    const deep = `${'['.repeat(500)}1${']'.repeat(500)}`;
    const message = `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":${deep}}}`;
    const then = '[{ redact: "$..secret" }]';
    const inTooDeep = decide('{}', then, { sender: 'client', bytes: Buffer.from(message) });
    expect(inTooDeep?.redactions).toEqual(["$['params']"]);
    const many = answer({ list: Array.from({ length: 1_001 }, () => ({ secret: 1 })) });
    expect(decide('{}', then, many)?.redactions).toEqual(["$['result']"]);
  });

  it('replaces the values, and nothing else', () => {
    const message = '{"id": 12345678901234567890, "params": {"a": ["x", {"p": "geheim"}], "a": 1.0}}';
    const paths = ["$['params']['a'][1]['p']"];
    expect(String(redactBytes(Buffer.from(message), paths, '[redacted]'))).toBe(
      '{"id": 12345678901234567890, "params": {"a": ["x", {"p": "[redacted]"}], "a": 1.0}}',
    );
  });

  it('replaces them in a text that is cut, too', () => {
    const cut = Buffer.from('{"result":{"a":"gehe');
    expect(String(redactBytes(cut, ["$['result']['a']"], '[redacted]'))).toBe('{"result":{"a":"[redacted]"');
  });

  it('replaces what holds a value that no path can name', () => {
    for (const name of ['\ud800', 'x'.repeat(2_000)]) {
      const subject = answer({ a: { [name]: { secret: 1 } } });
      expect(decide('{}', '[{ redact: "$..secret" }]', subject)?.redactions).toEqual(["$['result']['a']"]);
    }
  });

  it('works with names of all kinds', () => {
    for (const name of ["it's", 'a"b', 'a\\b', 'é\n', '__proto__', '', '$']) {
      const subject = fromServer(`{"jsonrpc":"2.0","id":1,"result":{${JSON.stringify(name)}:{"secret":"s"}}}`);
      const redactions = decide('{}', '[{ redact: "$..secret" }]', subject)?.redactions ?? [];
      expect(redactions, name).toHaveLength(1);
      const redacted: unknown = JSON.parse(String(redactBytes(subject.bytes, redactions, '-')));
      expect(redacted).toEqual(
        JSON.parse(`{"jsonrpc":"2.0","id":1,"result":{${JSON.stringify(name)}:{"secret":"-"}}}`),
      );
    }
  });
});
