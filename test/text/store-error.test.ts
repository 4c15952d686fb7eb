import { describe, expect, it } from 'vitest';
import {
  AmbiguousIdError,
  CorruptError,
  FullError,
  InUseError,
  MissingBindingError,
  NewerSchemaError,
  NotFoundError,
  NothingCapturedError,
  OlderWriterError,
  ReadOnlyError,
  ReplacedFileError,
} from '../../src/store/index.js';
import { describeStoreProblem, explainError } from '../../src/text/store-error.js';

const FILE = '/data/trace.db';

describe('explainError', () => {
  it.each([
    [new MissingBindingError(null), /^SQLite cannot be loaded: .*\. (Install claude-trace again|Run `npm rebuild)/],
    [
      new FullError(FILE, null),
      /^No space is left for .*\/data\/trace\.db\. Free some, or run `claude-trace prune`\.$/,
    ],
    [new ReadOnlyError(FILE, null), /cannot be written to: .* is read-only\. Make folder and file writable/],
    [new CorruptError(FILE, null), /is damaged\. Nothing was deleted\. `claude-trace doctor` shows details\.$/],
    [new InUseError(FILE, 'another process'), /Nothing was changed\. End that process, then start the repair again\.$/],
    [new NewerSchemaError(FILE, '9999'), /newer claude-trace .*End every running claude-trace/],
    [
      new OlderWriterError(FILE, { pid: 1, command: 'claude' }),
      /older claude-trace \(pid 1, which traces claude\)\. End it/,
    ],
    [new ReplacedFileError(FILE), /Start again to follow/],
    [new NothingCapturedError(FILE), /^Nothing captured yet: .* Run `claude-trace wrap -- claude` first\.$/],
    [new AmbiguousIdError('req_', ['req_1', 'req_2']), /\(req_1, req_2, …\)\. Give more characters\.$/],
    [new NotFoundError('req_1'), /^No request with the id "req_1"\.$/],
    [new Error('plain'), /^plain$/],
  ])('says what happened and what to do: %s', (error, expected) => {
    expect(explainError(error)).toMatch(expected);
  });
});

describe('describeStoreProblem', () => {
  it('explains the error that prevents writing', () => {
    const error = new ReplacedFileError(FILE);
    expect(describeStoreProblem({ code: error.code, error })).toMatch(/stored in a new database at the same path\.$/);
  });

  it.each([
    [0, 'Captured requests are stored again, nothing was lost.'],
    [3, 'Captured requests are stored again, 3 records were lost.'],
  ])('says after a recovery that %i records were lost', (lost, expected) => {
    expect(describeStoreProblem({ code: 'recovered', lost })).toBe(expected);
  });

  it('says that requests are dropped when memory runs out', () => {
    expect(describeStoreProblem({ code: 'overflow' })).toMatch(/are being dropped/);
  });
});

it.each([
  ['EROFS', 'mkdir', '/nowhere/data/token', 'The folder /nowhere/data cannot be used: '],
  ['EACCES', 'open', '/nowhere/data/token', 'The folder /nowhere/data cannot be used: '],
  ['EACCES', 'open', process.execPath, 'EACCES: '],
  ['EACCES', 'stat', '/nowhere/data/token', 'EACCES: '],
  ['ENOENT', 'open', '/nowhere/data/token', 'ENOENT: '],
])('names the folder that cannot be used: %s at %s of %s', (code, syscall, path, beginning) => {
  const error = Object.assign(new Error(`${code}: words of the system, ${syscall} '${path}'`), { code, syscall, path });
  const text = explainError(error);
  expect(text.startsWith(beginning)).toBe(true);
  expect(text).toContain(error.message);
});
