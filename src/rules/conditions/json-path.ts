import {
  FunctionExpressionType,
  JSONPathEnvironment,
  type JSONPathNode,
  type JSONPathQuery,
  type JSONValue,
  jsonpath,
} from 'json-p3';
import { describeError } from '../../base/error-text.js';
import { type Location, valueAt } from '../../base/json-location.js';
import { RecentMap } from '../../base/recent-map.js';
import { compileRegex } from './regex.js';

const { expressions, selectors } = jsonpath;

export interface JsonPath {
  text: string;
  /** The way of a path that has at most one value, and whose indices count from the front; null of others. */
  single: Location | null;
  /** Whether a value in a document passes a test. @throws if the document is too deep, or has too many values */
  some(root: unknown, holds: (value: unknown) => boolean): boolean;
  locations(root: unknown): Location[];
}

/** Characters. */
export const MAX_PATH = 1_000;
const MAX_SEGMENTS = 50;
/** Values that a path visits for each value of the document, at most. */
const MAX_SELECTORS = 16;
/** Documents that are nested deeper are not searched by `..`. */
const MAX_DEPTH = 200;
const MAX_VALUES = 100_000;

const environment = new JSONPathEnvironment({ maxRecursionDepth: MAX_DEPTH });
// Those of the library use JavaScript's regular expressions, which can take exponential time.
for (const name of ['match', 'search'] as const) {
  environment.functionRegister.set(name, {
    argTypes: [FunctionExpressionType.ValueType, FunctionExpressionType.ValueType],
    returnType: FunctionExpressionType.LogicalType,
    call: (text: unknown, pattern: unknown) => isMatch(text, pattern, name === 'match'),
  });
}

const patterns = new RecentMap<string, ((text: string) => boolean) | null>(100);

/** RFC 9535: values that are not texts, and invalid patterns, match nothing. @param isWhole whether the whole text must match */
function isMatch(text: unknown, pattern: unknown, isWhole: boolean): boolean {
  if (typeof text !== 'string' || typeof pattern !== 'string') return false;
  const anchored = isWhole ? `^(?:${pattern})$` : pattern;
  const compiled = patterns.take(anchored, () => {
    try {
      return compileRegex(anchored);
    } catch {
      return null;
    }
  });
  return compiled?.(text) ?? false;
}

/** A JSONPath of RFC 9535 that takes time linear in the document. @throws Error */
export function compileJsonPath(text: string): JsonPath {
  if (text.length > MAX_PATH) throw new Error(`expected a JSONPath of at most ${MAX_PATH} characters`);
  const query = parseQuery(text);
  checkCost(query);
  const steps = stepsOf(query);
  const single = steps !== null && isSingle(steps) ? steps : null;
  return {
    text,
    single,
    some: (root, holds) =>
      steps === null ? nodesOf(query, root).some(({ value }) => holds(value)) : someAt(root, steps, holds),
    locations(root) {
      if (single === null) return nodesOf(query, root).map(({ location }) => location);
      return valueAt(root, single) === undefined ? [] : [single];
    },
  };
}

function parseQuery(text: string): JSONPathQuery {
  if (!text.startsWith('$')) throw new Error(`expected a JSONPath, which begins with $: "$.${text.slice(0, 64)}"`);
  try {
    return environment.compile(text);
  } catch (error) {
    throw new Error(`not a JSONPath of RFC 9535: ${describeError(error)}`);
  }
}

function nodesOf(query: JSONPathQuery, root: unknown): JSONPathNode[] {
  // undefined is not JSON: a message without params has no values.
  if (root === undefined) return [];
  const nodes: JSONPathNode[] = [];
  for (const node of query.lazyQuery(root as JSONValue)) {
    checkCount(nodes.push(node));
  }
  return nodes;
}

function checkCount(values: number): void {
  if (values > MAX_VALUES) throw new Error(`a JSONPath has more than ${MAX_VALUES} values`);
}

/** In the normal form of RFC 9535. */
export function normalPath(location: Location): string {
  return `$${location.map((key) => `[${typeof key === 'number' ? key : quoted(key)}]`).join('')}`;
}

/** Fields of _meta have names such as claudecode/toolUseId, so they need no JSONPath. */
export function metaPath(path: string): string {
  return path.startsWith('$') ? path : normalPath([path]);
}

function quoted(name: string): string {
  const inner = JSON.stringify(name).slice(1, -1);
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** Null: every field or element. */
type Step = string | number | null;

/** Steps of a path of names, indices from the front and wildcards, the common ones, which are followed here; null for others. */
function stepsOf({ segments }: JSONPathQuery): Step[] | null {
  const steps: Step[] = [];
  for (const segment of segments) {
    const [selector, ...others] = segment.selectors;
    if (others.length > 0 || isDescendant(segment)) return null;
    if (selector instanceof selectors.NameSelector) steps.push(selector.name);
    else if (selector instanceof selectors.IndexSelector && selector.index >= 0) steps.push(selector.index);
    else if (selector instanceof selectors.WildcardSelector) steps.push(null);
    else return null;
  }
  return steps;
}

function isSingle(steps: Step[]): steps is (string | number)[] {
  return !steps.includes(null);
}

/** Number of values that the current test has seen. */
let visited = 0;

function someAt(root: unknown, steps: readonly Step[], holds: (value: unknown) => boolean): boolean {
  visited = 0;
  return root !== undefined && someBelow(root, steps, 0, holds);
}

/** Written without closures and lists, since it runs for each rule and message. */
function someBelow(start: unknown, steps: readonly Step[], from: number, holds: (value: unknown) => boolean): boolean {
  let value = start;
  for (let at = from; at < steps.length; at++) {
    if (typeof value !== 'object' || value === null) return false;
    const step = steps[at] ?? null;
    if (step === null) {
      for (const inner of Array.isArray(value) ? value : Object.values(value)) {
        checkCount(++visited);
        if (someBelow(inner, steps, at + 1, holds)) return true;
      }
      return false;
    }
    if (Array.isArray(value) !== (typeof step === 'number') || !Object.hasOwn(value, step)) return false;
    value = Reflect.get(value, step);
  }
  return holds(value);
}

/** A path that asks for everything again at each value would take time by the square of a message, which anybody may send. */
function checkCost(query: JSONPathQuery): void {
  const { segments } = query;
  if (segments.length > MAX_SEGMENTS) throw new Error(`expected a JSONPath of at most ${MAX_SEGMENTS} steps`);
  if (segments.filter(isDescendant).length > 1) throw new Error('expected a JSONPath with at most one ".."');
  const visits = segments.reduce((product, { selectors: { length } }) => product * length, 1);
  if (visits > MAX_SELECTORS)
    throw new Error(`expected a JSONPath with at most ${MAX_SELECTORS} combinations of selectors`);
  for (const { selectors: each } of segments) {
    for (const selector of each) if (selector instanceof selectors.FilterSelector) checkFilter(selector.expression);
  }
}

function checkFilter(expression: jsonpath.expressions.FilterExpression): void {
  if (expression instanceof expressions.LogicalExpression) checkFilter(expression.expression);
  else if (expression instanceof expressions.PrefixExpression) checkFilter(expression.right);
  else if (expression instanceof expressions.InfixExpression) {
    checkFilter(expression.left);
    checkFilter(expression.right);
  } else if (expression instanceof expressions.FunctionExtension) {
    for (const argument of expression.args) checkFilter(argument);
  } else if (expression instanceof expressions.FilterQuery) {
    const { path } = expression;
    const isWhole = expression instanceof expressions.RootQuery && !path.singularQuery();
    if (isWhole || path.segments.some(isDescendant)) {
      throw new Error('expected a JSONPath whose filters look only at the fields of an element (@), without ".."');
    }
    checkCost(path);
  }
}

function isDescendant(segment: jsonpath.JSONPathSegment): boolean {
  return segment.toString().startsWith('..');
}
