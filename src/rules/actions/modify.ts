import { isRecord } from '../../base/json.js';
import { type Location, valueAt } from '../../base/json-location.js';
import { utf8Text } from '../../base/utf8-text.js';
import { compileJsonPath, type JsonPath } from '../conditions/json-path.js';
import { checkLength } from '../conditions/regex.js';
import type { Modify } from '../file/action-schema.js';
import { payloadOf, type RuleMessage } from '../message.js';
import { addAt, renameAt, replaceAt } from './splice.js';
import { compileTransform } from './transform.js';

/** Changes the params of a request or notification, or the result or error of an answer. */
export type Modification = (message: RuleMessage) => Buffer;

/** One change after the other: paths of a later one see what the earlier one made. */
type Change = (json: Buffer, name: string) => Buffer;

/** @throws Error for a path or function that is refused, which the schema has checked */
export function compileModify({ set = {}, remove = [], rename = {}, transform = {} }: Modify): Modification {
  const changes: Change[] = [
    ...Object.entries(set).map(([path, value]) => setting(compileJsonPath(path), JSON.stringify(value))),
    ...[remove].flat().map((path) => removing(compileJsonPath(path))),
    ...Object.entries(rename).map(([path, to]) => renaming(compileJsonPath(path), to)),
    ...Object.entries(transform).map(([path, functions]) => {
      const steps = [functions].flat().map(compileTransform);
      return transforming(compileJsonPath(path), (value) => steps.reduce((made, step) => step(made), value));
    }),
  ];
  return (message) => {
    const name = payloadOf(message);
    return changes.reduce((json, change) => change(json, name), message.bytes);
  };
}

function setting(path: JsonPath, text: string): Change {
  return (json, name) => {
    const payload = payloadIn(json, name);
    const found = path.locations(payload);
    if (found.length > 0) return replaceAt(json, within(name, found), () => text);
    return path.single === null ? json : added(json, payload, name, path.single, text);
  };
}

/** Makes the objects on the way that are missing, and appends to a list. */
function added(json: Buffer, payload: unknown, name: string, location: Location, text: string): Buffer {
  const whole = [name, ...location];
  // The deepest value on the way that is there; of a message without params that is the message.
  let depth = payload === undefined ? 0 : 1;
  while (depth > 0 && valueAt(payload, location.slice(0, depth)) !== undefined) depth++;
  const parent = depth === 0 ? {} : valueAt(payload, location.slice(0, depth - 1));
  const [key, ...missing] = whole.slice(depth);
  const isPlace = typeof key === 'string' ? isRecord(parent) : Array.isArray(parent) && parent.length === key;
  if (key === undefined || !isPlace || missing.some((each) => typeof each === 'number')) return json;
  const value = missing.reduceRight<string>((inner, each) => `{${JSON.stringify(each)}:${inner}}`, text);
  return addAt(json, whole.slice(0, depth), typeof key === 'string' ? key : null, value);
}

function removing(path: JsonPath): Change {
  return (json, name) => replaceAt(json, within(name, path.locations(payloadIn(json, name))), () => null);
}

function renaming(path: JsonPath, to: string): Change {
  return (json, name) => {
    // The payload itself keeps its name.
    const found = path.locations(payloadIn(json, name)).filter(({ length }) => length > 0);
    return renameAt(json, within(name, found), to);
  };
}

function transforming(path: JsonPath, change: (value: unknown) => unknown): Change {
  return (json, name) => {
    const payload = payloadIn(json, name);
    const changed: { location: Location; text: string }[] = [];
    let length = 0;
    for (const location of path.locations(payload)) {
      const value = valueAt(payload, location);
      const made = change(value);
      // A number that stays is not spelled again: JavaScript may have rounded it.
      if (made === value) continue;
      const text = JSON.stringify(made);
      length += text.length;
      checkLength(length);
      changed.push({ location, text });
    }
    const locations = changed.map(({ location }) => location);
    return replaceAt(json, within(name, locations), (index) => changed[index]?.text ?? null);
  };
}

function payloadIn(json: Buffer, name: string): unknown {
  const body: unknown = JSON.parse(utf8Text(json));
  return isRecord(body) ? body[name] : undefined;
}

function within(name: string, locations: readonly Location[]): Location[] {
  return locations.map((location) => [name, ...location]);
}
