import type { RuleHit } from '../../../src/model/rule.js';
import {
  createEngine,
  parseRules,
  type RuleContext,
  type RuleDecision,
  type RuleEngine,
  type RuleSet,
  type RuleStep,
  type RuleSubject,
} from '../../../src/rules/index.js';

export const NOW = Date.parse('2026-03-04T12:30:00Z');

export const CONTEXT: RuleContext = {
  server: 'tickets',
  transport: 'stdio',
  session: { id: 's1', tags: [], startedAt: NOW - 60_000 },
  now: NOW,
};

/** Of the client: a call of a tool. */
export function call(name: string, args: unknown = {}, id: string | number = 1): RuleSubject {
  return fromClient({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
}

export function fromClient(message: unknown): RuleSubject {
  return { sender: 'client', bytes: bytesOf(message) };
}

export function fromServer(message: unknown, request?: unknown): RuleSubject {
  return { sender: 'server', bytes: bytesOf(message), ...(request === undefined ? {} : { request }) };
}

/** The answer to a call. */
export function answer(result: unknown, name = 'list', args: unknown = {}): RuleSubject {
  const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
  return fromServer({ jsonrpc: '2.0', id: 1, result }, request);
}

/** A text is sent as it is. */
export function bytesOf(message: unknown): Buffer {
  return Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
}

/** An engine for some rules: YAML of the list below `rules:`, or of one rule without its id. */
export function engineOf(yaml: string, options = {}): RuleEngine {
  const set: RuleSet = parseRules(`version: 1\nrules:\n${yaml}`, 'rules.yaml', options);
  return createEngine(set);
}

/** As the gateway has them. */
export function gatewayEngine(when: string, then: string): RuleEngine {
  return engineOf(`  - id: r\n    when: ${when}\n    then: ${then}\n`, { forGateway: true });
}

export function ruleEngine(when: string, then: string, more = '') {
  return engineOf(`  - id: r\n    when: ${when}\n    then: ${then}\n${more}`);
}

export function decide(when: string, then: string, subject: RuleSubject, context: Partial<RuleContext> = {}) {
  return ruleEngine(when, then).decide(subject, { ...CONTEXT, ...context });
}

export function matches(when: string, subject: RuleSubject, context: Partial<RuleContext> = {}): boolean {
  return decide(when, '[{ tag: t }]', subject, context) !== null;
}

/** Steps with the texts of their bytes. */
export function stepsOf(decision: RuleDecision | null) {
  return decision?.steps.map((step: RuleStep) =>
    'bytes' in step ? { ...step, bytes: Buffer.from(step.bytes).toString() } : step,
  );
}

export function hitsOf(decision: RuleDecision | null): RuleHit[] {
  return decision?.hits ?? [];
}
