import type { Context, HonoRequest } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import { codeOf } from '../base/error-text.js';
import { AmbiguousIdError, InvalidFilterError, StoreError, type StoreErrorCode } from '../store/index.js';
import { explainError } from '../text/store-error.js';
import { StoppingError } from './connections.js';

type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 500 | 503;

interface Detail {
  in: 'path' | 'query' | 'header' | 'body';
  parameter: string | null;
  expected: string;
}

/** An answer that is none: `error` and `details` as they are sent. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: ErrorStatus,
    message: string,
    readonly details?: Detail[],
  ) {
    super(message);
  }
}

export function invalid(place: Detail['in'], parameter: string | null, expected: string): ApiError {
  return new ApiError(400, `Invalid ${parameter ?? place}: ${expected}.`, [{ in: place, parameter, expected }]);
}

const PLACES: Readonly<Record<string, Detail['in']>> = {
  param: 'path',
  query: 'query',
  header: 'header',
  json: 'body',
};

/** What a schema said of one part of a request. */
type Checked = { target: string } & ({ success: true } | { success: false; error: z.ZodError });

/** Says which parameters are not as the schemas want them. */
export function refuseInvalid(result: Checked): void {
  if (result.success) return;
  const place = PLACES[result.target] ?? 'query';
  const details = result.error.issues.flatMap((issue): Detail[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ in: place, parameter: key, expected: 'is no parameter of this operation' }));
    }
    return [{ in: place, parameter: issue.path.join('.') || null, expected: lowered(issue.message) }];
  });
  const [first] = details;
  throw new ApiError(400, `Invalid ${first?.parameter ?? place}: ${first?.expected}.`, details);
}

function lowered(message: string): string {
  return message.replace(/^Invalid (input|option): /, '').replace(/^\p{Lu}/u, (letter) => letter.toLowerCase());
}

/** Parameters by the name of the filter that the store complains about. */
const PARAMETERS: Readonly<Record<string, string>> = { text: 'q', source: 'context_source' };

const STATUS: Readonly<Partial<Record<StoreErrorCode, ErrorStatus>>> = {
  not_found: 404,
  not_rated: 404,
  ambiguous: 400,
  filter: 400,
  rating: 400,
  rated_already: 409,
  locked: 503,
  replaced: 503,
  older_writer: 503,
  empty: 503,
  full: 503,
};

/** What is answered in place of what was thrown over a request; `unexpected` is what the server has to look into. */
export function toApiError(thrown: unknown, request: HonoRequest): { answer: ApiError; unexpected: boolean } {
  if (thrown instanceof ApiError) return { answer: thrown, unexpected: false };
  if (isHangUp(thrown)) {
    return { answer: invalid('body', null, 'expected all of it: the connection was closed'), unexpected: false };
  }
  if (thrown instanceof StoppingError) return { answer: new ApiError(503, thrown.message), unexpected: false };
  if (thrown instanceof HTTPException && (thrown.status === 400 || thrown.status === 415)) {
    return { answer: invalid('body', null, 'expected JSON (content-type: application/json)'), unexpected: false };
  }
  if (thrown instanceof StoreError)
    return { answer: fromStore(thrown, request), unexpected: STATUS[thrown.code] === undefined };
  return { answer: new ApiError(500, 'claude-trace failed to answer; its log tells more.'), unexpected: true };
}

/** The client went while its body was read: no other connection is used to answer. */
function isHangUp(thrown: unknown): boolean {
  return codeOf(thrown) === 'ECONNRESET';
}

function fromStore(error: StoreError, request: HonoRequest): ApiError {
  const status = STATUS[error.code] ?? 500;
  if (error instanceof InvalidFilterError) {
    return invalid('query', PARAMETERS[error.field] ?? error.field, error.reason);
  }
  if (error.code === 'rated_already') return new ApiError(status, `${error.message} Use PUT to change the rating.`);
  if (error instanceof AmbiguousIdError) {
    return new ApiError(status, explainError(error), [
      { ...placeOf(error.given, request), expected: 'expected more of it' },
    ]);
  }
  return new ApiError(status, explainError(error));
}

/** Which parameter of a request has this value. */
function placeOf(given: string, request: HonoRequest): Pick<Detail, 'in' | 'parameter'> {
  const named = (values: Record<string, string>) => Object.keys(values).find((name) => values[name] === given);
  const inPath = named(request.param());
  if (inPath !== undefined) return { in: 'path', parameter: inPath };
  const inQuery = named(request.query());
  if (inQuery !== undefined) return { in: 'query', parameter: inQuery };
  // Of the fields of bodies, this one alone is an id.
  return { in: 'body', parameter: 'request_id' };
}

export function answerError(context: Context, { status, message, details }: ApiError): Response {
  if (status === 401) context.header('WWW-Authenticate', 'Bearer realm="claude-trace"');
  if (status === 503) context.header('Retry-After', '1');
  return context.json({ error: message, ...(details === undefined ? {} : { details }) }, status);
}
