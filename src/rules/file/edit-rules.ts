import { isDeepStrictEqual } from 'node:util';
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { UserError } from '../../base/errors.js';
import { parseJson } from '../../base/json.js';
import { similarNames } from '../../base/similar-names.js';
import { parseRules, readRulesYaml } from './parse-rules.js';

/*
 * Changes to the text of a rules file. Comments and layout stay: the text is cut where it changes. Only if a cut does not give the
 * wanted rules, the whole file is written again. JSON stays JSON. The outcome is parsed: an edit never makes a file that cannot be
 * used.
 */

export interface RulesText {
  /** Null if the file does not exist yet. */
  text: string | null;
  file: string;
}

interface Edit {
  /** Changes the parsed file. */
  change(rules: YAMLSeq, document: Document): void;
  /** Makes the same change in the text of the file; null if that is not possible. */
  cut(text: string, rules: YAMLSeq): string | null;
}

const NEW_FILE = 'version: 1\nrules: []\n';

/** @param added a rule, a list of rules, or a rules file; YAML or JSON @throws RulesError; UserError without a rule */
export function withRules({ text, file }: RulesText, added: string): string {
  const list = listOf(readRulesYaml(added, 'the rule'));
  if (list.length === 0) throw new UserError('Expected a rule, such as { id: slow, then: [{ delay: { ms: 500 } }] }.');
  return edited(
    { text: text ?? NEW_FILE, file },
    {
      change(rules, document) {
        // `rules: []` is in flow style, but added rules should not be.
        if (rules.items.length === 0) rules.flow = false;
        for (const rule of list) rules.add(document.createNode(rule));
      },
      cut(before, rules) {
        const last = itemsOf(rules).at(-1);
        if (rules.flow || last === undefined) return null;
        const end = endOfLine(before, endOf(last));
        const indent = columnOf(before, startOfItem(before, last));
        const lines = stringify(list, { lineWidth: 0 })
          .trimEnd()
          .replace(/^(?=.)/gm, indent);
        return `${before.slice(0, end)}\n${lines}${before.slice(end)}`;
      },
    },
  );
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  const { rules } = value as { rules?: unknown };
  return Array.isArray(rules) ? rules : [value];
}

/** With the comment lines above it. @throws RulesError; UserError for an unknown id */
export function withoutRule(given: RulesText, id: string): string {
  return edited(given, {
    change: (rules) => void rules.delete(indexOf(rules, id)),
    cut(before, rules) {
      const item = itemsOf(rules)[indexOf(rules, id)];
      if (rules.flow || item === undefined || rules.items.length === 1) return null;
      const start = startOfComments(before, startOfLine(before, startOfItem(before, item)));
      return before.slice(0, start) + before.slice(endOfLine(before, endOf(item)) + 1);
    },
  });
}

/** @throws RulesError; UserError for an unknown id */
export function withRuleEnabled(given: RulesText, id: string, isEnabled: boolean): string {
  return edited(given, {
    change(rules) {
      const rule: unknown = rules.get(indexOf(rules, id), true);
      if (isMap(rule)) rule.set('enabled', isEnabled);
    },
    cut(before, rules) {
      const rule = itemsOf(rules)[indexOf(rules, id)];
      if (!isMap(rule)) return null;
      const [old, named] = [nodesOf(rule, 'enabled'), nodesOf(rule, 'id')];
      if (old !== null) return before.slice(0, startOf(old.value)) + String(isEnabled) + before.slice(endOf(old.value));
      if (named === null) return null;
      const at = rule.flow ? endOf(named.value) : endOfLine(before, endOf(named.value));
      const between = rule.flow ? ', ' : `\n${' '.repeat(columnOf(before, startOf(named.key)).length)}`;
      return `${before.slice(0, at)}${between}enabled: ${isEnabled}${before.slice(at)}`;
    },
  });
}

function edited({ text, file }: RulesText, { change, cut }: Edit): string {
  if (text === null) throw new UserError(`${file} does not exist.`);
  parseRules(text, file, { forGateway: true });
  const document: Document = parseDocument(text);
  const short = isJson(text) ? null : cut(text, rulesOf(document, file));
  change(rulesOf(document, file), document);
  const wanted: unknown = document.toJS();
  const isShortRight = short !== null && isDeepStrictEqual(parseDocument(short).toJS(), wanted);
  const after = isShortRight ? short : written(document, text);
  parseRules(after, file, { forGateway: true });
  return after;
}

function rulesOf(document: Document, file: string): YAMLSeq {
  const rules: unknown = document.get('rules', true);
  if (isSeq(rules)) return rules;
  throw new UserError(`${file} has no list of rules.`);
}

function written(document: Document, before: string): string {
  if (isJson(before)) return `${JSON.stringify(document.toJS(), null, /^\{\s*\n( +)/.exec(before)?.[1] ?? 2)}\n`;
  return document.toString({ lineWidth: 0, indentSeq: !/^- /m.test(before) });
}

/** YAML may begin with `{` as well, and have comments. */
function isJson(text: string): boolean {
  return parseJson(text) !== undefined;
}

function indexOf(rules: YAMLSeq, id: string): number {
  const ids = rules.items.map((rule) => (isMap(rule) ? String(rule.get('id')) : ''));
  const index = ids.indexOf(id);
  if (index !== -1) return index;
  const [similar] = similarNames(id, ids);
  const known = similar === undefined ? `The rules are ${ids.join(', ')}.` : `Did you mean ${similar}?`;
  throw new UserError(`There is no rule ${id}. ${known}`);
}

// ── places in the text ──

function itemsOf(rules: YAMLSeq): Node[] {
  return rules.items.filter(isNode);
}

function nodesOf(map: YAMLMap, name: string): { key: Node; value: Node } | null {
  const pair = map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === name);
  return pair !== undefined && isNode(pair.key) && isNode(pair.value) ? { key: pair.key, value: pair.value } : null;
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** End of the value, without a comment after it. */
function endOf(node: Node): number {
  return node.range?.[1] ?? 0;
}

/** The dash before an item. */
function startOfItem(text: string, item: Node): number {
  return text.lastIndexOf('-', startOf(item) - 1);
}

function startOfLine(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Position of the line end. A collection in block style already ends after its own. */
function endOfLine(text: string, at: number): number {
  const from = text[at - 1] === '\n' ? at - 1 : at;
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/** The blanks before a position. */
function columnOf(text: string, at: number): string {
  return ' '.repeat(at - startOfLine(text, at));
}

/** The comment lines above a line, and one empty line above them. */
function startOfComments(text: string, line: number): number {
  const above = /(?:(?<=\n)[ \t]*\n)?(?:[ \t]*#[^\n]*\n)*$/.exec(text.slice(0, line));
  return line - (above?.[0].length ?? 0);
}
