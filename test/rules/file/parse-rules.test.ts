import { describe, expect, it, vi } from 'vitest';
import type { RuleProblem } from '../../../src/rules/index.js';
import { checkRules, describeProblem, MAX_RULES_BYTES, parseRules, RulesError } from '../../../src/rules/index.js';

describe('a rules file', () => {
  it('may be YAML or JSON', () => {
    const yaml = parseRules('version: 1\nrules:\n  - id: a\n    then:\n      - tag: t\n', 'r.yaml');
    const json = '{ "version": 1, "rules": [{ "id": "a", "then": [{ "tag": "t" }] }] }';
    expect(JSON.stringify(yaml.rules)).toBe('[{"id":"a","then":[{"tag":"t"}]}]');
    expect(parseRules(json, 'r.json').rules).toEqual(yaml.rules);
  });

  it('with a name that is no text is refused, and Node prints no warning', () => {
    const warn = vi.spyOn(process, 'emitWarning');
    expect(() => parseRules('version: 1\nrules: [{ ? { a: 1 } : 1 }]', 'r.yaml')).toThrow('unknown field');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it.each([
    ['', '', 'expected an object, not null'],
    ['a: [', '1:5', 'Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['version: 1\nversion: 1', '2:1', 'Map keys must be unique'],
    ['version: 2\nrules: []', '1:1 version', 'expected version: 1'],
    ['version: 1', '1:1 rules', 'is missing; expected a list'],
    ['version: 1\nrules: []\nrule: 1', '3:1 rule', 'unknown field "rule"; did you mean rules?'],
    ['version: 1\nrules: !!foo []', '2:8', 'Unresolved tag: tag:yaml.org,2002:foo'],
    ['version: 1\n---\nrules: []', '2:1', 'Source contains multiple documents; please use YAML.parseAllDocuments()'],
  ])('%j is refused', (text, place, message) => {
    expect(problemsOf(text)).toEqual([`${place === '' ? '' : `${place} `}${message}`]);
  });

  it('names the place of every problem', () => {
    const text = `version: 1
rules:
  - id: a b
    when: { tols: x }
    then: [{ tag: t }]
  - id: ok
    when:
      tool: { globb: "x*" }
      params:
        arguments.x: 1
        $.a: { regex: "(?=a)" }
      kind: requests
    then:
      - blok: { reason: x }
      - delay: {}
      - { tag: a, alert: b }
  - id: ok
    then: []
`;
    expect(problemsOf(text)).toEqual([
      '3:5 rules[0].id expected up to 64 letters, digits, dots, dashes and underscores',
      '4:13 rules[0].when.tols unknown field "tols"; did you mean tool?',
      '8:15 rules[1].when.tool.globb unknown field "globb"; did you mean glob?',
      '10:9 rules[1].when.params["arguments.x"] expected a JSONPath, which begins with $: "$.arguments.x"',
      '11:16 rules[1].when.params["$.a"].regex not a regular expression of RE2 (linear, so no lookaround and no backreferences): invalid or unsupported Perl syntax: `(?=`',
      '12:7 rules[1].when.kind expected request, response, notification, or { one_of: […] }',
      '14:9 rules[1].then[0].blok unknown field "blok"; did you mean block?',
      '15:9 rules[1].then[1].delay expected way to delay: one of ms, random, exponential',
      '16:9 rules[1].then[2] expected one action, not 2 (tag, alert)',
      '18:5 rules[2].then expected at least one action',
    ]);
  });

  it('refuses an id that another rule has', () => {
    const text = 'version: 1\nrules:\n- { id: a, then: [{ tag: t }] }\n- { id: a, then: [{ tag: t }] }';
    expect(problemsOf(text)).toEqual(['4:5 rules[1].id rules[0] has the id a too']);
  });

  it.each([
    ['when', 'http: { path: /x }'],
    ['when', 'auth: { subject: me }'],
    ['then', 'respond: { status: 429 }'],
    ['then', 'redirect: https://example.com'],
    ['then', 'set_header: { a: b }'],
    ['then', 'remove_header: a'],
  ])('leaves %s %s to the gateway', (field, text) => {
    const rule = field === 'when' ? `when: { ${text} }, then: [{ tag: t }]` : `then: [{ ${text} }]`;
    const file = `version: 1\nrules:\n- { id: a, ${rule} }`;
    const [name] = text.split(':');
    expect(problemsOf(file)).toEqual([
      expect.stringMatching(`^3:\\d+ rules.*\\.${name} "${name}" works only at the gateway$`),
    ]);
    expect(parseRules(file, 'r', { forGateway: true }).rules).toHaveLength(1);
  });

  it('refuses a pause at the gateway, where nobody could end it', () => {
    const file = 'version: 1\nrules:\n- { id: a, then: [{ alert: x }, { pause: {} }] }';
    expect(parseRules(file, 'r').rules).toHaveLength(1);
    expect(() => parseRules(file, 'r', { forGateway: true })).toThrow(
      'rules[0].then[1].pause: nobody can let a message pass at the gateway; "delay" holds it for a time',
    );
  });

  it('leaves them to the gateway at any depth, and in the configuration', () => {
    const when = '{ any: [{ not: { all: [{ http: { path: /x } }] } }] }';
    expect(problemsOf(`version: 1\nrules:\n- { id: a, when: ${when}, then: [{ tag: t }] }`)).toEqual([
      '3:43 rules[0].when.any[0].not.all[0].http "http" works only at the gateway',
    ]);
    const rules: unknown = JSON.parse('[{"id":"a","when":{"auth":{"subject":"x"}},"then":[{"tag":"t"}]}]');
    expect(() => checkRules(rules, 'config.json')).toThrow('rules[0].when.auth: "auth" works only at the gateway');
  });

  it.each([
    ['when: { http: { client_ip: 10.0.0.0/33 } }', 'expected an IP address, or a network such as 10.0.0.0/8'],
    ['when: { http: { client_ip: [10.0.0.1, localhost] } }', 'expected an IP address, or a network such as 10.0.0.0/8'],
    ['when: { http: { header: { "a b": x } } }', 'expected the name of a header'],
    ['then: [{ set_header: { Authorization: x } }]', 'rules cannot change the header Authorization'],
    ['then: [{ remove_header: [Mcp-Session-Id] }]', 'rules cannot change the header Mcp-Session-Id'],
    ['then: [{ set_header: { a: "x\\ny" } }]', 'expected the value of a header: one line of ASCII'],
    ['then: [{ set_header: { a: "{{ x" } }]', 'output "{{ x" not closed, line:1, col:1'],
    ['then: [{ respond: { status: 99 } }]', 'expected at least 200'],
    [
      'then: [{ respond: { status: 200, headers: { Content-Length: "5" } } }]',
      'rules cannot change the header Content-Length',
    ],
    ['then: [{ redirect: "javascript:alert(1)" }]', 'expected an http(s) URL, or a path that begins with /'],
    ['then: [{ redirect: //evil.example }]', 'expected an http(s) URL, or a path that begins with /'],
    ['then: [{ redirect: { to: /x, status: 200 } }]', 'expected 301, 302, 303, 307 or 308'],
  ])('refuses %s', (rule, message) => {
    const more = rule.startsWith('when') ? ', then: [{ tag: t }]' : '';
    const file = `version: 1\nrules:\n- { id: a, ${rule}${more} }`;
    expect(() => parseRules(file, 'r', { forGateway: true })).toThrow(message);
  });

  it('is limited', () => {
    const rule = (index: number) => `- { id: r${index}, then: [{ tag: t }] }`;
    const many = (count: number) =>
      `version: 1\nrules:\n${Array.from({ length: count }, (_, index) => rule(index)).join('\n')}`;
    expect(parseRules(many(1_000), 'r').rules).toHaveLength(1_000);
    expect(problemsOf(many(1_001))).toEqual(['2:1 rules expected at most 1000 rules']);
    expect(problemsOf(`# ${'x'.repeat(MAX_RULES_BYTES)}`)).toEqual(['larger than 256 KB']);
    expect(problemsOf('['.repeat(100_000))).not.toEqual([]);
    expect(problemsOf(`version: 1\nrules: ${'['.repeat(500)}${']'.repeat(500)}`)).toEqual(['nested too deep']);
  });

  it('follows aliases, and refuses those that make a short file long', () => {
    const text =
      'version: 1\nrules:\n- { id: a, when: &w { tool: x }, then: [{ tag: t }] }\n- { id: b, when: *w, then: [{ tag: t }] }';
    expect(parseRules(text, 'r').rules[1]?.when).toEqual({ tool: 'x' });
    const bomb = ['a: &a0 [x]', ...Array.from({ length: 12 }, (_, n) => `b${n}: &a${n + 1} [${`*a${n},`.repeat(9)}]`)];
    const started = performance.now();
    expect(problemsOf(bomb.join('\n'))).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('cannot reach prototypes', () => {
    for (const text of ['__proto__: { x: 1 }', '- { id: a, then: [{ mock: { result: { __proto__: { x: 1 } } } }] }']) {
      const rules = text.startsWith('-') ? `rules:\n${text}` : `rules: []\n${text}`;
      expect(problemsOf(`version: 1\n${rules}`)).toEqual(['a field cannot have the name __proto__']);
    }
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });

  it('says all problems at once, as compilers do', () => {
    const error = failure('version: 1\nrules:\n- { id: a, then: [] }\n- { then: [{ tag: t }] }');
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe(
      'r.yaml:3:12: rules[0].then: expected at least one action\nr.yaml:4:3: rules[1].id: is missing; expected text',
    );
  });
});

describe('rules of the configuration', () => {
  it('tag, alert and redact', () => {
    const rules: unknown = JSON.parse('[{"id":"a","then":[{"tag":"t"},{"alert":"a"},{"redact":"$.x"}]}]');
    expect(checkRules(rules, 'config.json').rules).toHaveLength(1);
  });

  it('do nothing else', () => {
    const rules: unknown = JSON.parse('[{"id":"a","then":[{"tag":"t"},{"block":{"reason":"x"}}]}]');
    expect(() => checkRules(rules, 'config.json')).toThrow(
      'config.json: rules[0].then[1].block: the configuration may only have tag, alert, redact; others act by wrap --rules <file>',
    );
    expect(() => checkRules('x', 'config.json')).toThrow('config.json: rules: expected a list, not text');
  });
});

function problemsOf(text: string): string[] {
  return failure(text).problems.map(placed);
}

function placed({ line, column, path, message }: RuleProblem): string {
  const place = line === null ? [] : [`${line}:${column}`];
  return [...place, ...(path === '' ? [] : [path]), message].join(' ');
}

function failure(text: string): RulesError {
  try {
    parseRules(text, 'r.yaml');
  } catch (error) {
    if (error instanceof RulesError) {
      expect(error.message.split('\n')[0]).toBe(error.problems[0] && describeProblem('r.yaml', error.problems[0]));
      return error;
    }
    throw error;
  }
  throw new Error('the file was accepted');
}
