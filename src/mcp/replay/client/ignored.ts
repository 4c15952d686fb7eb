import { compile, type JSONPathQuery } from 'json-p3';
import { describeError } from '../../../base/error-text.js';
import { UsageError } from '../../../base/errors.js';
import { matchesGlob } from '../../../base/glob.js';

/** Paths in answers and notifications whose values differ from run to run, or with the version of a server. */
export const DEFAULT_IGNORED: readonly string[] = [
  '$.result._meta',
  '$.result.serverInfo.version',
  '$.result.nextCursor',
  '$.result.requestState',
  '$.result.taskId',
  '$.result.createdAt',
  '$.result.lastUpdatedAt',
  '$.result.task.taskId',
  '$.result.task.createdAt',
  '$.result.task.lastUpdatedAt',
  '$.params._meta',
  '$.params.requestId',
  '$.params.elicitationId',
  '$.params.taskId',
  '$.params.createdAt',
  '$.params.lastUpdatedAt',
];

/** The parts of messages that are not compared. */
export interface Ignored {
  /** Ignored places of two messages together: a value that only one of them has is ignored, too. */
  in(recorded: unknown, found: unknown): (path: readonly (string | number)[]) => boolean;
  /** A message without its ignored parts. */
  without(message: unknown): unknown;
  /** Whether notifications of this method are left out. */
  notification(method: string): boolean;
}

/** @param given JSONPaths, and methods of notifications, in which `*` matches any text @throws UsageError for anything else */
export function ignored(given: readonly string[]): Ignored {
  const methods = given.filter((each) => each.startsWith(NOTIFICATIONS));
  const queries = given.filter((each) => !each.startsWith(NOTIFICATIONS)).map(query);
  function placesIn(...values: unknown[]): (path: readonly (string | number)[]) => boolean {
    const places = new Set<string>();
    for (const each of queries) {
      for (const value of values) for (const location of locationsOf(each, value)) places.add(JSON.stringify(location));
    }
    return (path) => places.size > 0 && places.has(JSON.stringify(path));
  }
  return {
    in: placesIn,
    without: (message) => copied(message, placesIn(message), []),
    notification: (method) => methods.some((each) => matchesGlob(each, method)),
  };
}

const NOTIFICATIONS = 'notifications/';

/** Deeper values are compared as a whole. */
const MAX_DEPTH = 200;

function copied(
  value: unknown,
  isIgnored: (path: readonly (string | number)[]) => boolean,
  path: readonly (string | number)[],
): unknown {
  if (typeof value !== 'object' || value === null || path.length >= MAX_DEPTH) return value;
  if (Array.isArray(value)) {
    return value.map((each, index) => (isIgnored([...path, index]) ? null : copied(each, isIgnored, [...path, index])));
  }
  const kept = Object.entries(value).filter(([name]) => !isIgnored([...path, name]));
  return Object.fromEntries(kept.map(([name, each]) => [name, copied(each, isIgnored, [...path, name])]));
}

function query(path: string): JSONPathQuery {
  try {
    return compile(path);
  } catch (error) {
    throw new UsageError(
      `--ignore: "${path}" is neither a method such as notifications/message nor a JSONPath: ${describeError(error)}.`,
    );
  }
}

function locationsOf(path: JSONPathQuery, value: unknown): (string | number)[][] {
  try {
    // A JSON value, from JSON.parse.
    return path.query(value as Parameters<JSONPathQuery['query']>[0]).locations();
  } catch {
    // It is nested deeper than the query can follow.
    return [];
  }
}
