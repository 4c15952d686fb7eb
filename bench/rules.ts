/**
 * What rules cost for each message, beside parsing it: `JSON.parse` is what any program that looks at a message pays. The cases take
 * turns, with the same messages: calls and answers of 300 bytes, 2 kB and 40 kB.
 */
import { createEngine, parseRules, type RuleContext, type RuleSubject } from '../src/rules/index.js';
import { cpuTime, median } from './numbers.js';

export interface RulesOptions {
  rounds: number;
  /** Messages of each size in a round. */
  messages: number;
}

/** Microseconds for a message, medians of rounds, by size. */
export interface RulesCase {
  name: string;
  microseconds: number[];
  /** Null: no target. The time for a message of 2 kB. */
  target: number | null;
}

export interface RulesBench {
  sizes: string[];
  cases: RulesCase[];
}

const SIZES = { '300 B': 200, '2 kB': 1_900, '40 kB': 39_900 } as const;
/** The size that targets are about. */
const TYPICAL = 1;

const CONTEXT: RuleContext = {
  server: 'tickets',
  transport: 'stdio',
  session: { id: 's', tags: [], startedAt: 0 },
  now: Date.now(),
};

const hundred = (rule: (index: number) => string) =>
  Array.from({ length: 100 }, (_, index) => `\n- { id: r${index}, ${rule(index)} }`).join('');

interface Contestant {
  name: string;
  target: number | null;
  /** YAML; null: `JSON.parse`. */
  rules: string | null;
}

const CONTESTANTS: readonly Contestant[] = [
  { name: 'JSON.parse', target: null, rules: null },
  { name: 'no rules', target: 1, rules: '[]' },
  {
    name: '100 rules of other servers',
    target: 100,
    rules: hundred((index) => `when: { server: other${index} }, then: [{ tag: t }]`),
  },
  {
    name: '100 rules of other tools',
    target: 100,
    rules: hundred((index) => `when: { tool: other${index} }, then: [{ tag: t }]`),
  },
  {
    name: '100 rules, each with a JSONPath and a regex',
    target: 100,
    rules: hundred(
      (index) =>
        `when: { tool: find, params: { $.arguments.path: { regex: "^/no/${index}/.*[0-9]+$" } } }, then: [{ tag: t }]`,
    ),
  },
  {
    name: '100 rules for answers, each with a wildcard',
    target: 100,
    rules: hundred((index) => `when: { result: { "$.content[*].type": no${index} } }, then: [{ tag: t }]`),
  },
  {
    name: '100 rules that tag',
    target: 100,
    rules: hundred((index) => `when: { kind: { one_of: [request, response] } }, then: [{ tag: t${index} }]`),
  },
  {
    name: '1 rule that changes the message',
    target: null,
    rules:
      '\n- { id: r, when: { kind: { one_of: [request, response] } }, then: [{ modify: { set: { $.changed: true } } }] }',
  },
];

export function measureRules({ rounds, messages }: RulesOptions): RulesBench {
  const sizes = Object.entries(SIZES).map(([name, bytes]) => ({ name, subjects: subjectsOf(bytes) }));
  const runs = CONTESTANTS.map((contestant) => ({
    contestant,
    decide: decideOf(contestant),
    times: sizes.map((): number[] => []),
  }));
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const { decide, times } of runs) {
      for (const [index, { subjects }] of sizes.entries()) {
        const time = timeOf(decide, subjects, messages);
        if (round > 0) times[index]?.push(time);
      }
    }
  }
  return {
    sizes: sizes.map(({ name }) => name),
    cases: runs.map(({ contestant: { name, target }, times }) => ({
      name,
      target,
      microseconds: times.map((each) => median(each) ?? Number.NaN),
    })),
  };
}

function decideOf({ rules }: Contestant): (subject: RuleSubject) => unknown {
  if (rules === null) return ({ bytes }) => JSON.parse(bytes.toString());
  const engine = createEngine(parseRules(`version: 1\nrules: ${rules}`, 'bench'));
  return (subject) => engine.decide(subject, CONTEXT);
}

/** CPU time: what else the machine does is not in it. */
function timeOf(decide: (subject: RuleSubject) => unknown, subjects: readonly RuleSubject[], messages: number): number {
  const milliseconds = cpuTime(() => {
    for (let done = 0; done < messages; done += subjects.length) for (const subject of subjects) decide(subject);
  });
  return (milliseconds / messages) * 1_000;
}

/** A call and its answer. */
function subjectsOf(bytes: number): RuleSubject[] {
  const text = 'a line of text with "quotes" and ünïcode\n'.repeat(Math.ceil(bytes / 45)).slice(0, bytes);
  const request = {
    jsonrpc: '2.0',
    id: 17,
    method: 'tools/call',
    params: { name: 'find', arguments: { path: '/home/user/project/file', text } },
  };
  const answer = { jsonrpc: '2.0', id: 17, result: { content: [{ type: 'text', text }] } };
  return [
    { sender: 'client', bytes: Buffer.from(JSON.stringify(request)) },
    { sender: 'server', bytes: Buffer.from(JSON.stringify(answer)), request },
  ];
}

export function describeRulesBench({ sizes, cases }: RulesBench): string {
  const [parse] = cases;
  const cell = (time: number, index: number) => {
    const ratio = time / (parse?.microseconds[index] ?? Number.NaN);
    return `${time.toFixed(time < 10 ? 2 : 0)} (x${ratio.toPrecision(2)})`.padStart(18);
  };
  return [
    'rules: microseconds of CPU for a message, and how many times JSON.parse',
    `${''.padEnd(46)}${sizes.map((size) => size.padStart(18)).join('')}`,
    ...cases.map(({ name, microseconds }) => `${name.padEnd(46)}${microseconds.map(cell).join('')}`),
    '',
    ...cases.flatMap(({ name, microseconds, target }) => {
      const time = microseconds[TYPICAL] ?? Number.NaN;
      if (target === null) return [];
      return [
        `${time < target ? 'met   ' : 'MISSED'}  ${name}: under ${target} us for ${sizes[TYPICAL]} (${time.toFixed(2)} us)`,
      ];
    }),
  ].join('\n');
}
