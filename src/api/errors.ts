import type { Context, HonoRequest } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import { codeOf } from '../base/error-text.js';
import {
  AmbiguousIdError,
  InvalidFilterError,
  RatedAlreadyError,
  SessionNameTakenError,
  StoreError,
  type StoreErrorCode,
} from '../store/index.js';
import { explainError } from '../text/store-error.js';
import { StoppingError } from './connections.js';

type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 500 | 503;

interface Detail {
  in: 'path' | 'query' | 'header' | 'body';
  parameter: string | null;
  expected: string;
}

/** An answer with an error: its message is sent as `error`. */
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

/** The result of validating one part of a request by its schema. */
type Validated = { target: string } & ({ success: true } | { success: false; error: z.ZodError });

/** @throws ApiError that names each invalid parameter. The messages of the schemas are clauses: `expected …`. */
export function refuseInvalid(result: Validated): void {
  if (result.success) return;
  const place = PLACES[result.target] ?? 'query';
  const details = result.error.issues.flatMap((issue): Detail[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ in: place, parameter: key, expected: 'not a parameter of this operation' }));
    }
    return [{ in: place, parameter: issue.path.join('.') || null, expected: issue.message }];
  });
  const [first] = details;
  throw new ApiError(400, `Invalid ${first?.parameter ?? place}: ${first?.expected}.`, details);
}

/** Parameters whose filter has another name in the store. */
const PARAMETERS: Readonly<Record<string, string>> = { text: 'q', source: 'context_source' };

const STATUS: Readonly<Partial<Record<StoreErrorCode, ErrorStatus>>> = {
  not_found: 404,
  not_rated: 404,
  ambiguous: 400,
  filter: 400,
  rating: 400,
  session_name: 400,
  rated_already: 409,
  locked: 503,
  replaced: 503,
  older_writer: 503,
  empty: 503,
  full: 503,
};

/** The answer to a request that failed. `unexpected`: the failure is to be logged. */
export function toApiError(thrown: unknown, request: HonoRequest): { answer: ApiError; unexpected: boolean } {
  const answer = expectedError(thrown, request);
  if (answer !== null) return { answer, unexpected: false };
  if (thrown instanceof StoreError) return { answer: new ApiError(500, explainError(thrown)), unexpected: true };
  return { answer: new ApiError(500, 'claude-trace failed to answer; see its log.'), unexpected: true };
}

function expectedError(thrown: unknown, request: HonoRequest): ApiError | null {
  if (thrown instanceof ApiError) return thrown;
  if (isHangUp(thrown)) return invalid('body', null, 'expected a whole body, but the connection was closed');
  if (thrown instanceof StoppingError) return new ApiError(503, 'The server is about to stop.');
  if (thrown instanceof HTTPException && (thrown.status === 400 || thrown.status === 415)) {
    return invalid('body', null, 'expected JSON (content-type: application/json)');
  }
  return thrown instanceof StoreError ? fromStore(thrown, request) : null;
}

/** The client closed the connection while its body was read: no other connection is used to answer. */
function isHangUp(thrown: unknown): boolean {
  return codeOf(thrown) === 'ECONNRESET';
}

function fromStore(error: StoreError, request: HonoRequest): ApiError | null {
  const status = STATUS[error.code];
  if (status === undefined) return null;
  if (error instanceof InvalidFilterError) {
    return invalid('query', PARAMETERS[error.field] ?? error.field, error.reason);
  }
  if (error instanceof RatedAlreadyError) {
    return new ApiError(status, 'The request is already rated: use PUT to change its rating.');
  }
  if (error instanceof SessionNameTakenError) return new ApiError(409, explainError(error));
  if (error instanceof AmbiguousIdError) {
    const expected = 'expected more characters: several ids begin with these';
    return new ApiError(status, explainError(error), [{ ...placeOf(error.given, request), expected }]);
  }
  return new ApiError(status, explainError(error));
}

/** The parameter of a request that has this value. */
function placeOf(given: string, request: HonoRequest): Pick<Detail, 'in' | 'parameter'> {
  const named = (values: Record<string, string>) => Object.keys(values).find((name) => values[name] === given);
  const inPath = named(request.param());
  if (inPath !== undefined) return { in: 'path', parameter: inPath };
  const inQuery = named(request.query());
  if (inQuery !== undefined) return { in: 'query', parameter: inQuery };
  // The only field of a body that is an id.
  return { in: 'body', parameter: 'request_id' };
}

export function answerError(context: Context, { status, message, details }: ApiError): Response {
  if (status === 401) context.header('WWW-Authenticate', 'Bearer realm="claude-trace"');
  if (status === 503) context.header('Retry-After', '1');
  return context.json({ error: message, ...(details === undefined ? {} : { details }) }, status);
}
