import { describe, expect, it } from 'vitest';
import { withoutRule, withRuleEnabled, withRules } from '../../../src/rules/index.js';

const FILE = `# Rules of tickets
version: 1
rules:
  # slow
  - id: slow          # the slow one
    when: { tool: list }
    then: [{ delay: { ms: 200 } }]

  # no deletes, ever
  - { id: no-delete, when: { tool: delete }, then: [{ block: { reason: "no" } }] }

  - id: last
    enabled: false # for now
    then:
      - tag: >-
          a tag
# the end
`;
const given = { text: FILE, file: 'r.yaml' };

describe('editing a file', () => {
  it('switches rules off and on, and changes nothing else', () => {
    const off = withRuleEnabled(given, 'slow', false);
    expect(off).toBe(FILE.replace('# the slow one\n', '# the slow one\n    enabled: false\n'));
    expect(withRuleEnabled({ ...given, text: off }, 'slow', true)).toBe(
      off.replace('    enabled: false\n', '    enabled: true\n'),
    );
    expect(withRuleEnabled(given, 'no-delete', false)).toBe(
      FILE.replace('id: no-delete,', 'id: no-delete, enabled: false,'),
    );
    expect(withRuleEnabled(given, 'last', true)).toBe(FILE.replace('false # for now', 'true # for now'));
    expect(withRuleEnabled(given, 'last', false)).toBe(FILE);
  });

  it('removes a rule with its comment', () => {
    expect(withoutRule(given, 'no-delete')).toBe(FILE.replace(/\n {2}# no deletes.*\n.*no-delete.*\n/, ''));
    expect(withoutRule(given, 'slow')).toBe(FILE.replace(/ {2}# slow[\s\S]*200 \} \}\]\n/, ''));
    const last = withoutRule(given, 'last');
    expect(last).toContain('no-delete');
    expect(last).toContain('# the end');
    expect(last).not.toContain('a tag');
  });

  it('leaves an empty list', () => {
    const text = 'version: 1\nrules:\n  - id: a\n    then: [{ tag: t }]\n';
    expect(withoutRule({ text, file: 'r' }, 'a')).toBe('version: 1\nrules: []\n');
  });

  it('adds rules to the end', () => {
    const rule = '{ id: new, then: [{ tag: t }] }';
    const added = '  - id: new\n    then:\n      - tag: t\n';
    expect(withRules(given, rule)).toBe(FILE.replace('          a tag\n', `          a tag\n${added}`));
    const flush = 'version: 1\nrules:\n- id: a\n  then: [{ tag: t }]';
    expect(withRules({ text: flush, file: 'r' }, rule)).toBe(`${flush}\n- id: new\n  then:\n    - tag: t`);
    expect(withRules({ text: null, file: 'r' }, rule)).toBe(`version: 1\nrules:\n${added}`);
    expect(withRules({ text: null, file: 'r' }, `version: 1\nrules: [${rule}]`)).toBe(`version: 1\nrules:\n${added}`);
    expect(
      withRules({ text: 'version: 1\nrules: [{ id: a, then: [{ tag: t }] }]\n', file: 'r' }, `[${rule}]`),
    ).toContain('id: new');
  });

  it('keeps JSON', () => {
    const json = '{\n    "version": 1,\n    "rules": [\n        { "id": "a", "then": [{ "tag": "t" }] }\n    ]\n}\n';
    const off = withRuleEnabled({ text: json, file: 'r.json' }, 'a', false);
    expect(JSON.parse(off)).toMatchObject({ rules: [{ id: 'a', enabled: false }] });
    expect(off).toContain('\n    "version"');
    expect(JSON.parse(withRules({ text: json, file: 'r.json' }, '{ id: b, then: [{ tag: t }] }'))).toMatchObject({
      rules: [{}, { id: 'b' }],
    });
  });

  it('keeps the comments of YAML in braces', () => {
    const text = '{ version: 1, rules: [ # all of them\n  { id: a, then: [{ tag: t }] }, # the first\n] }\n';
    expect(withRuleEnabled({ text, file: 'r' }, 'a', false)).toBe(text.replace('id: a,', 'id: a, enabled: false,'));
    const added = withRules({ text, file: 'r' }, '{ id: b, then: [{ tag: t }] }');
    expect(added).toContain('# the first');
    expect(added).toContain('id: b');
  });

  it.each([
    ['There is no rule slo. Did you mean slow?', () => withoutRule(given, 'slo')],
    ['There is no rule xyzzy. The rules are slow, no-delete, last.', () => withRuleEnabled(given, 'xyzzy', true)],
    ['r.yaml does not exist.', () => withoutRule({ text: null, file: 'r.yaml' }, 'a')],
    ['rules[0] has the id slow too', () => withRules(given, '{ id: slow, then: [{ tag: t }] }')],
    ['unknown field "thn"; did you mean then?', () => withRules(given, '{ id: a, thn: [] }')],
    ['the rule:1:', () => withRules(given, '{ id: a')],
    ['Expected a rule, such as', () => withRules(given, '')],
    ['expected version: 1', () => withoutRule({ text: 'version: 2\nrules: []', file: 'r' }, 'a')],
  ])('refuses: %s', (message, edit) => {
    expect(edit).toThrow(message);
  });
});
