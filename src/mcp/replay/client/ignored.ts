import { compile, type JSONPathQuery } from 'json-p3';
import { describeError } from '../../../base/error-text.js';
import { UsageError } from '../../../base/errors.js';

/** In answers: what differs from run to run, or with the version of a server. */
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
];

/** Places in answers that are not compared. */
export interface Ignored {
  /** Those of two answers, together: what only one of them has is ignored, too. */
  in(recorded: unknown, found: unknown): (path: readonly (string | number)[]) => boolean;
}

/** @throws UsageError for a text that is not a JSONPath (RFC 9535) */
export function ignored(paths: readonly string[]): Ignored {
  const queries = paths.map(query);
  return {
    in(recorded, found) {
      const places = new Set<string>();
      for (const each of queries) {
        for (const value of [recorded, found]) {
          for (const location of locationsOf(each, value)) places.add(JSON.stringify(location));
        }
      }
      return (path) => places.has(JSON.stringify(path));
    },
  };
}

function query(path: string): JSONPathQuery {
  try {
    return compile(path);
  } catch (error) {
    throw new UsageError(`--ignore: "${path}" is not a JSONPath: ${describeError(error)}.`);
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
