import { isRecord, type JsonRecord, recordsOf, stringOf } from '../../base/json.js';
import { inPayload, lettersOf, type Note, namedIn } from './spelling.js';

export function actionOf(action: JsonRecord, note: Note): JsonRecord[] {
  const type = String(action.action_type ?? action.type ?? '').toLowerCase();
  const given = isRecord(action.parameters) ? action.parameters : action;
  const convert = Object.hasOwn(ACTIONS, type) ? ACTIONS[type] : undefined;
  const converted = convert?.(given, note) ?? null;
  if (converted === null) note(`the action ${JSON.stringify(type)} has no counterpart`);
  return converted ?? [];
}

/** Null for what cannot be taken over. */
const ACTIONS: Readonly<Record<string, (given: JsonRecord, note: Note) => JsonRecord[] | null>> = {
  continue: () => [],
  allow: () => [],
  block: ({ reason }) => [{ block: { reason: stringOf(reason) ?? 'blocked' } }],
  log: ({ message, template }) => [{ tag: (stringOf(message) ?? stringOf(template) ?? 'log').slice(0, 200) }],
  delay: delayOf,
  pause({ timeout_ms: limit }) {
    return [{ pause: typeof limit === 'number' && limit >= 1 ? { limit_ms: Math.trunc(limit) } : {} }];
  },
  mock: mockOf,
  modify: modifyOf,
  advanced_modify: modifyOf,
  fault: faultOf,
};

function delayOf({
  duration_ms: duration,
  delay_ms: delay,
  ms,
  jitter_percent: jitter,
}: JsonRecord): JsonRecord[] | null {
  const time = [duration, delay, ms].find((each) => typeof each === 'number');
  if (time === undefined) return null;
  return [
    { delay: { ms: time, ...(typeof jitter === 'number' && jitter > 0 && { jitter: Math.min(1, jitter / 100) }) } },
  ];
}

function mockOf({ response, delay_ms: delay }: JsonRecord): JsonRecord[] | null {
  if (!isRecord(response)) return null;
  const { result, error } = isRecord(response.response) ? response.response : response;
  const first = typeof delay === 'number' && delay > 0 ? [{ delay: { ms: delay } }] : [];
  if (isRecord(error)) return [...first, { mock: { error } }];
  if (isRecord(result)) return [...first, { mock: { result } }];
  return null;
}

function modifyOf({ changes, modifications, preserve_id: _, ...fields }: JsonRecord, note: Note): JsonRecord[] | null {
  const set: Record<string, unknown> = {};
  const remove: string[] = [];
  const list = recordsOf(changes ?? modifications);
  for (const change of list) {
    const [variant, inner] = Object.entries(change).find(([, each]) => isRecord(each)) ?? [];
    const { path, value } = isRecord(inner) && change.path === undefined ? inner : change;
    const operation = lettersOf(change.operation ?? change.type ?? variant ?? '');
    const at = typeof path === 'string' ? inPayload(path) : null;
    if (at === null || at === path) note(`the change of ${JSON.stringify(path)} has no counterpart`);
    else if (operation.startsWith('set') || operation.startsWith('add')) set[at] = value;
    else if (operation.startsWith('remove')) remove.push(at);
    else note(`the change ${JSON.stringify(operation)} has no counterpart`);
  }
  if (list.length === 0 && Object.keys(fields).length > 0) return null;
  const modify = {
    ...(Object.keys(set).length > 0 && { set }),
    ...(remove.length > 0 && { remove }),
  };
  return Object.keys(modify).length > 0 ? [{ modify }] : [];
}

const FAULTS = {
  timeout: 'timeout',
  malformed: 'malformed',
  malformedresponse: 'malformed',
  ratelimit: 'rate_limit',
  connectionclosed: 'close',
  disconnect: 'close',
  close: 'close',
};

function faultOf(
  { fault_type: type, kind, delay_ms: delay, timeout_ms: timeout }: JsonRecord,
  note: Note,
): JsonRecord[] | null {
  const fault = namedIn(FAULTS, type ?? kind, note);
  if (fault === undefined) return null;
  const after = [delay, timeout].find((each) => typeof each === 'number');
  return [{ fault: { kind: fault, ...(after !== undefined && { after_ms: after }) } }];
}
