import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { MIGRATIONS } from '../../../src/store/migrations/index.js';
import { Sqlite } from '../../support/sqlite.js';
import { schemaOf } from './derived.js';

/**
 * Hashes of the schema after each released migration, without comments. A released migration is never edited, since databases
 * exist that it made: changes go into a new one. The last one may be missing here until it is released.
 */
const PINNED: Readonly<Record<string, string>> = {
  '0001-content': '2cf2be7b09aec56d',
  '0002-captures': '385f988ec970b08b',
  '0003-sources': '40415d37a82b62bf',
  '0004-views': 'b14ac9a93a1405fb',
  '0005-threads': '3c6579be74b0d31f',
  '0006-history': '017e25d7b3d474cb',
  '0007-new-tokens': '65fa52751de9b017',
  '0008-changes': '20d89389de0f74b2',
  '0009-ends-and-bills': 'c9eee4d48a5222dd',
  '0010-turns': '5a44342c6540914b',
  '0011-transcripts': '3ff74796f4cedf7a',
  '0012-session-names': '8d4694a2225df9ba',
  '0013-mcp': '8743b095d100b33c',
  '0014-rules': '9ac40614f8331f45',
  '0015-telemetry': '3ba6e889cc0e8592',
  '0016-novelties': '2a602eed322300b9',
};

function fingerprints(): Record<string, string> {
  const db = new Sqlite(':memory:');
  const found = MIGRATIONS.map((migration): [string, string] => {
    migration.up(db);
    return [migration.name, createHash('sha256').update(schemaOf(db).join('\n')).digest('hex').slice(0, 16)];
  });
  db.close();
  return Object.fromEntries(found);
}

it('makes the same schema as when it was released', () => {
  const names = MIGRATIONS.map(({ name }) => name);
  expect(fingerprints()).toMatchObject(PINNED);
  expect(names.slice(0, -1).filter((name) => PINNED[name] === undefined)).toEqual([]);
  expect(names).toEqual([...names].sort());
});
